import type { MonotonicMs } from "../../kernel/deadline.ts";
import type { HealthCheck } from "../../ports/module.ts";
import { NoAnswer, type ImpatientSql } from "./impatient-sql.ts";

/**
 * Asks PostgreSQL again and again whether it answers, on a connection of its own, so that health
 * tells of one that hangs as well as of one that is gone, and nobody waits for it in vain.
 */
export interface DatabaseWatch {
  readonly healthCheck: HealthCheck;
  /** It has not answered for longer than anybody should wait for it. */
  isSilent(): boolean;
  start(): void;
  stop(): void;
}

const askEveryMs = 1_000;
/** An answer that takes longer counts as none. */
const patienceMs = 2_000;
/** After this it is asked on another connection: a network that was cut tells nobody, and this one may be lost alone. */
const anotherAfterMs = 3_000;
/**
 * Its silence is measured in steps of this process's own time: one that was paused, or kept waiting by its
 * machine, has an answer to read before it knows anything.
 */
const stepMs = 250;
const stepMsMax = 2 * stepMs;
/** Of errors with which nobody has answered. */
const silentCodes = new Set(["CONNECT_TIMEOUT", "ETIMEDOUT"]);
const msPerSecond = 1_000;

export function createDatabaseWatch(deps: {
  readonly sql: Pick<ImpatientSql, "ask">;
  readonly monotonicMs: MonotonicMs;
  /** What is known of the server by other ways; null: nothing is wrong. */
  readonly trouble: () => string | null;
}): DatabaseWatch {
  const { sql, monotonicMs } = deps;
  let silentMs = 0;
  let failure: string | null = null;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function ask(): Promise<void> {
    let steppedAtMs = monotonicMs();
    const stepping = setInterval(() => {
      const nowMs = monotonicMs();
      silentMs += Math.min(nowMs - steppedAtMs, stepMsMax);
      steppedAtMs = nowMs;
    }, stepMs);
    stepping.unref();
    let isAnswered = true;
    try {
      await sql.ask((session) => session`SELECT 1`, anotherAfterMs);
      failure = null;
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
      isAnswered = !isSilence(error);
    }
    clearInterval(stepping);
    if (isAnswered) {
      silentMs = 0;
    }
    if (!stopped) {
      timer = setTimeout(() => void ask(), isAnswered ? askEveryMs : stepMs);
    }
  }

  const isSilent = (): boolean => silentMs > patienceMs;

  return {
    isSilent,
    healthCheck: {
      name: "database",
      check() {
        if (isSilent()) {
          const silentS = Math.round(silentMs / msPerSecond);
          return deps.trouble() ?? `PostgreSQL has not answered for ${silentS} s`;
        }
        return (
          deps.trouble() ?? (failure === null ? null : `PostgreSQL cannot be asked: ${failure}`)
        );
      },
    },
    start() {
      void ask();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

function isSilence(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return error instanceof NoAnswer || silentCodes.has(code);
}
