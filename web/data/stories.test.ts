import { describe, expect, it, vi } from "vitest";
import type { Story } from "./client.ts";
import { createStories } from "./stories.ts";

function story(id: string, authorId = "1"): Story {
  const createdAt = "2026-01-01T00:00:00.000Z";
  return {
    id,
    author: { id: authorId, handle: "h", name: "N", bio: "", avatarUrl: null, createdAt },
    text: `story ${id}`,
    lang: "en",
    media: [],
    link: null,
    visibility: "public",
    createdAt,
    editedAt: null,
    counts: { likes: 0, comments: 0, reshares: 0 },
  };
}

describe("the held stories", () => {
  it("tell those who look at a story when it changes, and nobody else", () => {
    const stories = createStories();
    const [one, two] = [vi.fn(), vi.fn()];
    stories.listen("1", one);
    stories.listen("2", two);
    stories.put(story("1"));
    stories.change("1", (held) => ({ ...held, text: "other" }));
    expect(stories.get("1")).toMatchObject({ text: "other" });
    expect(one).toHaveBeenCalledTimes(2);
    expect(two).not.toHaveBeenCalled();
  });

  it("let the one go that was not looked at for longest, never one in view", () => {
    const stories = createStories({ heldMax: 3 });
    stories.put(story("1"));
    const end = stories.listen("1", () => undefined);
    for (const id of ["2", "3", "4", "5"]) stories.put(story(id));
    expect(["1", "2", "3", "4", "5"].filter((id) => stories.get(id) !== undefined)).toEqual([
      "1",
      "4",
      "5",
    ]);
    end();
    stories.put(story("6"));
    expect(stories.size()).toBe(3);
  });

  it("know that a story is gone, and tell it once", () => {
    const stories = createStories();
    const gone = vi.fn();
    stories.onGone(gone);
    stories.put(story("1"));
    stories.remove("1");
    stories.remove("1");
    expect(stories.get("1")).toBe("gone");
    expect(gone.mock.calls).toEqual([["1"]]);
    stories.put(story("1"));
    expect(stories.get("1")).toMatchObject({ id: "1" });
  });

  it("are told who their author is now", () => {
    const stories = createStories();
    stories.put(story("1", "7"));
    stories.put(story("2", "8"));
    const [own, other] = [vi.fn(), vi.fn()];
    stories.listen("1", own);
    stories.listen("2", other);
    const author = { ...story("1", "7").author, name: "Newly named" };
    stories.renewAuthor({ ...author, locale: "ko" } as typeof author);
    stories.renewAuthor(author);
    expect(stories.get("1")).toEqual({ ...story("1", "7"), author });
    expect(own).toHaveBeenCalledOnce();
    expect(other).not.toHaveBeenCalled();
  });

  it("lose everything by one person at once", () => {
    const stories = createStories();
    stories.put(story("1", "7"));
    stories.put(story("2", "8"));
    stories.removeBy("7");
    expect([stories.get("1"), typeof stories.get("2")]).toEqual(["gone", "object"]);
  });
});
