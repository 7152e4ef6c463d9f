import { beforeEach, expect, it } from "vitest";
import { contextOf } from "../../../test/support/ask-module.ts";
import { noMetrics } from "../../../test/support/record.ts";
import type { Id } from "../../kernel/id.ts";
import type { EventEnvelope } from "../../ports/log.ts";
import type { RecordPort } from "../../ports/record.ts";
import { createKnown, type Known } from "./known.ts";
import type { MediaRow } from "./store-media.ts";

const id: Id = 7n;
const context = contextOf(null);

let rows: readonly MediaRow[];
let reads: number;
let nowMs: number;
let known: Known;

const rowOf = (secret: string, version: number): MediaRow =>
  ({ id, secret, version, files: [] }) as unknown as MediaRow;

beforeEach(() => {
  rows = [];
  reads = 0;
  nowMs = 0;
  const record = {
    read: async () => {
      reads += 1;
      return rows;
    },
  } as unknown as RecordPort;
  known = createKnown({ record, clock: { monotonicMs: () => nowMs }, metrics: noMetrics });
});

const bothWays = async (): Promise<void> => {
  await known.find(context, id);
  await known.findAnew(context, id);
};

it("a wrong address of an item that is there is looked up once in a second, by whoever asks", async () => {
  rows = [rowOf("a", 1)];
  await known.find(context, id);
  reads = 0;
  await Promise.all(Array.from({ length: 100 }, bothWays));
  await bothWays();
  expect(reads).toBe(1);
  nowMs += 1_000;
  await bothWays();
  expect(reads).toBe(2);
});

it("an address of nothing is looked up no more than twice in a second", async () => {
  await Promise.all(Array.from({ length: 100 }, bothWays));
  await bothWays();
  expect(reads).toBeLessThanOrEqual(2);
});

it("what is found beside memory is good for other addresses of the item", async () => {
  rows = [rowOf("old", 1)];
  await known.find(context, id);
  rows = [rowOf("new", 2)];
  await known.findAnew(context, id);
  expect(await known.findAnew(context, id)).toMatchObject({ secret: "new" });
});

it("what was read before an event is not kept beyond it", async () => {
  rows = [rowOf("old", 1)];
  const look = known.findAnew(context, id);
  const event = { aggregate: { type: "media", id, version: 2 } } as unknown as EventEnvelope;
  await known.view.apply(event, { repeated: false });
  await look;
  rows = [rowOf("new", 2)];
  expect(await known.findAnew(context, id)).toMatchObject({ secret: "new" });
});

it("what was not there is found as soon as an event tells of it", async () => {
  await bothWays();
  rows = [rowOf("a", 1)];
  const event = { aggregate: { type: "media", id, version: 1 } } as unknown as EventEnvelope;
  await known.view.apply(event, { repeated: false });
  expect(await known.find(context, id)).toMatchObject({ secret: "a" });
});
