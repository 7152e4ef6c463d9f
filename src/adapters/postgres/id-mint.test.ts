import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { idTimeMs, laneMax, regionMax, type Id } from "../../kernel/id.ts";
import { Problem } from "../../kernel/problem.ts";
import { clockOffsetMsMax, createIdMint, type IdMint, type LaneTerm } from "./id-mint.ts";

const startMs = Date.UTC(2026, 10, 20, 14);

/** A clock that tests set: the wall may step, the monotonic part only moves on. */
function createTestClock() {
  const state = { wallMs: startMs, monotonicMs: 1_000 };
  return {
    state,
    nowMs: () => state.wallMs,
    monotonicMs: () => state.monotonicMs,
    pass(ms: number) {
      state.wallMs += ms;
      state.monotonicMs += ms;
    },
  };
}

const term: LaneTerm = {
  lane: 3,
  afterMs: startMs - 1,
  highMs: startMs + 15_000,
  endsAtMs: 1_000 + 13_000,
  recordLessMonotonicMs: startMs - 1_000,
  uncertaintyMs: 0,
};

function refused(mint: IdMint): boolean {
  try {
    mint.mint();
    return false;
  } catch (error) {
    expect(error).toBeInstanceOf(Problem);
    expect((error as Problem).kind.status).toBe(503);
    return true;
  }
}

describe("a mint", () => {
  test("gives nothing without a lease, nor after it was revoked", () => {
    const mint = createIdMint({ clock: createTestClock(), region: 0 });
    expect(refused(mint)).toBe(true);
    mint.grant(term);
    expect(refused(mint)).toBe(false);
    mint.revoke();
    expect(refused(mint)).toBe(true);
  });

  test("gives nothing once the lease is over, as after a pause", () => {
    const clock = createTestClock();
    const mint = createIdMint({ clock, region: 0 });
    mint.grant(term);
    mint.mint();
    clock.pass(13_000);
    expect(refused(mint)).toBe(true);
  });

  test("gives nothing beyond its range, whatever the monotonic clock says", () => {
    const clock = createTestClock();
    const mint = createIdMint({ clock, region: 0 });
    mint.grant({ ...term, highMs: startMs + 100, endsAtMs: Number.POSITIVE_INFINITY });
    clock.pass(99);
    expect(refused(mint)).toBe(false);
    clock.pass(1);
    expect(refused(mint)).toBe(true);
  });

  test.each([clockOffsetMsMax + 1, -clockOffsetMsMax - 1])(
    "gives nothing while the wall clock is %i ms off PostgreSQL's",
    (offMs) => {
      const clock = createTestClock();
      const mint = createIdMint({ clock, region: 0 });
      mint.grant(term);
      clock.state.wallMs += offMs;
      expect(refused(mint)).toBe(true);
      clock.state.wallMs -= offMs;
      expect(refused(mint)).toBe(false);
    },
  );

  test("goes on rising when the wall clock steps back", () => {
    const clock = createTestClock();
    const mint = createIdMint({ clock, region: 0 });
    mint.grant(term);
    clock.pass(400);
    const before = mint.mint();
    clock.state.wallMs -= 400;
    const after = Array.from({ length: 10_000 }, () => mint.mint());
    expect([before, ...after].every((id, i, all) => i === 0 || id > all[i - 1]!)).toBe(true);
    expect(idTimeMs(after.at(-1)!)).toBeLessThan(startMs + 410);
  });

  test("begins after everything that it gave on another lane", () => {
    const clock = createTestClock();
    const mint = createIdMint({ clock, region: 0 });
    mint.grant({ ...term, lane: 9 });
    const before = mint.mint();
    mint.revoke();
    mint.grant({ ...term, lane: 2 });
    expect(mint.mint()).toBeGreaterThan(before);
  });
});

describe("ids", () => {
  test("of a generator for every lane of every region in the same millisecond are all different", () => {
    const clock = createTestClock();
    const each = 3;
    const ids = new Set<Id>();
    for (let region = 0; region <= regionMax; region += 1) {
      for (let lane = 0; lane < laneMax; lane += 1) {
        const mint = createIdMint({ clock, region });
        mint.grant({ ...term, lane });
        for (let n = 0; n < each; n += 1) {
          ids.add(mint.mint());
        }
      }
    }
    const generators = (regionMax + 1) * laneMax;
    expect(generators).toBeGreaterThanOrEqual(1_000);
    expect(ids.size).toBe(generators * each);
    expect([...ids].every((id) => id > 0n && id < 2n ** 63n)).toBe(true);
  });

  test("never repeat and always rise at their source, however clocks step, processes sleep and lanes change hands", () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant("mint" as const),
        who: fc.nat(2),
        count: fc.integer({ min: 1, max: 9_000 }),
      }),
      fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 20_000 }) }),
      fc.record({
        kind: fc.constant("step" as const),
        who: fc.nat(2),
        ms: fc.integer({ min: -20_000, max: 20_000 }),
      }),
      fc.record({ kind: fc.constant("renew" as const), who: fc.nat(2) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        // Two lanes for three processes, so that they change hands; PostgreSQL's side is a model.
        let recordMs = startMs;
        const lanes = [0, 1].map((lane) => ({ lane, highMs: 0, holder: -1, expiresMs: 0 }));
        const processes = [0, 1, 2].map(() => {
          const clock = {
            offMs: 0,
            nowMs: () => recordMs + clock.offMs,
            monotonicMs: () => recordMs,
          };
          return {
            clock,
            mint: createIdMint({ clock, region: 0 }),
            lane: -1,
            afterMs: 0,
            last: 0n,
          };
        });
        const seen = new Set<Id>();
        const renew = (who: number): void => {
          const process = processes[who]!;
          let held = lanes.find((lane) => lane.lane === process.lane && lane.holder === who);
          if (held === undefined) {
            process.mint.revoke();
            held = lanes.find((lane) => lane.expiresMs < recordMs && lane.highMs < recordMs);
            if (held === undefined) {
              return;
            }
            process.lane = held.lane;
            process.afterMs = held.highMs;
            held.holder = who;
          }
          held.expiresMs = recordMs + 15_000;
          held.highMs = Math.max(held.highMs, recordMs + 15_000);
          process.mint.grant({
            lane: held.lane,
            afterMs: process.afterMs,
            highMs: held.highMs,
            endsAtMs: recordMs + 13_000,
            recordLessMonotonicMs: 0,
            uncertaintyMs: 0,
          });
        };
        for (const each of steps) {
          switch (each.kind) {
            case "pass":
              recordMs += each.ms;
              break;
            case "step":
              processes[each.who]!.clock.offMs += each.ms;
              break;
            case "renew":
              renew(each.who);
              break;
            case "mint": {
              const process = processes[each.who]!;
              for (let n = 0; n < each.count && !(process.mint.refusal() !== null); n += 1) {
                const id = process.mint.mint();
                expect(seen.has(id)).toBe(false);
                expect(id > process.last).toBe(true);
                seen.add(id);
                process.last = id;
              }
              break;
            }
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});
