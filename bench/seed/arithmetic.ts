import { createHash } from "node:crypto";
import { idEpochMs } from "../../src/kernel/id.ts";
import { sessionKey } from "../../src/modules/accounts/tokens.ts";
import { seeded } from "./chance.ts";

/**
 * The seeded community by arithmetic: who is in it, who is whose friend, and with which token each
 * signs in, without asking the record. Accounts 0 to `people - 1` stand on a ring and are friends
 * with those at given distances either way; after them come the hubs, who have as many friends as
 * anybody may. Each person is friends with `hubsEach` hubs, and hubs with people alone.
 */
export interface CommunitySize {
  readonly name: string;
  readonly people: number;
  /** Friends of a person on the ring: an even number. */
  readonly ringFriends: number;
  readonly hubsEach: number;
  readonly stories: number;
  /** The stories are spread over so many days up to the moment of seeding. */
  readonly days: number;
}

export const friendsOfHub = 5_000;

export const sizes = {
  /** For short runs. */
  small: {
    name: "small",
    people: 20_000,
    ringFriends: 190,
    hubsEach: 10,
    stories: 200_000,
    days: 60,
  },
  /** 100,000 people with 200 friends each. */
  city: {
    name: "city",
    people: 100_000,
    ringFriends: 190,
    hubsEach: 10,
    stories: 1_000_000,
    days: 180,
  },
  /** For short runs of what is about size. */
  town: {
    name: "town",
    people: 50_000,
    ringFriends: 38,
    hubsEach: 2,
    stories: 500_000,
    days: 120,
  },
  /** A million people, 20 million friendships, 10 million stories. */
  country: {
    name: "country",
    people: 1_000_000,
    ringFriends: 38,
    hubsEach: 1,
    stories: 10_000_000,
    days: 360,
  },
} as const satisfies Readonly<Record<string, CommunitySize>>;

export interface Community extends CommunitySize {
  /** When it was seeded, in milliseconds since 1970: the newest story is of just before. */
  readonly endMs: number;
}

const idStep = 22n;
const dayMs = 86_400_000;
const pairStep = 12n;
const chanceSeed = 20_261_120;
/** The same for everybody: what these tokens open is made up. */
const secretHalf = "bench_bench_bench_bench_bench_bench_bench_AA";

export function hubCount({ people, hubsEach }: CommunitySize): number {
  const hubs = (people * hubsEach) / friendsOfHub;
  if (!Number.isInteger(hubs) || people % hubs !== 0 || hubs < hubsEach) {
    throw new RangeError(
      `${people} people with ${hubsEach} hubs each do not come out at ${friendsOfHub} friends a hub`,
    );
  }
  return hubs;
}

/** People and hubs. */
export function accountCount(size: CommunitySize): number {
  return size.people + hubCount(size);
}

/** How far apart friends stand on the ring: distinct, below half of it, the same on every run. */
export function ringDistances({ people, ringFriends }: CommunitySize): readonly number[] {
  const random = seeded(chanceSeed);
  const most = Math.ceil(people / 2) - 1;
  const found = new Set<number>();
  while (found.size < ringFriends / 2) {
    found.add(1 + Math.floor(random() * most));
  }
  return [...found];
}

/** The r-th hub of each person is this many hubs after the one before. */
export function hubStep(size: CommunitySize): number {
  return Math.floor(hubCount(size) / size.hubsEach);
}

/** The accounts that are friends of this one, by index. */
export function friendsOf(
  size: CommunitySize,
  distances: readonly number[],
  index: number,
): readonly number[] {
  const { people, hubsEach } = size;
  const [hubs, step] = [hubCount(size), hubStep(size)];
  if (index < people) {
    const ring = distances.flatMap((distance) => [
      (index + distance) % people,
      (index - distance + people) % people,
    ]);
    const own = Array.from({ length: hubsEach }, (_, r) => people + ((index + r * step) % hubs));
    return [...ring, ...own];
  }
  const friends: number[] = [];
  for (let r = 0; r < hubsEach; r += 1) {
    const first = (((index - people - r * step) % hubs) + hubs) % hubs;
    for (let person = first; person < people; person += hubs) {
      friends.push(person);
    }
  }
  return friends;
}

/** Ids of the seed by their beginnings; accounts came first, then sessions, friendships, stories. */
export interface IdBases {
  readonly account: bigint;
  readonly session: bigint;
  readonly friendship: bigint;
  readonly story: bigint;
}

const idAt = (timeMs: number): bigint => BigInt(timeMs - idEpochMs) << idStep;
const hourMs = 3_600_000;

export function idBases({ endMs, days }: Community): IdBases {
  const storiesFromMs = endMs - days * dayMs;
  return {
    account: idAt(storiesFromMs - 3 * hourMs),
    session: idAt(storiesFromMs - 2 * hourMs),
    friendship: idAt(storiesFromMs - hourMs),
    story: idAt(storiesFromMs),
  };
}

export function accountId(bases: IdBases, index: number): bigint {
  return bases.account + (BigInt(index) << idStep);
}

/** From the n-th story to the next: whole milliseconds, so that no two have an id. */
export function storySpacingMs({ days, stories }: CommunitySize): number {
  return Math.floor((days * dayMs) / stories);
}

export const bitsBelowTime = Number(idStep);
export const bitsBelowPair = Number(pairStep);

/** What follows a session's key in its token. */
export const tokenSecret = secretHalf;

export function tokenOf(bases: IdBases, index: number): string {
  const name = {
    accountId: accountId(bases, index),
    sessionId: bases.session + (BigInt(index) << idStep),
  };
  return sessionKey(name) + secretHalf;
}

/** Changes whenever what is seeded would. */
export function sizeKey(size: CommunitySize): string {
  return createHash("sha256").update(JSON.stringify(size)).digest("hex");
}
