/** Counts what became of the things of an import, for the report at its end. */
export interface Tally {
  made(): void;
  /** An earlier run, or an earlier line, has brought it. */
  known(): void;
  /** `place`: a line's number, or an account's. */
  refused(reason: string, place: string | number): void;
  count(): number;
  /** `4,039 made, 0 known, 2 refused`. */
  summary(): string;
  /** A line for each reason, the most frequent first; `places` is the word for where. */
  refusals(places: string): readonly string[];
}

interface Refusals {
  count: number;
  readonly places: (string | number)[];
}

const placesShown = 5;
/** Reasons are few; what a broken file may bring beyond that is counted together. */
const reasonsMax = 40;
const otherReasons = "was refused for one of many other reasons";

const numbers = new Intl.NumberFormat("en");

export function formatCount(count: number): string {
  return numbers.format(count);
}

export function createTally(): Tally {
  let madeCount = 0;
  let knownCount = 0;
  let refusedCount = 0;
  const reasons = new Map<string, Refusals>();

  function refusalsFor(wanted: string): Refusals {
    const reason = reasons.has(wanted) || reasons.size < reasonsMax ? wanted : otherReasons;
    const found = reasons.get(reason) ?? { count: 0, places: [] };
    reasons.set(reason, found);
    return found;
  }

  return {
    made: () => (madeCount += 1),
    known: () => (knownCount += 1),
    refused(reason, place) {
      const refusals = refusalsFor(reason);
      refusedCount += 1;
      refusals.count += 1;
      if (refusals.places.length < placesShown) {
        refusals.places.push(place);
      }
    },
    count: () => madeCount + knownCount + refusedCount,
    summary: () =>
      `${formatCount(madeCount)} made, ${formatCount(knownCount)} known, ${formatCount(refusedCount)} refused`,
    refusals: (word) =>
      [...reasons]
        .toSorted(([, a], [, b]) => b.count - a.count)
        .map(([reason, { count, places }]) => {
          const more = count > places.length ? ", …" : "";
          return `${formatCount(count)} × ${reason} (${word} ${places.join(", ")}${more})`;
        }),
  };
}
