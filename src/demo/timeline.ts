import { friendsOf } from "./circles.ts";
import type { Chance } from "./chance.ts";
import type { DayPart, Member, PastStory, SampleLocale } from "./members.ts";

/**
 * When everything in the sample community happened: three weeks with mornings and evenings, up to
 * minutes ago. The same moment and chance give the same weeks.
 */

export interface Reaction {
  readonly by: string;
  readonly atMs: number;
}

export interface DatedStory {
  /** The same on every run. */
  readonly key: string;
  readonly by: string;
  readonly locale: SampleLocale;
  readonly atMs: number;
  readonly text: string;
  readonly friendsOnly: boolean;
  readonly comments: readonly (Reaction & {
    readonly text: string;
    readonly answers: number | undefined;
  })[];
  readonly likes: readonly Reaction[];
  readonly reshares: readonly Reaction[];
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const days = 21;

/** Hours of the day, where the member lives; those after midnight belong to the night before. */
const hoursOf: Readonly<Record<Exclude<DayPart, "now">, readonly [from: number, to: number]>> = {
  dawn: [5, 6.8],
  morning: [7, 10],
  noon: [11.5, 13.5],
  afternoon: [14, 17.5],
  evening: [18, 21.5],
  night: [22, 24.5],
};

/** Ahead of UTC, without summer time: a sunrise may be an hour off. */
const offsetMs: Readonly<Record<SampleLocale, number>> = {
  ko: 9 * hourMs,
  ja: 9 * hourMs,
  en: 0,
};

/** What happened at its own time of the day is at least this old; the last hours belong to "now". */
const quietMs = 2.5 * hourMs;
/** The newest story, and how far the next ones of "now" lie apart. */
const newestMs = 3 * minuteMs;
const nowGapMs = 5 * minuteMs;

/** A reaction comes after its story, and before what is now. */
const soonestMs = 20_000;
const commentGapMsMax = 100 * minuteMs;
const likeDelayMsMax = 20 * hourMs;
const reshareDelayMsMax = 30 * hourMs;

/** How likely somebody likes a story; multiplied by how much it appeals. */
const likeChance = { friend: 0.4, visitor: 0.22, stranger: 0.05 };
const appealMin = 0.3;
const appealMax = 1.7;
const reshareChance = 0.16;

export function layOut(
  members: readonly Member[],
  { nowMs, chance }: { readonly nowMs: number; readonly chance: Chance },
): readonly DatedStory[] {
  const stories = members.flatMap((member) => datedStories(member, nowMs, chance));
  // Those of "now" take turns, the ones that most visitors see first.
  const visitors = members.filter(({ signsIn }) => signsIn).map(({ handle }) => handle);
  const seenBy = ({ handle }: Member): number =>
    friendsOf(handle).filter((friend) => visitors.includes(friend)).length;
  const newest = chance
    .shuffled(members)
    .sort((a, b) => seenBy(b) - seenBy(a))
    .flatMap((member) =>
      member.past
        .map((story, place) => ({ member, story, place }))
        .filter(({ story }) => story.at === "now")
        .toReversed(),
    );
  const ofNow = newest.map(({ member, story, place }, turn) => {
    const agoMs = newestMs + turn * nowGapMs + chance.between(0, nowGapMs / 2);
    return { member, story, place, atMs: Math.floor(nowMs - agoMs) };
  });
  return [...stories, ...ofNow]
    .sort((a, b) => a.atMs - b.atMs)
    .map((placed) => withReactions(placed, members, { nowMs, chance }));
}

interface Placed {
  readonly member: Member;
  readonly story: PastStory;
  readonly place: number;
  readonly atMs: number;
}

function datedStories(member: Member, nowMs: number, chance: Chance): Placed[] {
  const own = member.past.flatMap((story, place) =>
    story.at === "now" ? [] : [{ story, place, hours: hoursOf[story.at] }],
  );
  const offset = offsetMs[member.locale];
  const todayMs = Math.floor((nowMs + offset) / dayMs) * dayMs - offset;
  let nextMs = nowMs - quietMs;
  const placed: Placed[] = [];
  for (const [turn, { story, place, hours }] of [...own.entries()].toReversed()) {
    const daysAgo = Math.floor(
      ((own.length - turn - chance.between(0.15, 0.85)) * days) / own.length,
    );
    const [from, to] = hours;
    let atMs = todayMs - daysAgo * dayMs + chance.between(from, to) * hourMs;
    while (atMs >= nextMs) {
      atMs -= dayMs;
    }
    nextMs = atMs - hourMs;
    placed.push({ member, story, place, atMs: Math.floor(atMs) });
  }
  return placed;
}

interface Moment {
  readonly nowMs: number;
  readonly chance: Chance;
}

function withReactions(
  { member, story, place, atMs }: Placed,
  members: readonly Member[],
  { nowMs, chance }: Moment,
): DatedStory {
  const friends = new Set(friendsOf(member.handle));
  const appeal = chance.between(appealMin, appealMax);
  const roomMs = (nowMs - atMs) * 0.95;
  /** Most come soon, a few late. */
  const later = (msMax: number): number =>
    Math.floor(atMs + soonestMs + chance.between(0, 1) ** 3 * Math.min(msMax, roomMs - soonestMs));
  const others = members.filter(({ handle }) => handle !== member.handle);
  const likers = others.filter(({ handle, signsIn }) => {
    const isFriend = friends.has(handle);
    const usual = isFriend ? (signsIn ? "visitor" : "friend") : "stranger";
    const isLeftOut = !isFriend && (story.friendsOnly || signsIn);
    return !isLeftOut && chance.happens(likeChance[usual] * appeal);
  });
  const resharers =
    story.friendsOnly || story.at === "now"
      ? []
      : others.filter(
          ({ handle, signsIn }) =>
            friends.has(handle) &&
            !signsIn &&
            chance.happens((reshareChance * appeal) / friends.size),
        );
  return {
    key: `demo:${member.handle}:${String(place)}`,
    by: member.handle,
    locale: member.locale,
    atMs,
    text: story.text,
    friendsOnly: story.friendsOnly,
    comments: commentTimes(story.comments.length, atMs, roomMs, chance).map((time, i) => ({
      by: story.comments[i]?.by ?? member.handle,
      text: story.comments[i]?.text ?? "",
      answers: story.comments[i]?.answers,
      atMs: time,
    })),
    likes: likers.map(({ handle }) => ({ by: handle, atMs: later(likeDelayMsMax) })),
    reshares: resharers.map(({ handle }) => ({ by: handle, atMs: later(reshareDelayMsMax) })),
  };
}

/** One after the other, closer together where there is little time left. */
function commentTimes(count: number, atMs: number, roomMs: number, chance: Chance): number[] {
  const gaps = Array.from(
    { length: count },
    () => soonestMs + chance.between(0, 1) ** 2 * commentGapMsMax,
  );
  const sumMs = gaps.reduce((sum, gap) => sum + gap, 0);
  const scale = Math.min(1, roomMs / Math.max(1, sumMs));
  let timeMs = atMs;
  return gaps.map((gap) => {
    timeMs += gap * scale;
    return Math.floor(timeMs);
  });
}
