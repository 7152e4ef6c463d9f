import { threadsMax } from "../../kernel/threads.ts";

/**
 * How often pages were read from memory, or what was missing, counted by each thread in a row of
 * its own, so that no two of them write the same number.
 */
export const outcomes = [
  "whole",
  "audience",
  "reactions",
  "story",
  "person",
  "older",
  "changing",
  "hidden",
] as const;
export type Outcome = (typeof outcomes)[number];

const numberBytes = 8;

export function createTalliesBuffer(): SharedArrayBuffer {
  return new SharedArrayBuffer(threadsMax * outcomes.length * numberBytes);
}

/** The main thread is number 0. */
export function openTally(buffer: SharedArrayBuffer, thread: number): (outcome: Outcome) => void {
  const row = new Float64Array(buffer, thread * outcomes.length * numberBytes, outcomes.length);
  const places = new Map(outcomes.map((outcome, place) => [outcome, place]));
  return (outcome) => {
    const place = places.get(outcome) ?? 0;
    row[place] = (row[place] ?? 0) + 1;
  };
}

/** Of all threads. */
export function readTallies(buffer: SharedArrayBuffer): Readonly<Record<string, number>> {
  const numbers = new Float64Array(buffer);
  const sums: Record<string, number> = {};
  numbers.forEach((count, i) => {
    const outcome = outcomes[i % outcomes.length] ?? "whole";
    sums[outcome] = (sums[outcome] ?? 0) + count;
  });
  return sums;
}
