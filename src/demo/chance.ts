/** Chance that can be repeated: the same seed gives the same numbers. */
export interface Chance {
  /** At least `min`, below `max`. */
  between(min: number, max: number): number;
  /** With this probability, from 0 to 1. */
  happens(probability: number): boolean;
  /** Undefined of an empty list. */
  pick<T>(list: readonly T[]): T | undefined;
  shuffled<T>(list: readonly T[]): T[];
}

/** An odd step that visits all 32-bit states before it comes back. */
const step = 0x9e3779b9;
const states = 2 ** 32;

export function chanceFrom(seed: number): Chance {
  let state = seed >>> 0;

  function next(): number {
    state = (state + step) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / states;
  }

  return {
    between: (min, max) => min + next() * (max - min),
    happens: (probability) => next() < probability,
    pick: (list) => list[Math.floor(next() * list.length)],
    shuffled: (list) =>
      list
        .map((item) => ({ item, place: next() }))
        .sort((a, b) => a.place - b.place)
        .map(({ item }) => item),
  };
}
