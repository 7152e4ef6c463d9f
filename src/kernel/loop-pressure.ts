/**
 * How much more there is to do than this thread gets done, told by how late it is: its timers, and those
 * who wait for their turn (`arrivals.ts`). From it follows which part of the requests is refused before anything is spent on them: of what
 * matters least first, and of nothing all.
 *
 * Requests that memory answers are never under way: no counter of what is can see how many of them wait.
 */
export interface LoopPressure {
  /** Called with how late the thread is, in milliseconds, and how long after the last time. */
  observe(lateMs: number, sinceMs: number): void;
  /** Whether this one is to be refused; spread evenly over those who ask. */
  sheds(of: LoadClass): boolean;
  /** 0: nothing is refused; 1 and more: all of the least important that may be. */
  pressure(): number;
  /** Of late: how late the thread is, in milliseconds. */
  lateMs(): number;
}

/** In the order in which they are given up. */
export type LoadClass = "batch" | "write" | "read";

/** From which pressure on a class is refused, and how much of it at most. */
const classes: Readonly<Record<LoadClass, { readonly from: number; readonly most: number }>> = {
  batch: { from: 0, most: 1 },
  // What is under way of them is limited besides.
  write: { from: 0.5, most: 0.5 },
  read: { from: 1, most: 0.98 },
};
const pressureMax = 2;
/** What a difference as large as the target adds in a second, and at once while it lasts. */
const gainPerS = 1;
const gainAtOnce = 0.25;
/** In units of the target: a burst, however late it makes the thread, is borne for the better part of a second. */
const differenceMin = -1;
const differenceMax = 1;
const msPerS = 1_000;
/** How much a reading counts beside those before it. */
const weightOfNew = 0.3;

export function createLoopPressure({ targetMs }: { readonly targetMs: number }): LoopPressure {
  let lasting = 0;
  let pressure = 0;
  let late = 0;
  const owed: Record<LoadClass, number> = { batch: 0, write: 0, read: 0 };

  return {
    observe(lateMs, sinceMs) {
      late += (lateMs - late) * weightOfNew;
      const difference = within(differenceMin, (late - targetMs) / targetMs, differenceMax);
      lasting = within(0, lasting + (difference * gainPerS * sinceMs) / msPerS, pressureMax);
      pressure = within(0, lasting + difference * gainAtOnce, pressureMax);
    },
    sheds(of) {
      const { from, most } = classes[of];
      if (pressure <= from) {
        return false;
      }
      owed[of] += Math.min(most, pressure - from);
      if (owed[of] < 1) {
        return false;
      }
      owed[of] -= 1;
      return true;
    },
    pressure: () => pressure,
    lateMs: () => late,
  };
}

function within(min: number, value: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
