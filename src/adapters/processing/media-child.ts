import { fork } from "node:child_process";
import { platform } from "node:os";
import type { FromMediaProcess, Work } from "./messages.ts";
import { environment } from "./programs.ts";

/** A process that reads strangers' files (`media-process.ts`), seen from the node. */
export interface MediaChild {
  /** Undefined: it could not be made. */
  readonly pid: number | undefined;
  /** Resolves to why, in a few words, when it has ended. */
  readonly ended: Promise<string>;
  hasEnded(): boolean;
  /** That it is gone is learnt from its end. */
  send(work: Work): void;
  /** Who hears what it says from now on; one at a time. */
  listen(listener: (message: FromMediaProcess) => void): void;
  /** At once, with what it has started. */
  kill(): void;
}

/** Pixels are not on the heap of JavaScript. */
const heapMib = 128;
const complaintCharactersMax = 1_000;

export function startMediaChild(): MediaChild {
  const leadsGroup = platform() !== "win32";
  const child = fork(new URL("media-process.ts", import.meta.url), {
    cwd: "/",
    env: environment,
    execArgv: [`--max-old-space-size=${String(heapMib)}`],
    // A terminal's Ctrl-C does not reach it, and one signal ends it with what it has started.
    detached: leadsGroup,
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const { pid } = child;
  const { promise: ended, resolve } = Promise.withResolvers<string>();
  let hasEnded = false;
  let complaint = "";
  let heard: (message: FromMediaProcess) => void = () => undefined;

  function kill(): void {
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
    hasEnded = true;
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
    hasEnded: () => hasEnded,
    send(work) {
      child.send(work, () => undefined);
    },
    listen(listener) {
      heard = listener;
    },
    kill,
  };
}
