import { setTimeout as pause } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { realClock } from "../../../test/support/record.ts";
import type { MediaChild } from "./media-child.ts";
import { createMediaChildren } from "./media-children.ts";
import type { JobOptions } from "./media-job.ts";
import type { FromMediaProcess, Work } from "./messages.ts";

interface Child extends MediaChild {
  readonly works: readonly Work[];
  readonly kills: number;
  end(): void;
}

/** A process that answers nothing, or at once. It does not end by being killed, as in a broken disk. */
function startChild(answers: boolean): Child {
  const { promise: ended, resolve } = Promise.withResolvers<string>();
  const works: Work[] = [];
  let hear: (message: FromMediaProcess) => void = () => undefined;
  let kills = 0;
  let isUp = true;
  return {
    pid: undefined,
    works,
    ended,
    isUp: () => isUp,
    send(work) {
      works.push(work);
      if (answers) {
        hear({ kind: "failed", message: "a test" });
      }
    },
    listen(listener) {
      hear = listener;
    },
    kill() {
      kills += 1;
      isUp = false;
    },
    get kills() {
      return kills;
    },
    end() {
      isUp = false;
      resolve("a test");
    },
  };
}

const work: Work = {
  task: { kind: "probe", path: "/nowhere" },
  limits: { imagePixelsMax: 1, imageFramesMax: 1, videoSecondsMax: 1, videoPixelsMax: 1 },
  video: null,
  memoryBytesMax: 1,
  programSecondsMax: 1,
};
const soon = { cpuMsMax: 50, wallMsMax: 50 };

let started: Child[];
beforeEach(() => {
  started = [];
});

function children(answers: readonly boolean[], idleMsMax = 60_000) {
  return createMediaChildren({
    countMax: 1,
    idleMsMax,
    start() {
      const child = startChild(answers[started.length] ?? true);
      started.push(child);
      return child;
    },
  });
}

const options = (): JobOptions => ({
  signal: AbortSignal.timeout(30_000),
  bounds: { image: soon, video: soon },
  clock: realClock,
});

describe("a process for media", () => {
  it("takes one file after the other", async () => {
    const own = children([true]);
    await own.run(work, options());
    await own.run(work, options());
    expect(started.map(({ works }) => works.length)).toEqual([2]);
  });

  it("that was killed and hangs gets no other file", async () => {
    const own = children([false, true]);
    expect((await own.run(work, options())).answer).toEqual({
      kind: "refused",
      fault: "too_costly",
    });
    await own.run(work, options());
    expect(started.map(({ works, kills }) => [works.length, kills])).toEqual([
      [1, 1],
      [1, 0],
    ]);
  });

  it("that ended while it had nothing to do is not killed by its number, which may be another's", async () => {
    const own = children([true], 50);
    await own.run(work, options());
    started[0]!.end();
    await pause(150);
    expect(started[0]!.kills).toBe(0);
  });
});
