import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { createExportRun, type ExportPage, type ExportRun } from "./export-run.ts";

const pageSize = 3;

/** A list of numbers, read by pages; reading may fail. */
function list(size: number) {
  const reads: (string | null)[] = [];
  const own = {
    reads,
    fails: null as Error | null,
    async read(cursor: string | null): Promise<ExportPage> {
      reads.push(cursor);
      await Promise.resolve();
      if (own.fails !== null) {
        throw own.fails;
      }
      const from = Number(cursor ?? 0);
      const items = Array.from({ length: size }, (_, n) => ({ n })).slice(from, from + pageSize);
      const next = from + pageSize;
      return { items, nextCursor: next < size ? String(next) : null };
    },
  };
  return own;
}

function begin(lists: readonly ReturnType<typeof list>[]) {
  const done = vi.fn<(lists: readonly (readonly string[])[]) => void>();
  const run = createExportRun({
    lists: lists.map(({ read }) => read),
    persist: (read, { signal }) => read(signal),
    onDone: done,
  });
  return { run, done };
}

const finished = (run: ExportRun, phase: string): Promise<void> =>
  vi.waitFor(() => {
    expect(run.state().phase).toBe(phase);
  });

const numbers = (size: number): readonly string[] =>
  Array.from({ length: size }, (_, n) => `{"n":${n}}`);

describe("an export", () => {
  it("reads every list to its end, in order", async () => {
    const { run, done } = begin([list(7), list(0)]);
    const counts: (readonly number[])[] = [];
    run.listen(() => counts.push(run.state().counts));
    run.start();
    run.start();
    await finished(run, "done");
    expect(counts).toEqual([
      [0, 0],
      [3, 0],
      [6, 0],
      [7, 0],
      [7, 0],
      [7, 0],
    ]);
    expect(done.mock.calls).toEqual([[[numbers(7), []]]]);
  });

  it("goes on where it was stopped", async () => {
    const own = list(8);
    const { run, done } = begin([own]);
    const letGo = run.listen(() => {
      if (run.state().counts[0] === pageSize) {
        letGo();
        run.stop();
      }
    });
    run.start();
    await finished(run, "stopped");
    expect(done).not.toHaveBeenCalled();
    run.start();
    await finished(run, "done");
    expect(done).toHaveBeenCalledWith([numbers(8)]);
    expect(own.reads.filter((cursor) => cursor === null)).toHaveLength(1);
  });

  it("says that it was refused, and reads the failed page again when it is asked to", async () => {
    const [first, second] = [list(4), list(2)];
    second.fails = new Error("no");
    const { run, done } = begin([first, second]);
    run.start();
    await finished(run, "refused");
    expect(run.state()).toMatchObject({ error: second.fails, counts: [4, 0] });
    second.fails = null;
    run.start();
    await finished(run, "done");
    expect(done).toHaveBeenCalledWith([numbers(4), numbers(2)]);
    expect(first.reads).toEqual([null, "3"]);
  });

  it("tells what it waits for, until it goes on", async () => {
    const said: (string | null)[] = [];
    const run = createExportRun({
      lists: [list(1).read],
      async persist(read, { signal, onWait }) {
        onWait("busy");
        onWait(null);
        return read(signal);
      },
      onDone: () => undefined,
    });
    run.listen(() => said.push(run.state().waiting));
    run.start();
    await finished(run, "done");
    expect(said).toEqual([null, "busy", null, null, null]);
  });

  it("has each item once, however often it is stopped and started", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(12),
        fc.array(fc.tuple(fc.boolean(), fc.nat(3)), { maxLength: 12 }),
        async (size, steps) => {
          const { run, done } = begin([list(size)]);
          for (const [starts, ticks] of steps) {
            if (starts) {
              run.start();
            } else {
              run.stop();
            }
            for (let i = 0; i < ticks; i += 1) {
              await Promise.resolve();
            }
          }
          run.start();
          await new Promise(setImmediate);
          expect(done.mock.lastCall).toEqual([[numbers(size)]]);
        },
      ),
    );
  });
});
