import { describe, expect, it } from "vitest";
import { createStoryKeys } from "./import-keys.ts";

const story = { author: "1", atMs: 5, text: "hello" };

describe("the keys of stories", () => {
  it("tell apart who, when, what and how often", () => {
    const keyOf = createStoryKeys();
    const keys = [
      story,
      story,
      { ...story, author: "2" },
      { ...story, atMs: 6 },
      { ...story, text: "hello!" },
      story,
    ].map(keyOf);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("are the same on every run", () => {
    const stories = [story, { ...story, author: "2" }, story, story];
    expect(stories.map(createStoryKeys())).toEqual(stories.map(createStoryKeys()));
  });

  it("give a repeat beyond what is remembered the name of the first, on every run", () => {
    const stories = ["a", "b", "c", "a"].map((text) => ({ ...story, text }));
    const keys = stories.map(createStoryKeys(2));
    expect(keys[3]).toBe(keys[0]);
    expect(stories.map(createStoryKeys(2))).toEqual(keys);
  });
});
