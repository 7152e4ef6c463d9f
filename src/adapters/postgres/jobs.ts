import type { Job } from "../../ports/module.ts";
import type { Sql } from "../../ports/record.ts";
import type { Logger, Metrics } from "../../ports/telemetry.ts";

/**
 * Runs each job once in its period, on one node of all that share the record. Whoever finds it due
 * takes a lease of it and renews that meanwhile; a node that dies or hangs loses the lease, and the
 * next that looks runs the job. What a job does may therefore begin again, so each does the same
 * when it is done twice; the lease's token keeps one that was paused from calling it done.
 */
export interface Jobs {
  start(): void;
  /** Resolves when what runs has finished. */
  stop(): Promise<void>;
}

/** Nodes that start together should not ask together. */
const firstTurnShare = 0.1;
/** Nodes look at different times, and a period must not be missed for that. */
const dueShare = 0.9;
/** A job is looked for so often in its period, so that one that failed is not late by another. */
const looksByPeriod = 4;
const looksEveryMsMax = 60_000;

export interface JobTiming {
  /** A runner that does not renew loses the lease after this long. */
  readonly leaseMs: number;
  readonly renewEveryMs: number;
}

export const jobTimingDefault: JobTiming = { leaseMs: 30_000, renewEveryMs: 5_000 };

export function createJobs(
  deps: {
    readonly sql: Sql;
    readonly logger: Logger;
    readonly metrics: Metrics;
    /** Names this process among those that run at the same time. */
    readonly node: string;
    readonly jobs: readonly Job[];
  },
  timing: JobTiming = jobTimingDefault,
): Jobs {
  const { sql, logger, node, jobs } = deps;
  const outcomes = deps.metrics.counter("maru_jobs_total", "Turns of jobs, by outcome.", [
    "job",
    "outcome",
  ]);
  const timers = new Set<NodeJS.Timeout>();
  const running = new Set<Promise<void>>();
  let stopped = false;

  /** Null: it is not due, or another node runs it. */
  async function take({ name, everyMs }: Job): Promise<bigint | null> {
    // What lies further ahead was written by a clock that has been put right since.
    const soon = sql`clock_timestamp() + ${timing.leaseMs} * interval '1 ms'`;
    // One's own is of a run that has ended, and could not be given back: the record was away.
    const isHeld = sql`jobs.holder IS DISTINCT FROM ${node}
      AND jobs.expires_at BETWEEN clock_timestamp() AND ${soon}`;
    const isDone = sql`jobs.done_at
      BETWEEN clock_timestamp() - ${everyMs * dueShare} * interval '1 ms' AND ${soon}`;
    const [row] = await sql<{ token: bigint }[]>`
      INSERT INTO cell.jobs (name, holder, token, expires_at)
      SELECT ${name}, ${node}, 1, clock_timestamp() + ${timing.leaseMs} * interval '1 ms'
      -- Most looks find that it is not due, and shall lock nothing.
      WHERE NOT EXISTS (SELECT FROM cell.jobs WHERE name = ${name} AND (${isHeld} OR ${isDone}))
      ON CONFLICT (name) DO UPDATE SET
        holder = excluded.holder, token = jobs.token + 1, expires_at = excluded.expires_at
      WHERE NOT (${isHeld}) AND NOT (${isDone})
      RETURNING token`;
    return row?.token ?? null;
  }

  async function renew({ name }: Job, token: bigint): Promise<void> {
    await sql`
      UPDATE cell.jobs SET expires_at = clock_timestamp() + ${timing.leaseMs} * interval '1 ms'
      WHERE name = ${name} AND token = ${token}`;
  }

  /** One that failed is free for whoever looks next. False: another node has taken over meanwhile. */
  async function giveBack({ name }: Job, token: bigint, isDone: boolean): Promise<boolean> {
    const given = await sql`
      UPDATE cell.jobs SET expires_at = '-infinity',
        done_at = CASE WHEN ${isDone} THEN clock_timestamp() ELSE done_at END
      WHERE name = ${name} AND token = ${token} RETURNING 1 AS one`;
    return given.length > 0;
  }

  async function turn(job: Job): Promise<void> {
    const token = await take(job);
    if (token === null) {
      return;
    }
    const renewing = setInterval(() => {
      renew(job, token).catch(() => undefined);
    }, timing.renewEveryMs);
    let isDone = false;
    try {
      await job.run();
      isDone = true;
    } finally {
      clearInterval(renewing);
      if (!(await giveBack(job, token, isDone))) {
        logger.warn({ job: job.name }, "a job took so long that another node has begun it anew");
      }
    }
    outcomes.add(1, { job: job.name, outcome: "ok" });
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
            schedule(job, Math.min(job.everyMs / looksByPeriod, looksEveryMsMax));
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
        schedule(job, Math.min(job.everyMs * firstTurnShare, looksEveryMsMax));
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
