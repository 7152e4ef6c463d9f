import type { Job } from "../../ports/module.ts";
import type { Sql } from "../../ports/record.ts";
import type { Logger, Metrics } from "../../ports/telemetry.ts";

/**
 * Runs each job again and again, on one node at a time: whoever gets the job's advisory lock runs
 * it, the others let this turn pass. The lock belongs to a connection, so that it ends with a node
 * that dies, and no transaction stays open meanwhile.
 */
export interface Jobs {
  start(): void;
  /** Resolves when what runs has finished. */
  stop(): Promise<void>;
}

/** Nodes that start together should not ask together. */
const firstTurnShare = 0.1;

export function createJobs(deps: {
  readonly sql: Sql;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly jobs: readonly Job[];
}): Jobs {
  const { sql, logger, jobs } = deps;
  const outcomes = deps.metrics.counter("maru_jobs_total", "Turns of jobs, by outcome.", [
    "job",
    "outcome",
  ]);
  const timers = new Set<NodeJS.Timeout>();
  const running = new Set<Promise<void>>();
  let stopped = false;

  async function turn(job: Job): Promise<void> {
    const connection = await sql.reserve();
    try {
      const [row] = await connection<{ got: boolean }[]>`
        SELECT pg_try_advisory_lock(hashtextextended(${`maru job ${job.name}`}, 0)) AS got`;
      if (row?.got !== true) {
        return;
      }
      try {
        await job.run();
        outcomes.add(1, { job: job.name, outcome: "ok" });
      } finally {
        await connection`SELECT pg_advisory_unlock(hashtextextended(${`maru job ${job.name}`}, 0))`;
      }
    } finally {
      connection.release();
    }
  }

  function schedule(job: Job, delayMs: number): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      const run = turn(job)
        .catch((error: unknown) => {
          outcomes.add(1, { job: job.name, outcome: "failed" });
          logger.warn({ error, job: job.name }, "a job failed and is tried again at its next turn");
        })
        .finally(() => {
          running.delete(run);
          if (!stopped) {
            schedule(job, job.everyMs);
          }
        });
      running.add(run);
    }, delayMs);
    timer.unref();
    timers.add(timer);
  }

  return {
    start() {
      for (const job of jobs) {
        schedule(job, job.everyMs * firstTurnShare);
      }
    },
    async stop() {
      stopped = true;
      for (const timer of timers) {
        clearTimeout(timer);
      }
      await Promise.all(running);
    },
  };
}
