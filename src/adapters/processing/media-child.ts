import { spawn } from "node:child_process";
import { getPriority, platform, setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import type { FromMediaProcess, Work } from "./messages.ts";
import { environment } from "./programs.ts";

/** A process that reads strangers' files (`media-process.ts`), seen from the node. */
export interface MediaChild {
  /** Undefined: it could not be made. */
  readonly pid: number | undefined;
  /** Resolves to why, in a few words, when it has ended. */
  readonly ended: Promise<string>;
  /** It takes works: it has neither ended nor been killed, from which it may take a while to end. */
  isUp(): boolean;
  /** That it is gone is learnt from its end. */
  send(work: Work): void;
  /** Who hears what it says from now on; one at a time. */
  listen(listener: (message: FromMediaProcess) => void): void;
  /** At once, with what it has started. */
  kill(): void;
}

export interface MediaChildOptions {
  readonly memoryBytesMax: number;
  /** From 0 to 19: the higher, the further it stands back where others want the same core. */
  readonly niceness: number;
}

/** Pixels are not on the heap of JavaScript. */
const heapMib = 128;
const complaintCharactersMax = 1_000;

/** Where memory is short, this goes before all else of the node. */
const outOfMemoryScore = "800";

const nicenessMax = 19;

/** What Node itself takes of it, and what is used before anybody has looked. */
const memorySlackBytes = 2 ** 30;
const limitedBytes = 1_024;

/**
 * What the shell sets holds for what it becomes: for each of its threads, which it could not set itself
 * on Linux. macOS has no such limit of memory, and does without.
 */
const confine = [
  'ulimit -c 0; ulimit -d "$1" 2>/dev/null; niceness=$2; own=$3; score=$4; shift 4',
  // Linux may share its time among sessions first: this one's niceness would only count against what is in it.
  '{ echo "$own" >/proc/self/autogroup; echo "$score" >/proc/self/oom_score_adj; } 2>/dev/null',
  'exec nice -n "$niceness" "$@"',
].join("; ");

/** The process as a command line. Linux refuses it memory beyond a limit, before the node can see that it asks. */
function commandOf({ memoryBytesMax, niceness }: MediaChildOptions): [string, ...string[]] {
  const file = fileURLToPath(new URL("media-process.ts", import.meta.url));
  const node = [`--max-old-space-size=${String(heapMib)}`, file];
  if (platform() === "win32") {
    return [process.execPath, ...node];
  }
  const limit = Math.ceil((memoryBytesMax + memorySlackBytes) / limitedBytes).toFixed(0);
  const own = Math.min(nicenessMax, getPriority() + niceness);
  const limits = [limit, String(niceness), String(own), outOfMemoryScore];
  return ["/bin/sh", "-c", confine, "sh", ...limits, process.execPath, ...node];
}

export function startMediaChild(options: MediaChildOptions): MediaChild {
  const leadsGroup = platform() !== "win32";
  const [command, ...args] = commandOf(options);
  const child = spawn(command, args, {
    cwd: "/",
    env: environment,
    // A terminal's Ctrl-C does not reach it, and one signal ends it with what it has started.
    detached: leadsGroup,
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const { pid } = child;
  if (pid !== undefined && !leadsGroup) {
    setPriority(pid, options.niceness);
  }
  const { promise: ended, resolve } = Promise.withResolvers<string>();
  let isUp = true;
  let complaint = "";
  let heard: (message: FromMediaProcess) => void = () => undefined;

  function kill(): void {
    isUp = false;
    child.kill("SIGKILL");
    try {
      if (leadsGroup && pid !== undefined) {
        process.kill(-pid, "SIGKILL");
      }
    } catch {
      // None of its group is left.
    }
  }

  function end(why: string): void {
    isUp = false;
    resolve(`${why} ${complaint}`.trim());
  }

  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    complaint = (complaint + text).slice(-complaintCharactersMax);
  });
  child.once("exit", (code, signal) => {
    end(String(signal ?? code));
  });
  child.on("error", (error) => {
    // Where it could not even be made, there is no exit.
    if (pid === undefined) {
      end(error.message);
    }
  });
  child.on("message", (message: FromMediaProcess) => {
    heard(message);
  });

  return {
    pid,
    ended,
    isUp: () => isUp,
    send(work) {
      child.send(work, () => undefined);
    },
    listen(listener) {
      heard = listener;
    },
    kill,
  };
}
