import { describe, expect, it } from "vitest";
import { unavailable } from "../kernel/problem.ts";
import { createBatches, DatabaseAwayError, type Batches } from "./import-batches.ts";

interface Bench {
  readonly batches: Batches<number>;
  readonly sent: number[][];
  readonly troubles: string[];
  readonly stop: AbortController;
  nowMs: number;
}

function createBench(
  send: (items: readonly number[], bench: Bench) => void = () => undefined,
  weight = 0,
): Bench {
  const stop = new AbortController();
  const bench: Bench = {
    nowMs: 0,
    sent: [],
    troubles: [],
    stop,
    batches: createBatches(
      (items: readonly number[]) => {
        send(items, bench);
        bench.sent.push([...items]);
        return Promise.resolve();
      },
      {
        monotonicMs: () => bench.nowMs,
        sleep(ms) {
          bench.nowMs += ms;
          return Promise.resolve();
        },
        stop: stop.signal,
        onTrouble: (message) => void bench.troubles.push(message),
      },
      () => weight,
    ),
  };
  return bench;
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const sizes = ({ sent }: Bench): number[] => sent.map((batch) => batch.length);

describe("batches", () => {
  it("grow while the database is quick, up to a thousand, and keep the order", async () => {
    const bench = createBench();
    await bench.batches.add(numbers(5_000));
    await bench.batches.flush();
    expect(sizes(bench)).toEqual([200, 300, 450, 675, 1_000, 1_000, 1_000, 375]);
    expect(bench.sent.flat()).toEqual(numbers(5_000));
  });

  it("shrink while the database is slow", async () => {
    const bench = createBench((_, self) => (self.nowMs += 600));
    await bench.batches.add(numbers(400));
    await bench.batches.flush();
    expect(sizes(bench)).toEqual([200, 100, 50, 25, 13, 10, 2]);
  });

  it("are small where the things are heavy", async () => {
    const bench = createBench(undefined, 300 * 1024);
    await bench.batches.add(numbers(7));
    expect(sizes(bench)).toEqual([3, 3]);
  });

  it("are sent again, smaller, when the database was away, and nothing is left out", async () => {
    let failures = 3;
    const bench = createBench(() => {
      failures -= 1;
      if (failures >= 0) throw unavailable();
    });
    await bench.batches.add(numbers(300));
    await bench.batches.flush();
    expect(bench.sent.flat()).toEqual(numbers(300));
    expect(sizes(bench)[0]).toBe(25);
    expect(bench.troubles).toHaveLength(1);
  });

  it("give up after a minute, with the database's reason", async () => {
    const bench = createBench(() => {
      throw unavailable({ cause: new Error("it restarts") });
    });
    await expect(bench.batches.add(numbers(200))).rejects.toThrow(DatabaseAwayError);
    await expect(bench.batches.flush()).rejects.toThrow("it restarts");
    expect(bench.nowMs).toBeGreaterThanOrEqual(60_000);
    expect(bench.nowMs).toBeLessThan(70_000);
  });

  it("do not hide what is no matter of waiting", async () => {
    const bench = createBench(() => {
      throw new TypeError("a bug");
    });
    await expect(bench.batches.add(numbers(200))).rejects.toThrow("a bug");
    expect(bench.nowMs).toBe(0);
  });

  it("end after the one that runs when they are told to stop", async () => {
    const bench = createBench((_, self) => self.stop.abort(new Error("stopped")));
    await expect(bench.batches.add(numbers(1_000))).rejects.toThrow("stopped");
    expect(sizes(bench)).toEqual([200]);
  });
});
