import { setImmediate as turn } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "vitest";
import { noMetrics, realClock } from "../../../test/support/record.ts";
import { internalContext } from "../../kernel/context.ts";
import { deadlineAfter } from "../../kernel/deadline.ts";
import { createEarlierFiles, type EarlierFiles, type EarlierFilesLimits } from "./earlier-files.ts";
import type { FileRow } from "./store.ts";

const context = internalContext("test");
const listEveryMs = 40;
const bytesOfAFile = 1_000;

let rows: Map<string, FileRow>;
let lists: number[];
let reads: string[];
/** What the next query waits for, or fails with. */
let gate: Promise<void>;

beforeEach(() => {
  rows = new Map(
    ["/assets/a.js", "/assets/b.js", "/assets/c.js"].map((path) => [
      path,
      { media: "image/png", bytes: Buffer.alloc(bytesOfAFile, path) },
    ]),
  );
  lists = [];
  reads = [];
  gate = Promise.resolve();
});

function create(limits: Partial<EarlierFilesLimits> = {}): EarlierFiles {
  return createEarlierFiles({
    async readPaths(_context, limit) {
      lists.push(performance.now());
      await gate;
      return [...rows.keys()].slice(0, limit);
    },
    async readFile(_context, path) {
      reads.push(path);
      await gate;
      return rows.get(path) ?? null;
    },
    clock: realClock,
    metrics: noMetrics,
    limits: { listEveryMs, ...limits },
  });
}

describe("a file of another build", () => {
  test("is found, read once however many ask at once, and then in memory", async () => {
    const files = create();
    const asked = Array.from({ length: 20 }, () => files.find(context, "/assets/a.js"));
    for (const file of await Promise.all(asked)) {
      expect(file).toMatchObject({
        mediaType: "image/png",
        plain: rows.get("/assets/a.js")?.bytes,
      });
    }
    rows.clear();
    expect(await files.find(context, "/assets/a.js")).not.toBeNull();
    expect([lists.length, reads]).toEqual([1, ["/assets/a.js"]]);
  });

  test("is found although it came after the list of names was read", async () => {
    const files = create();
    expect(await files.find(context, "/assets/new.js")).toBeNull();
    rows.set("/assets/new.js", { media: "text/css", bytes: Buffer.from("new") });
    expect(await files.find(context, "/assets/new.js")).toMatchObject({ mediaType: "text/css" });
  });

  test("is not there once it has been forgotten", async () => {
    const files = create();
    expect(await files.find(context, "/assets/a.js")).not.toBeNull();
    rows.delete("/assets/b.js");
    expect(await files.find(context, "/assets/b.js")).toBeNull();
  });

  test("leaves memory for others when there is no more room", async () => {
    const files = create({ bytesMax: 2.5 * bytesOfAFile });
    for (const path of [...rows.keys(), "/assets/a.js"]) {
      await files.find(context, path);
    }
    expect(reads).toEqual(["/assets/a.js", "/assets/b.js", "/assets/c.js", "/assets/a.js"]);
  });
});

describe("names that nobody has", () => {
  test("cost one question in a while, however many are asked for", async () => {
    const files = create();
    let asked = 0;
    const untilMs = performance.now() + 5 * listEveryMs;
    while (performance.now() < untilMs) {
      const names = Array.from({ length: 50 }, () => `/assets/${(asked += 1)}.js`);
      expect(await Promise.all(names.map((name) => files.find(context, name)))).toEqual(
        names.map(() => null),
      );
    }
    expect(asked).toBeGreaterThan(100);
    expect(reads).toEqual([]);
    const gaps = lists.slice(1).map((atMs, at) => atMs - lists[at]!);
    // A timer may be a millisecond early.
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(listEveryMs - 2);
  });

  test("are refused at once when too many wait", async () => {
    const held = Promise.withResolvers<undefined>();
    gate = held.promise;
    const files = create({ waitingMax: 2 });
    const waiting = ["/assets/x.js", "/assets/y.js"].map((path) => files.find(context, path));
    await expect(files.find(context, "/assets/z.js")).rejects.toThrow("request.unavailable");
    held.resolve(undefined);
    expect(await Promise.all(waiting)).toEqual([null, null]);
    expect(await files.find(context, "/assets/z.js")).toBeNull();
  });

  test("keep nobody waiting longer than they want to", async () => {
    gate = new Promise(() => undefined);
    const files = create();
    const deadline = deadlineAfter(10, () => performance.now());
    await expect(files.find({ ...context, deadline }, "/assets/x.js")).rejects.toThrow(
      "request.deadline_exceeded",
    );
  });
});

test("a record that is away is told, and asked again later", async () => {
  const files = create();
  gate = Promise.reject(new Error("away"));
  gate.catch(() => undefined);
  await expect(files.find(context, "/assets/a.js")).rejects.toThrow("away");
  gate = Promise.resolve();
  await turn();
  expect(await files.find(context, "/assets/a.js")).not.toBeNull();
  expect(lists).toHaveLength(2);
});
