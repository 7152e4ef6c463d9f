import { randomFrom, type Random } from "./random.ts";

/** A community drawn by chance, in the two formats of an import: few know many, most know some. */
export interface CommunityFiles {
  /** Two account numbers a line. */
  readonly friends: string;
  /** JSON Lines with author, date and text, oldest first. */
  readonly stories: string;
}

const people = 600;
const friendshipsByNewcomer = 14;
const stories = 6_000;
const firstDayMs = Date.UTC(2024, 0, 1);
const dayMs = 86_400_000;
const days = 730;
/** Of ten stories, so many were written at the same second of a day, as bulk imports have it. */
const atMidnight = 3;

/** Whoever comes makes friends of those who have many already. */
function drawFriends(random: Random): (readonly [number, number])[] {
  const pairs: (readonly [number, number])[] = [];
  const ends: number[] = [0];
  for (let newcomer = 1; newcomer < people; newcomer += 1) {
    const chosen = new Set<number>();
    const wanted = Math.min(newcomer, friendshipsByNewcomer);
    while (chosen.size < wanted) {
      chosen.add(random.below(8) === 0 ? random.below(newcomer) : random.pick(ends));
    }
    for (const friend of chosen) {
      pairs.push([newcomer, friend]);
      ends.push(newcomer, friend);
    }
  }
  return pairs;
}

export function drawCommunity(seed: number): CommunityFiles {
  const random = randomFrom(seed);
  const pairs = drawFriends(random);
  const ends = pairs.flat();
  const times = Array.from({ length: stories }, () => {
    const day = firstDayMs + random.below(days) * dayMs;
    return random.below(10) < atMidnight ? day : day + random.below(dayMs);
  }).sort((a, b) => a - b);
  const lines = times.map((timeMs, n) =>
    JSON.stringify({
      author: random.pick(ends),
      date: new Date(timeMs).toISOString(),
      text: `Story ${String(n)} of the year ${String(new Date(timeMs).getUTCFullYear())}.`,
    }),
  );
  return {
    friends: pairs.map((pair) => pair.join(" ")).join("\n"),
    stories: lines.join("\n"),
  };
}
