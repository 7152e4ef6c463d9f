import { describe, expect, it } from "vitest";
import { quietLogger } from "../../test/support/record.ts";
import { createAgenda } from "./agenda.ts";
import { chanceFrom } from "./chance.ts";
import { Refused } from "./member-api.ts";
import { createPulse } from "./pulse.ts";

const secondMs = 1_000;
const minuteMs = 60 * secondMs;

interface Run {
  /** Until this much time has passed. */
  readonly forMs: number;
  readonly isWatched: (nowMs: number) => boolean;
  readonly beat?: () => Promise<void>;
}

/** When the beats came, in a time that passes as fast as it can. */
async function beats({ forMs, isWatched, beat = async () => undefined }: Run): Promise<number[]> {
  let nowMs = 0;
  const clock = { monotonicMs: () => nowMs };
  const came: number[] = [];
  const over = Promise.withResolvers<undefined>();
  const pulse = createPulse({
    agenda: createAgenda({ clock, logger: quietLogger }),
    async beat() {
      came.push(nowMs);
      await beat();
    },
    isWatched: () => isWatched(nowMs),
    clock,
    chance: chanceFrom(1),
    async sleep(ms) {
      nowMs += ms;
      if (nowMs >= forMs) {
        over.resolve(undefined);
        await new Promise(setImmediate);
      }
    },
    logger: quietLogger,
  });
  pulse.start();
  await over.promise;
  await pulse.stop();
  return came.filter((atMs) => atMs < forMs);
}

function gaps(times: readonly number[]): number[] {
  return times.slice(1).map((time, i) => time - times[i]!);
}

describe("the pulse of the community", () => {
  it("beats every 8 to 40 seconds while somebody looks", async () => {
    const came = await beats({ forMs: 60 * minuteMs, isWatched: () => true });
    expect(came.length).toBeGreaterThan(100);
    expect(Math.min(...gaps(came))).toBeGreaterThanOrEqual(8 * secondMs);
    expect(Math.max(...gaps(came))).toBeLessThanOrEqual(41 * secondMs);
    expect(new Set(gaps(came)).size).toBeGreaterThan(20);
  });

  it("slows down to minutes when nobody does", async () => {
    const came = await beats({ forMs: 120 * minuteMs, isWatched: () => false });
    expect(came.length).toBeGreaterThan(10);
    expect(Math.min(...gaps(came))).toBeGreaterThanOrEqual(4 * minuteMs);
    expect(Math.max(...gaps(came))).toBeLessThanOrEqual(9 * minuteMs + secondMs);
  });

  it("is lively again within 40 seconds of somebody's coming", async () => {
    const comesMs = 31 * minuteMs;
    const came = await beats({ forMs: 40 * minuteMs, isWatched: (nowMs) => nowMs >= comesMs });
    const first = came.find((atMs) => atMs >= comesMs)!;
    expect(first - comesMs).toBeGreaterThanOrEqual(8 * secondMs);
    expect(first - comesMs).toBeLessThanOrEqual(41 * secondMs);
  });

  it("goes on after what failed or was refused", async () => {
    let count = 0;
    const came = await beats({
      forMs: 10 * minuteMs,
      isWatched: () => true,
      async beat() {
        count += 1;
        throw count % 2 === 0 ? new Refused(404, "gone") : new Error("no answer");
      },
    });
    expect(came.length).toBeGreaterThan(10);
  });
});

describe("the agenda", () => {
  it("does what is due in its order, what has a key once, and not more than it can hold", async () => {
    let nowMs = 0;
    const agenda = createAgenda({ clock: { monotonicMs: () => nowMs }, logger: quietLogger });
    const done: string[] = [];
    const act = (name: string) => async () => void done.push(name);
    agenda.note(20, act("second"));
    agenda.note(10, act("first"), "key");
    agenda.note(5, act("the same again"), "key");
    agenda.note(30, act("third"));
    nowMs = 25;
    await agenda.doDue();
    expect(done).toEqual(["first", "second"]);
    for (let i = 0; i < 1_000; i += 1) {
      agenda.note(1, act("many"));
    }
    nowMs = 100;
    await agenda.doDue();
    expect(done.filter((name) => name === "many").length).toBeLessThanOrEqual(200);
    expect(done).toContain("third");
  });
});
