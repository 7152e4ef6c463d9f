import { describe, expect, it } from "vitest";
import type { Comment } from "../data/client.ts";
import { threadsOf } from "./threads.ts";

const createdAt = "2026-01-01T00:00:00.000Z";
const author = { id: "1", handle: "h", name: "N", bio: "", avatarUrl: null, createdAt };

function comment(id: string, parentId: string | null = null): Comment {
  return { id, storyId: "7", parentId, author, text: `comment ${id}`, createdAt };
}

const shape = (comments: readonly Comment[]): unknown =>
  threadsOf(comments).map(({ id, comment, replies }) => [
    comment === null ? `${id} gone` : comment.id,
    ...replies.map((one) => one.id),
  ]);

describe("the threads of a story", () => {
  it("stand in the order of their first comments, answers below in the order of time", () => {
    expect(
      shape([comment("1"), comment("2"), comment("3", "1"), comment("4", "2"), comment("5", "1")]),
    ).toEqual([
      ["1", "3", "5"],
      ["2", "4"],
    ]);
  });

  it("hold an answer to an answer", () => {
    expect(shape([comment("1"), comment("2", "1"), comment("3", "2")])).toEqual([["1", "2", "3"]]);
  });

  it("stay where they were when their first comment is gone", () => {
    expect(
      shape([
        comment("8"),
        comment("10"),
        comment("11", "9"),
        comment("12", "11"),
        comment("13", "9"),
      ]),
    ).toEqual([["8"], ["9 gone", "11", "12", "13"], ["10"]]);
  });

  it("have a comment once, though two pages have it", () => {
    expect(shape([comment("1"), comment("2", "1"), comment("1"), comment("2", "1")])).toEqual([
      ["1", "2"],
    ]);
  });
});
