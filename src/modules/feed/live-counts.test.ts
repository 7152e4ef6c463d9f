import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Viewer } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import { quietLogger } from "../../../test/support/record.ts";
import { createLiveCounts, type LiveCounts } from "./live-counts.ts";
import type { Stream } from "./streams.ts";

const lookMs = 10;
const everyMs = 1_000;

let asked: (readonly Id[])[];
let written: string[];
let failures: number;
let counts: LiveCounts;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "performance"] });
  asked = [];
  written = [];
  failures = 0;
  counts = createLiveCounts({
    announce: {
      countsOf(_context, ids) {
        asked.push(ids);
        if (failures > 0) {
          failures -= 1;
          return Promise.reject(new Error("the record is away"));
        }
        // Of an odd story there is nothing to tell.
        return Promise.resolve(
          new Map(ids.filter((id) => id % 2n === 0n).map((id) => [id, String(id)])),
        );
      },
    },
    streams: {
      enqueue: (_stream, job) => void job(),
      send: (stream, text) => written.push(`${String(stream.viewer.accountId)}: ${text}`),
    },
    logger: quietLogger,
    monotonicMs: () => performance.now(),
    limits: { countsLookMs: lookMs, countsEveryMs: everyMs },
    messageOf: (_stream, json) => `[${json}]`,
  });
});
afterEach(() => {
  counts.close();
  vi.useRealTimers();
});

function streamOf(accountId: Id): Stream {
  return {
    viewer: { accountId } as Viewer,
    countsFromMs: 0,
    ended: false,
  } as Stream;
}

async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += lookMs) {
    vi.advanceTimersByTime(lookMs);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
  }
}

test("a stream that heard of none lately hears soon", async () => {
  counts.mark(streamOf(1n), 20n);
  await pass(lookMs);
  expect(written).toEqual(["1: [20]"]);
});

test("whatever changes meanwhile is told in one write, each story once", async () => {
  const stream = streamOf(1n);
  counts.mark(stream, 20n);
  await pass(lookMs);
  for (const id of [20n, 22n, 20n, 24n]) {
    counts.mark(stream, id);
    await pass(lookMs);
  }
  expect(written).toHaveLength(1);
  await pass(everyMs);
  expect(written.slice(1)).toEqual(["1: [20][22][24]"]);
});

test("nobody waits for another, and a story is read once for all", async () => {
  const [first, second] = [streamOf(1n), streamOf(2n)];
  counts.mark(first, 20n);
  await pass(lookMs);
  counts.mark(first, 22n);
  counts.mark(second, 22n);
  await pass(lookMs);
  expect(written).toEqual(["1: [20]", "2: [22]"]);
  counts.mark(second, 22n);
  await pass(everyMs);
  expect(written.slice(2).toSorted()).toEqual(["1: [22]", "2: [22]"]);
  expect(asked.slice(2).flat()).toEqual([22n, 22n]);
});

test("what could not be read is told as soon as it can", async () => {
  const stream = streamOf(1n);
  failures = 2;
  counts.mark(stream, 20n);
  await pass(3 * lookMs);
  expect(written).toEqual(["1: [20]"]);
});

test("a stream to which there was nothing to tell does not wait for it", async () => {
  const stream = streamOf(1n);
  counts.mark(stream, 21n);
  await pass(lookMs);
  counts.mark(stream, 20n);
  await pass(lookMs);
  expect(written).toEqual(["1: [20]"]);
});

test("an ended stream is forgotten", async () => {
  const stream = streamOf(1n);
  counts.mark(stream, 20n);
  stream.ended = true;
  await pass(lookMs);
  expect(asked.flat()).toEqual([]);
});
