import { describe, expect, it } from "vitest";
import { expectStatus } from "../support/api-client.ts";
import { startedApi } from "./started-api.ts";
import { storytellers } from "./storytelling.ts";

const newPerson = storytellers(startedApi());

describe("POST /v1/stories/{id}/restore", () => {
  it("brings back, as it was and where it was, what was deleted just now", async () => {
    const [writer, friend] = [await newPerson(), await newPerson()];
    const stranger = await newPerson();
    await writer.befriend(friend);
    const { id } = await writer.publish("a slip https://one.example/");
    await writer.publish("newer");
    expectStatus(await friend.put(`/v1/stories/${id}/like`), 204);
    expectStatus(await stranger.put(`/v1/stories/${id}/reshare`), 204);
    await stranger.comment(id, "and what is said of it");
    const target = `/v1/stories/${id}`;
    const everything = async (): Promise<unknown[]> => [
      (await writer.get(target)).body,
      (await friend.get(target)).body,
      await friend.walk("/v1/feed"),
      await stranger.walk("/v1/feed"),
      await stranger.walk(`${target}/comments`),
      await writer.walk(`${target}/likes`),
      await stranger.walk(`/v1/accounts/${writer.id}/stories`),
      (await writer.get("/v1/accounts/me")).body,
    ];
    const before = await everything();
    expectStatus(await writer.delete(target), 204);
    for (const person of [writer, friend, stranger]) {
      expectStatus(await person.get(target), 404);
      expect((await person.walk("/v1/feed")).map(({ story }) => story.id)).not.toContain(id);
    }
    const answer = await writer.post(`${target}/restore`);
    expect(expectStatus(answer, 200).body).toEqual(before[0]);
    expect(answer.headers["maru-position"]).toBeTruthy();
    expect(await everything()).toEqual(before);
  });

  it("is the same again for a story that is there, and by a key", async () => {
    const writer = await newPerson();
    const story = await writer.publish("still here");
    const restore = (headers = {}) =>
      writer.post(`/v1/stories/${story.id}/restore`, undefined, headers);
    expect(expectStatus(await restore(), 200).body).toEqual({ story });
    expectStatus(await writer.delete(`/v1/stories/${story.id}`), 204);
    const headers = { "idempotency-key": `undo-${story.id}` };
    const first = expectStatus(await restore(headers), 200);
    const again = expectStatus(await restore(headers), 200);
    expect([again.text, again.headers["idempotency-replayed"]]).toEqual([first.text, "true"]);
    expectStatus(await restore(), 200);
  });

  it("of what others have written, or nobody, finds nothing", async () => {
    const [writer, other] = [await newPerson(), await newPerson()];
    const { id } = await writer.publish("mine");
    for (const target of [`/v1/stories/${id}/restore`, "/v1/stories/17/restore"]) {
      const answer = expectStatus(await other.post(target), 404);
      expect(answer.body.code).toBe("request.not_found");
    }
  });
});
