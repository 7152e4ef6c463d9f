import { spawn } from "node:child_process";
import { platform } from "node:os";

/**
 * The environment of everything that is started here: nothing of the node's own, whose variables hold
 * passwords that must stay far from what a stranger's file may do.
 */
export const environment = {
  PATH: "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin",
  LC_ALL: "C",
  TZ: "UTC",
};

export interface Confinement {
  /** Of address space: above what it is given, for a program that asks for far too much at once. */
  readonly memoryBytes: number;
  /** Of CPU time: for one that nobody watches any more. */
  readonly cpuSeconds: number;
  /** Of any file that it writes. */
  readonly fileBytes: number;
  /** It ends with the process that started it, however that ends. */
  readonly isTethered: boolean;
}

export interface Run {
  readonly program: string;
  readonly args: readonly string[];
  /** Output beyond it is an error. */
  readonly outputBytesMax: number;
  readonly confinement: Confinement;
  /** Ends it, where nobody else would. */
  readonly signal?: AbortSignal;
  /** Told when the program has begun, and null when it has ended. */
  readonly onProcess: (pid: number | null) => void;
}

export interface Ended {
  readonly exitCode: number;
  readonly stdout: Buffer;
  /** The end of it. */
  readonly stderr: string;
}

/** The cause stands at the end. */
const complaintCharactersMax = 4_096;

/** Exit codes by which the shell says that there is no such program, or that it may not run it. */
const cannotRun = [126, 127];

/** Limits of the shell hold for what it becomes; a system that lacks one of them does without it. */
const confine = `{ ulimit -c 0; ulimit -t "$1"; ulimit -v "$2"; ulimit -f "$3"; shift 3; } 2>/dev/null; exec "$@"`;
const limitedFileBytes = 512;
const limitedMemoryBytes = 1_024;

/** Linux ends the program with the thread that started it. */
export const tether = ["setpriv", "--pdeathsig", "KILL"] as const;

function confined({ program, args, confinement }: Run): [string, ...string[]] {
  const { cpuSeconds, memoryBytes, fileBytes, isTethered } = confinement;
  if (platform() === "win32") {
    return [program, ...args];
  }
  const limits = [cpuSeconds, memoryBytes / limitedMemoryBytes, fileBytes / limitedFileBytes];
  const shell = ["-c", confine, "sh", ...limits.map((limit) => Math.ceil(limit).toFixed(0))];
  return ["/bin/sh", ...shell, ...(isTethered ? tether : []), program, ...args];
}

/**
 * Runs it to its end. Rejects where it could not be started, where a signal ended it, and where it says
 * more than it may.
 */
export function runProgram(run: Run): Promise<Ended> {
  const { program, outputBytesMax, signal, onProcess } = run;
  const [command, ...args] = confined(run);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: "/",
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
      windowsHide: true,
      ...(signal === undefined ? {} : { signal, killSignal: "SIGKILL" }),
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    let stderr = "";
    child.once("spawn", () => {
      onProcess(child.pid ?? null);
    });
    child.stdout.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= outputBytesMax) {
        chunks.push(chunk);
      } else {
        child.kill("SIGKILL");
      }
    });
    child.stderr.setEncoding("latin1").on("data", (text: string) => {
      stderr = (stderr + text).slice(-complaintCharactersMax);
    });
    child.once("error", reject);
    child.once("close", (exitCode, signal) => {
      onProcess(null);
      if (bytes > outputBytesMax) {
        reject(new Error(`${program} said more than ${String(outputBytesMax)} bytes`));
      } else if (exitCode === null) {
        reject(new Error(`${program} was ended by ${String(signal)}`));
      } else if (cannotRun.includes(exitCode)) {
        reject(new Error(`${program} cannot be run: ${stderr.trim()}`));
      } else {
        resolve({ exitCode, stdout: Buffer.concat(chunks), stderr });
      }
    });
  });
}
