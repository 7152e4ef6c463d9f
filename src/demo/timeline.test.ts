import { describe, expect, it } from "vitest";
import { chanceFrom } from "./chance.ts";
import { friendsOf } from "./circles.ts";
import { readSample, type DayPart, type SampleLocale } from "./members.ts";
import { layOut, type DatedStory } from "./timeline.ts";

const { members } = await readSample();
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Early in the morning, at noon and late in the evening of the longest and the shortest days. */
const moments = ["2026-11-20T17:03:00Z", "2026-06-21T03:00:00Z", "2027-01-01T00:01:00Z"];

function at(moment: string): { readonly nowMs: number; readonly stories: readonly DatedStory[] } {
  const nowMs = Date.parse(moment);
  return { nowMs, stories: layOut(members, { nowMs, chance: chanceFrom(1) }) };
}

const hourIn = (locale: SampleLocale, atMs: number): number =>
  ((atMs + (locale === "en" ? 0 : 9 * hourMs)) % dayMs) / hourMs;

describe.each(moments)("three weeks that end at %s", (moment) => {
  const { nowMs, stories } = at(moment);

  it("hold every story once, the same on every run", () => {
    expect(stories).toHaveLength(300);
    expect(new Set(stories.map(({ key }) => key)).size).toBe(300);
    expect(at(moment).stories).toEqual(stories);
  });

  it("reach from three weeks ago to minutes ago, with stories on every day", () => {
    const ages = stories.map(({ atMs }) => nowMs - atMs);
    expect(Math.max(...ages)).toBeLessThan(23 * dayMs);
    expect(Math.max(...ages)).toBeGreaterThan(18 * dayMs);
    expect(Math.min(...ages)).toBeGreaterThan(0);
    expect(Math.min(...ages)).toBeLessThan(10 * 60_000);
    const days = new Set(ages.map((age) => Math.floor(age / dayMs)));
    expect(days.size).toBeGreaterThanOrEqual(20);
  });

  it("have mornings and evenings where the members live", () => {
    const told = new Map<string, DayPart>(
      members.flatMap(({ handle, past }) =>
        past.map(({ at: part }, place) => [`demo:${handle}:${place}`, part] as const),
      ),
    );
    for (const { key, locale, atMs } of stories) {
      const hour = hourIn(locale, atMs);
      const part = told.get(key);
      if (part === "dawn") {
        expect(hour).toBeGreaterThanOrEqual(5);
        expect(hour).toBeLessThan(7);
      } else if (part === "evening") {
        expect(hour).toBeGreaterThanOrEqual(18);
        expect(hour).toBeLessThan(21.5);
      } else if (part === "now") {
        expect(nowMs - atMs).toBeLessThan(3 * hourMs);
      }
    }
  });

  it("keep a member's stories in their order", () => {
    for (const { handle, past } of members) {
      const own = stories.filter(({ by }) => by === handle);
      expect(own.map(({ text }) => text)).toEqual(past.map(({ text }) => text));
    }
  });

  it("let nobody react before the story, in the future, twice, or to what they do not see", () => {
    for (const { by, atMs, friendsOnly, comments, likes, reshares } of stories) {
      for (const reaction of [...comments, ...likes, ...reshares]) {
        expect(reaction.atMs).toBeGreaterThan(atMs);
        expect(reaction.atMs).toBeLessThan(nowMs);
      }
      for (const list of [likes, reshares]) {
        const people = list.map((reaction) => reaction.by);
        expect(new Set(people).size).toBe(people.length);
        expect(people).not.toContain(by);
      }
      const times = comments.map((comment) => comment.atMs);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      if (friendsOnly) {
        const friends = friendsOf(by);
        expect(likes.filter((like) => !friends.includes(like.by))).toEqual([]);
        expect(reshares).toEqual([]);
      }
    }
    expect(stories.flatMap(({ likes }) => likes).length).toBeGreaterThan(600);
    expect(stories.flatMap(({ reshares }) => reshares).length).toBeGreaterThan(15);
  });
});
