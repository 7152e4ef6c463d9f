import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { afterEach, expect, onTestFinished, test } from "vitest";
import { note, noting, testTiming, workBench, workContext } from "../../../test/support/work.ts";

const bench = workBench();
afterEach(() => bench.closeAll());

const support = (name: string): string =>
  new URL(`../../../test/support/${name}.ts`, import.meta.url).href;

/** A node that works for ever on whatever it takes, and says that it has begun. */
const program = `
const [endpoint, timing, logUrl, workUrl] = process.argv.slice(1);
const { openTestNode } = await import(logUrl);
const { noting } = await import(workUrl);
const worker = noting(() => {
  console.log("began");
  return new Promise(() => undefined);
});
const node = await openTestNode(JSON.parse(endpoint), {
  holder: "child " + process.pid,
  stableHolder: false,
  workers: () => [worker],
  workTiming: JSON.parse(timing),
});
await node.log.start();
await node.log.startConsumers();
`;

const workTiming = { ...testTiming, leaseMs: 3_000, renewEveryMs: 500, graceMs: 500 };

/** Resolves when the process has begun to work. */
async function workInOtherProcess(): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    [
      "--input-type=module",
      "--eval",
      program,
      JSON.stringify(bench.endpoint),
      JSON.stringify(workTiming),
      support("log"),
      support("work"),
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout })
      .once("line", () => {
        resolve();
      })
      .once("close", () => {
        reject(new Error("the process has ended without beginning"));
      });
  });
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
}

test("work whose process is killed is taken by another node when the lease is over, and counted", async () => {
  // Commits the events, and works on none.
  const writer = await bench.open([noting(undefined, { types: [], name: "none" })]);
  await bench.write(writer, 1);
  const child = await workInOtherProcess();
  // It keeps its lease for as long as it lives.
  await expect
    .poll(async () => (await bench.entries())[0]?.due_in_ms)
    .toBeLessThan(workTiming.leaseMs - workTiming.renewEveryMs / 2);
  await expect
    .poll(async () => (await bench.entries())[0]?.due_in_ms)
    .toBeGreaterThan(workTiming.leaseMs - workTiming.renewEveryMs / 2);
  await kill(child);
  expect((await bench.entries())[0]?.due_in_ms).toBeGreaterThan(0);
  const attempts: number[] = [];
  const other = noting(async () => {
    attempts.push(...(await bench.entries()).map((entry) => entry.attempts));
  });
  await bench.open([other], { workTiming });
  await expect.poll(() => bench.effects()).toEqual([1]);
  expect(attempts).toEqual([2]);
  expect(await bench.entries()).toEqual([]);
});

test("work that ends every process that tries it is a dead letter after its attempts", async () => {
  const writer = await bench.open([noting(undefined, { types: [], name: "none" })]);
  await bench.write(writer, 1);
  for (const attempts of [1, 2, 3]) {
    const child = await workInOtherProcess();
    expect(await bench.entries()).toMatchObject([{ attempts }]);
    await kill(child);
    await bench.sql`UPDATE log.work SET due_at = clock_timestamp()`;
  }
  const spared = noting(
    () => {
      throw new Error("it must not be tried again");
    },
    { gaveUp: (_context, event, tx) => note(tx, "gave up", event) },
  );
  const node = await bench.open([spared]);
  await expect.poll(() => bench.effects("gave up")).toEqual([1]);
  expect(await node.log.deadLetters.list(workContext, { limit: 10 })).toMatchObject([
    { attempts: 3, error: expect.stringContaining("ended with its process") as string },
  ]);
});
