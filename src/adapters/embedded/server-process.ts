import { setTimeout as delay } from "node:timers/promises";
import { spawnProgram } from "./programs.ts";
import { createLogReader, type ServerLog } from "./server-log.ts";
import type { RunAs } from "./unprivileged-user.ts";

/** One run of the PostgreSQL server, from its start to its end. */
export interface ServerProcess {
  /** Resolves when the process has ended and its last words are read. Never rejects. */
  readonly exited: Promise<void>;
  hasEnded(): boolean;
  /** Why it ended, in its own words where it could speak. */
  cause(): string;
  /** Sends a signal to the server, unless it has ended. */
  signal(signal: NodeJS.Signals): void;
  /** Resolves to whether it has ended within this time. */
  endsWithin(timeoutMs: number): Promise<boolean>;
}

/** The children of a killed server may hold its log open; they are not waited for longer than this. */
const lastWordsMs = 250;

export function startServerProcess(
  postgres: string,
  args: readonly string[],
  { runAs, log }: { readonly runAs: RunAs | null; readonly log: ServerLog },
): ServerProcess {
  const child = spawnProgram(postgres, args, { runAs, ownGroup: true });
  const reader = createLogReader(log);
  let spawnProblem: string | null = null;
  const exited = new Promise<void>((resolve) => {
    child.once("close", resolve);
    child.once("exit", () => void delay(lastWordsMs, undefined, { ref: false }).then(resolve));
    child.on("error", (error) => {
      if (child.pid !== undefined) return;
      spawnProblem = error.message;
      resolve();
    });
  });
  child.stdin?.on("error", () => undefined);
  child.stdin?.end();
  child.stdout?.resume();
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    reader.add(chunk);
  });
  const hasEnded = (): boolean =>
    child.pid === undefined || child.exitCode !== null || child.signalCode !== null;

  return {
    exited,
    hasEnded,
    cause() {
      if (spawnProblem !== null) return spawnProblem;
      // Who was killed has not said why, and what it said last is about something else.
      if (child.signalCode !== null) return `it was ended by ${child.signalCode}`;
      return reader.lastFailure() ?? `it ended with exit code ${String(child.exitCode)}`;
    },
    signal(signal) {
      if (!hasEnded()) child.kill(signal);
    },
    async endsWithin(timeoutMs) {
      const expired = new AbortController();
      await Promise.race([
        exited,
        delay(timeoutMs, undefined, { signal: expired.signal }).catch(() => undefined),
      ]);
      expired.abort();
      return hasEnded();
    },
  };
}
