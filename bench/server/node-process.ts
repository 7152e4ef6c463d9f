import { spawn, type ChildProcess } from "node:child_process";
import {
  closeSync,
  ftruncateSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { endedWithUs, removedWithUs } from "./leftovers.ts";
import { pinned, type Cores } from "./pinning.ts";

/** A server of ours in a process of its own, as `npm start` runs it. */
export interface NodeProcess {
  readonly url: string;
  readonly adminUrl: string;
  readonly port: number;
  readonly pid: number;
  /** From the spawn to the line that says it is ready. */
  readonly readyMs: number;
  stop(): Promise<void>;
}

export interface ServeOptions {
  readonly settings?: Readonly<Record<string, string>>;
  /** Flags of `serve` beside the data folder and the ports. */
  readonly flags?: readonly string[];
  readonly cores?: Cores;
}

/** What the server said when it did not come up. */
export class ServerRefused extends Error {
  override readonly name = "ServerRefused";
}

const mainPath = new URL("../../src/main.ts", import.meta.url).pathname;
const pollMs = 5;
/** The log is on, as in service; what is older than this is let go. */
const logBytesMax = 256 * 1024 ** 2;
const logCheckMs = 2_000;
const lastWordsCharacters = 2_000;

/** Runs one command of the command line and gives what it printed. */
export async function runCommand(
  words: readonly string[],
): Promise<{ readonly text: string; readonly ms: number }> {
  const start = performance.now();
  const child = endedWithUs(
    spawn(process.execPath, [mainPath, ...words], { stdio: ["ignore", "pipe", "inherit"] }),
  );
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString("utf8");
  });
  const code = await ended(child);
  if (code !== 0) {
    throw new Error(`maru ${words.join(" ")} ended with ${String(code)}: ${text}`);
  }
  return { text, ms: performance.now() - start };
}

function ended(child: ChildProcess): Promise<number | null> {
  return child.exitCode === null && child.signalCode === null
    ? new Promise((resolve) => child.once("close", resolve))
    : Promise.resolve(child.exitCode);
}

/**
 * The server's output goes to a file, so that nobody spends CPU on reading it while something is
 * measured. Throws ServerRefused when the server ends before it is ready.
 */
export async function startProcess(
  dataDir: string,
  { settings = {}, flags = [], cores = "any" }: ServeOptions = {},
): Promise<NodeProcess> {
  const start = performance.now();
  const words = [mainPath, "serve", "--data", dataDir, "--port", "0", "--admin-port", "0"];
  const [program, args] = pinned(cores, process.execPath, [...words, ...flags]);
  const logFolder = mkdtempSync(join(tmpdir(), "maru-bench-log-"));
  const logFile = join(logFolder, "log");
  const log = openSync(logFile, "a+");
  const child = endedWithUs(
    spawn(program, args, {
      stdio: ["ignore", log, log],
      env: { ...process.env, MARU_HOST: "127.0.0.1", ...settings },
    }),
  );
  removedWithUs(logFolder);
  const trimming = setInterval(() => {
    if (fstatSync(log).size > logBytesMax) {
      ftruncateSync(log, 0);
    }
  }, logCheckMs);
  trimming.unref();
  const letGo = (): void => {
    clearInterval(trimming);
    closeSync(log);
    rmSync(logFolder, { recursive: true, force: true });
  };
  for (;;) {
    const text = readFileSync(logFile, "utf8");
    const url = /Maru is ready: +(\S+)/.exec(text)?.[1];
    const adminUrl = /Health: +(\S+)\/readyz/.exec(text)?.[1];
    if (url !== undefined && adminUrl !== undefined) {
      return {
        url,
        adminUrl,
        port: Number(new URL(url).port),
        pid: child.pid ?? 0,
        readyMs: performance.now() - start,
        async stop() {
          child.kill("SIGTERM");
          await ended(child);
          letGo();
        },
      };
    }
    if (child.exitCode !== null || child.signalCode !== null) {
      letGo();
      throw new ServerRefused(
        `the server ended with ${String(child.exitCode)}: ${text.slice(-lastWordsCharacters)}`,
      );
    }
    await delay(pollMs);
  }
}
