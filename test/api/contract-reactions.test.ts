import { describe, expect, it } from "vitest";
import { expectStatus } from "../support/api-client.ts";
import { startedApi } from "./started-api.ts";
import { authorMembers, countsOf, storytellers } from "./storytelling.ts";

const newPerson = storytellers(startedApi());

describe("likes and reshares", () => {
  it.each([
    ["like", "likes", "liked"],
    ["reshare", "reshares", "reshared"],
  ] as const)("each %s counts once, and its end too", async (what, counted, flag) => {
    const [writer, reader] = [await newPerson(), await newPerson()];
    const { id } = await writer.publish("to react to");
    for (const [method, wanted] of [
      ["DELETE", 0],
      ["PUT", 1],
      ["PUT", 1],
      ["DELETE", 0],
      ["DELETE", 0],
      ["PUT", 1],
    ] as const) {
      expectStatus(await reader.send(method, `/v1/stories/${id}/${what}`), 204);
      const { story } = (await reader.get(`/v1/stories/${id}`)).body;
      expect([story.counts[counted], story.viewer[flag]]).toEqual([wanted, wanted === 1]);
    }
    const seen = (await writer.get(`/v1/stories/${id}`)).body.story;
    expect([seen.counts[counted], seen.viewer[flag]]).toEqual([1, false]);
  });

  it("count exactly when many come and go at once", async () => {
    const writer = await newPerson();
    const readers = await Promise.all(Array.from({ length: 6 }, newPerson));
    const { id } = await writer.publish("to react to");
    await Promise.all(
      readers.flatMap((reader, at) => [
        ...Array.from({ length: 3 }, () => reader.put(`/v1/stories/${id}/like`)),
        ...(at % 2 === 0 ? [reader.put(`/v1/stories/${id}/reshare`)] : []),
        reader.comment(id, "me too"),
      ]),
    );
    expect(await countsOf(writer, id)).toEqual({ likes: 6, comments: 6, reshares: 3 });
    await Promise.all(
      readers
        .slice(0, 4)
        .flatMap((reader) => [
          reader.delete(`/v1/stories/${id}/like`),
          reader.delete(`/v1/stories/${id}/like`),
        ]),
    );
    expect(await countsOf(writer, id)).toEqual({ likes: 2, comments: 6, reshares: 3 });
    const likers = await writer.walk(`/v1/stories/${id}/likes`);
    expect(likers.map((liker) => liker.id).sort()).toEqual(
      readers
        .slice(4)
        .map((reader) => reader.id)
        .sort(),
    );
    expect(Object.keys(likers[0] ?? {})).toEqual(authorMembers);
  });

  it("are of public stories alone where they are reshares, and say so", async () => {
    const [writer, friend] = [await newPerson(), await newPerson()];
    await writer.befriend(friend);
    const { id } = await writer.publish("for friends", { visibility: "friends" });
    const answer = await friend.put(`/v1/stories/${id}/reshare`);
    expect(expectStatus(answer, 403).body.code).toBe("stories.not_resharable");
  });
});
