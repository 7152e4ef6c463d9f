import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { logDatabase } from "../../../test/support/log.ts";
import { noMetrics, quietLogger } from "../../../test/support/record.ts";
import { until } from "../../../test/support/http.ts";
import type { Job } from "../../ports/module.ts";
import { createJobs, type Jobs } from "./jobs.ts";

const database = logDatabase();
let opened: Jobs[];

beforeEach(() => {
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((jobs) => jobs.stop()));
});

function start(node: string, job: Omit<Job, "name">, leaseMs = 10_000): Jobs {
  const jobs = createJobs(
    {
      sql: database.sql,
      logger: { ...quietLogger, warn: () => undefined },
      metrics: noMetrics,
      node,
      jobs: [{ name: "count", ...job }],
    },
    { leaseMs, renewEveryMs: leaseMs / 4 },
  );
  opened.push(jobs);
  jobs.start();
  return jobs;
}

test("a job runs once in its period, however many nodes look for it", async () => {
  const runs: string[] = [];
  for (const node of ["a", "b", "c"]) {
    start(node, {
      everyMs: 400,
      run: async () => {
        runs.push(node);
      },
    });
  }
  await until(() => runs.length >= 3);
  const [row] = await database.sql<
    { token: bigint }[]
  >`SELECT token FROM cell.jobs WHERE name = 'count'`;
  // Each run has its token, and no two runs had the same.
  expect(Number(row?.token)).toBe(runs.length);
});

test("no two nodes run a job at the same time", async () => {
  let running = 0;
  let most = 0;
  let runs = 0;
  for (const node of ["a", "b", "c"]) {
    start(node, {
      everyMs: 40,
      run: async () => {
        running += 1;
        most = Math.max(most, running);
        await pause(60);
        running -= 1;
        runs += 1;
      },
    });
  }
  await until(() => runs >= 5);
  expect(most).toBe(1);
});

test("one that fails is tried again before its next period, by whoever looks first", async () => {
  let tries = 0;
  start("a", {
    everyMs: 2_000,
    run: () => {
      tries += 1;
      return tries === 1 ? Promise.reject(new Error("not today")) : Promise.resolve();
    },
  });
  await until(() => tries === 2);
  const isDone = async (): Promise<boolean | undefined> =>
    (
      await database.sql<{ done: boolean }[]>`
        SELECT done_at > '-infinity' AS done FROM cell.jobs WHERE name = 'count'`
    )[0]?.done;
  await expect.poll(isDone).toBe(true);
});

test("one that could not be given back is taken again by the same node, before the lease ends", async () => {
  let runs = 0;
  start(
    "a",
    {
      everyMs: 100,
      run: async () => {
        runs += 1;
        // As if the record had come back from a crash with the lease, and without what gave it back.
        await database.sql`UPDATE cell.jobs SET token = token + 1 WHERE ${runs === 1}`;
      },
    },
    600_000,
  );
  await until(() => runs === 2);
});

test("a node that hangs loses the job to another, and cannot call it done any more", async () => {
  let taken = false;
  const hung = Promise.withResolvers<undefined>();
  // Its renewals come too late, as those of a process that is paused.
  const slow = createJobs(
    {
      sql: database.sql,
      logger: { ...quietLogger, warn: () => undefined },
      metrics: noMetrics,
      node: "a",
      jobs: [{ name: "count", everyMs: 100, run: () => ((taken = true), hung.promise) }],
    },
    { leaseMs: 200, renewEveryMs: 60_000 },
  );
  opened.push(slow);
  slow.start();
  await until(() => taken);
  let others = 0;
  const another = Promise.withResolvers<undefined>();
  start("b", {
    everyMs: 100,
    run: () => {
      others += 1;
      return another.promise;
    },
  });
  await until(() => others === 1);
  hung.resolve(undefined);
  await slow.stop();
  const [row] = await database.sql<{ holder: string; done: boolean }[]>`
    SELECT holder, done_at > '-infinity' AS done FROM cell.jobs WHERE name = 'count'`;
  expect(row).toEqual({ holder: "b", done: false });
  another.resolve(undefined);
});

test("a job that was done, or taken, in the future of a wrong clock is done again", async () => {
  for (const [column, node] of [
    ["done_at", "a"],
    ["expires_at", "b"],
  ] as const) {
    await database.sql`INSERT INTO cell.jobs (name, holder, token, expires_at) VALUES ('count', 'x', 1, '-infinity')
      ON CONFLICT (name) DO UPDATE SET expires_at = '-infinity', done_at = '-infinity'`;
    await database.sql`UPDATE cell.jobs SET ${database.sql(column)} = clock_timestamp() + interval '1 hour'`;
    let runs = 0;
    const jobs = start(node, {
      everyMs: 200,
      run: () => {
        runs += 1;
        return Promise.resolve();
      },
    });
    await until(() => runs > 0);
    await jobs.stop();
  }
});
