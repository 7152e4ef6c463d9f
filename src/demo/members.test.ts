import { describe, expect, it } from "vitest";
import { friendsOf, friendships, follows, requests } from "./circles.ts";
import { locales, readSample, type Member } from "./members.ts";

const { members, answers } = await readSample();
const handles = new Set(members.map(({ handle }) => handle));
const living = members.filter(({ signsIn }) => !signsIn);
const linesOf = (text: string): number => text.split("\n").length;

/** Every text that anybody may ever read, as it would stand there. */
function allTexts(): string[] {
  const ofMember = ({ past, lively }: Member): string[] => [
    ...past.flatMap((story) => [story.text, ...story.comments.map(({ text }) => text)]),
    ...lively.flatMap((story) => [...story.variants, ...story.comments.map(({ text }) => text)]),
  ];
  return members.flatMap(ofMember);
}

describe("the sample community", () => {
  it("has eight members in each language and one seat for a visitor", () => {
    for (const locale of locales) {
      const own = members.filter((member) => member.locale === locale);
      expect(own.map(({ signsIn }) => signsIn).sort()).toEqual([
        ...Array<boolean>(8).fill(false),
        true,
      ]);
      expect(own.find(({ signsIn }) => signsIn)?.handle).toBe(`maru_${locale}`);
    }
    expect(handles.size).toBe(members.length);
  });

  it("has three hundred stories of every length, in each language as many", () => {
    for (const locale of locales) {
      const past = members.filter((member) => member.locale === locale).flatMap((m) => m.past);
      expect(past).toHaveLength(100);
      expect(past.filter(({ text }) => linesOf(text) > 12).length).toBeGreaterThanOrEqual(6);
      expect(past.filter(({ text }) => text.length <= 12).length).toBeGreaterThanOrEqual(3);
      expect(past.filter(({ text }) => text.includes("https://")).length).toBeGreaterThanOrEqual(4);
      expect(past.filter(({ friendsOnly }) => friendsOnly).length).toBeGreaterThanOrEqual(8);
      expect(past.flatMap(({ comments }) => comments).length).toBeGreaterThan(100);
    }
  });

  it("says nothing twice, neither in the past nor in what it may say", () => {
    const texts = allTexts();
    const seen = new Set<string>();
    // A cat may answer a dog more than once, if it is in a word.
    const wordMax = 12;
    const repeated = texts.filter((text) => seen.size === seen.add(text).size);
    expect(repeated.filter((text) => text.length > wordMax)).toEqual([]);
    const stories = members.flatMap(({ past, lively }) => [
      ...past.map(({ text }) => text),
      ...lively.flatMap(({ variants }) => variants),
    ]);
    expect(new Set(stories).size).toBe(stories.length);
  });

  it("leaves no choice open and no comment to somebody unknown", () => {
    expect(allTexts().filter((text) => /[{}|]/u.test(text))).toEqual([]);
    const stories = members.flatMap(({ past, lively }) => [...past, ...lively]);
    const commenters = stories.flatMap(({ comments }) => comments.map(({ by }) => by));
    expect(commenters.filter((by) => !handles.has(by))).toEqual([]);
    // Those whom a visitor may be had a past, but do nothing by themselves.
    const later = members.flatMap(({ lively }) => lively.flatMap(({ comments }) => comments));
    expect(living.length).toBe(24);
    expect(later.length).toBeGreaterThan(100);
  });

  it("lets nobody comment on what they do not see", () => {
    const strangers = members.flatMap(({ handle, past }) =>
      past
        .filter(({ friendsOnly }) => friendsOnly)
        .flatMap(({ text, comments }) =>
          comments
            .filter(({ by }) => by !== handle && !friendsOf(handle).includes(by))
            .map(({ by }) => `${by}: ${text}`),
        ),
    );
    expect(strangers).toEqual([]);
  });

  it("has enough to say to visitors, each of it once", () => {
    for (const locale of locales) {
      const { toComments, toQuestions, toStories } = answers[locale];
      expect(toComments.length).toBeGreaterThanOrEqual(20);
      expect(toQuestions.length).toBeGreaterThanOrEqual(8);
      expect(toStories.length).toBeGreaterThanOrEqual(18);
    }
    const all = locales.flatMap((locale) => Object.values(answers[locale]).flat());
    expect(new Set(all).size).toBe(all.length);
  });
});

describe("the circles", () => {
  it("name members alone, and nobody with themselves or twice", () => {
    for (const pairs of [friendships, follows, requests]) {
      expect(pairs.flat().filter((handle) => !handles.has(handle))).toEqual([]);
      expect(pairs.filter(([one, other]) => one === other)).toEqual([]);
      expect(new Set(pairs.map((pair) => pair.join(" "))).size).toBe(pairs.length);
    }
    const asFriends = new Set(friendships.flatMap(([a, b]) => [`${a} ${b}`, `${b} ${a}`]));
    expect(requests.filter((pair) => asFriends.has(pair.join(" ")))).toEqual([]);
    expect(asFriends.size).toBe(friendships.length * 2);
  });

  it("overlap across languages for everybody", () => {
    const localeOf = (handle: string) => members.find((m) => m.handle === handle)?.locale;
    for (const { handle, locale } of members) {
      const languages = new Set(friendsOf(handle).map(localeOf));
      expect(languages.has(locale), handle).toBe(true);
      expect(languages.size, handle).toBeGreaterThanOrEqual(2);
    }
  });
});
