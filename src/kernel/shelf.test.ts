import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createShelf, ShelfReader, type Shelf } from "./shelf.ts";

function put(shelf: Shelf, key: number, values: readonly number[]): boolean {
  return shelf.put(key, ~key >>> 0, values.length, (words, at) => {
    words.set(values, at);
  });
}

function read(reader: ShelfReader, key: number): number[] | null {
  return reader.find(key, ~key >>> 0)
    ? [...reader.words.subarray(reader.at, reader.at + reader.length)]
    : null;
}

const commandArbitrary = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("put" as const),
      key: fc.integer({ min: 1, max: 30 }),
      values: fc.array(fc.nat(), { maxLength: 20 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("remove" as const),
      key: fc.integer({ min: 1, max: 30 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("read" as const),
      key: fc.integer({ min: 1, max: 30 }),
    }),
  },
);

describe("a shelf", () => {
  test("gives what was put last or nothing, within its bounds, whatever comes and goes", () => {
    fc.assert(
      fc.property(
        fc.array(commandArbitrary, { minLength: 1, maxLength: 200 }),
        fc.integer({ min: 8, max: 80 }),
        fc.integer({ min: 1, max: 12 }),
        (commands, units, entriesMax) => {
          const shelf = createShelf({ bytesMax: units * 16, entriesMax });
          const other = new ShelfReader(shelf.memory);
          const model = new Map<number, readonly number[]>();
          for (const command of commands) {
            if (command.kind === "put") {
              const isKept = put(shelf, command.key, command.values);
              model.set(command.key, command.values);
              expect(read(shelf.reader, command.key)).toEqual(isKept ? command.values : null);
            } else if (command.kind === "remove") {
              shelf.remove(command.key, ~command.key >>> 0);
              model.delete(command.key);
            }
            let held = 0;
            for (let key = 1; key <= 30; key += 1) {
              // Reading marks as used, so only some keys are read.
              if (key % 3 === 0 || key === command.key) {
                const found = read(other, key);
                expect(found === null || other.isStillThere()).toBe(true);
                expect(found ?? model.get(key) ?? null).toEqual(model.get(key) ?? null);
                expect(found !== null && !model.has(key)).toBe(false);
                held += found === null ? 0 : 1;
              }
            }
            expect(shelf.count()).toBeGreaterThanOrEqual(held);
            expect(shelf.count()).toBeLessThanOrEqual(entriesMax);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test("keeps everything that it has room for", () => {
    const shelf = createShelf({ bytesMax: 100 * 32, entriesMax: 100 });
    for (let key = 1; key <= 100; key += 1) {
      expect(put(shelf, key, [key, key + 1, key + 2, key + 3])).toBe(true);
    }
    for (let key = 1; key <= 100; key += 1) {
      expect(read(shelf.reader, key)).toEqual([key, key + 1, key + 2, key + 3]);
    }
    expect(shelf.count()).toBe(100);
  });

  test("lets go of what nobody read before what was read", () => {
    const shelf = createShelf({ bytesMax: 40 * 32, entriesMax: 100 });
    for (let key = 1; key <= 400; key += 1) {
      put(shelf, key, [key, 0, 0, 0]);
      // Somebody comes back for the first ten again and again.
      for (let wanted = 1; wanted <= Math.min(key, 10); wanted += 1) {
        expect(read(shelf.reader, wanted)?.[0]).toBe(wanted);
      }
    }
    expect(read(shelf.reader, 200)).toBeNull();
  });

  test("does not keep a record that would drive out most others", () => {
    const shelf = createShelf({ bytesMax: 64 * 16, entriesMax: 10 });
    expect(put(shelf, 1, new Array<number>(100).fill(7))).toBe(false);
    expect(read(shelf.reader, 1)).toBeNull();
  });

  test("says that a record is gone to a reader that began before it went", () => {
    const shelf = createShelf({ bytesMax: 16 * 32, entriesMax: 100 });
    const reader = new ShelfReader(shelf.memory);
    put(shelf, 1, [1]);
    expect(read(reader, 1)).toEqual([1]);
    expect(reader.isStillThere()).toBe(true);
    for (let key = 2; key <= 200; key += 1) {
      put(shelf, key, [key, key, key, key]);
    }
    expect(reader.isStillThere()).toBe(false);
  });

  test("never gives a reader in another thread a mixture of two records", async () => {
    const shelf = createShelf({ bytesMax: 200 * 16, entriesMax: 60 });
    const worker = new Worker(new URL("shelf.reading.ts", import.meta.url), {
      workerData: shelf.memory,
    });
    const outcome = new Promise<{ found: number; torn: number }>((resolve, reject) => {
      worker.once("error", reject);
      worker.once("message", resolve);
    });
    const over = new AbortController();
    const written = (async () => {
      for (let round = 1; !over.signal.aborted; round += 1) {
        for (let key = 1; key <= 50; key += 1) {
          const length = 3 + ((round + key) % 9);
          put(shelf, key, new Array<number>(length).fill(round * 100 + key));
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    const { found, torn } = await outcome;
    over.abort();
    await written;
    expect(torn).toBe(0);
    expect(found).toBeGreaterThan(1000);
    await worker.terminate();
  });
});
