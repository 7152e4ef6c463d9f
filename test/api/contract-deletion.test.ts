import { describe, expect, it } from "vitest";
import { expectStatus } from "../support/api-client.ts";
import { listen } from "../support/api-live.ts";
import { startedApi } from "./started-api.ts";

const world = startedApi();

/** Rows are erased behind the answer; nobody sees them from the answer on. */
const erasure = { timeout: 20_000, interval: 50 };

describe("DELETE /v1/accounts/me", () => {
  it("needs the password", async () => {
    const person = await world.api.signUp("keeper");
    const refused = await person.delete("/v1/accounts/me", { password: "not the password" });
    expect([refused.status, refused.body.code]).toEqual([403, "accounts.bad_password"]);
    expectStatus(await person.get("/v1/accounts/me"), 200);
  });

  it("takes away everything of the person's, everywhere, from its answer on", async () => {
    const { api, node } = world;
    const [leaver, friend, third] = await api.people("leaver", "friend", "third");
    await leaver.befriend(friend);
    await leaver.befriend(third);
    await friend.befriend(third);
    expectStatus(await friend.put(`/v1/follows/${leaver.id}`), 204);
    expectStatus(await leaver.put(`/v1/follows/${third.id}`), 204);
    const own = await leaver.publish("mine", { visibility: "friends" });
    const other = await friend.publish("not mine");
    const byThird = await api.signUp("unknown_author");
    const reshared = await byThird.publish("seen by a reshare");
    expectStatus(await leaver.put(`/v1/stories/${other.id}/like`), 204);
    expectStatus(await third.put(`/v1/stories/${other.id}/like`), 204);
    expectStatus(await leaver.put(`/v1/stories/${reshared.id}/reshare`), 204);
    const said = await leaver.comment(other.id, "I said");
    await third.comment(other.id, "and I answered", said.id);
    expect((await friend.walk("/v1/feed")).map(({ id }) => id)).toContain(own.id);
    const streams = [await listen(node.url, leaver), await listen(node.url, friend)];

    const { password } = leaver;
    expectStatus(await leaver.delete("/v1/accounts/me", { password }), 204);

    expect((await leaver.get("/v1/accounts/me")).status).toBe(401);
    await streams[0]?.ended();
    const again = { handle: "leaver", password };
    expect((await api.send("POST", "/v1/sessions", { body: again })).status).toBe(401);
    for (const target of [
      `/v1/accounts/${leaver.id}`,
      "/v1/accounts/@leaver",
      `/v1/accounts/${leaver.id}/stories`,
      `/v1/accounts/${leaver.id}/friends`,
      `/v1/stories/${own.id}`,
      `/v1/stories/${own.id}/comments`,
    ]) {
      expect([target, (await friend.get(target)).status]).toEqual([target, 404]);
    }
    const feed = await friend.walk("/v1/feed");
    expect(feed.map(({ story }) => story.id)).toEqual([other.id]);
    const people = async (target: string): Promise<string[]> =>
      (await friend.walk(target)).map(({ handle }) => handle);
    expect(await people("/v1/friends")).toEqual(["third"]);
    expect(await people("/v1/follows")).toEqual([]);
    expect(await people(`/v1/stories/${other.id}/likes`)).toEqual(["third"]);
    expect(await people("/v1/accounts?handle=leave")).toEqual([]);
    const comments = await friend.walk(`/v1/stories/${other.id}/comments`);
    expect(comments.map(({ text }) => text)).toEqual(["and I answered"]);

    const counts = async (): Promise<unknown> => [
      (await friend.get(`/v1/stories/${other.id}`)).body.story.counts,
      (await friend.get(`/v1/stories/${reshared.id}`)).body.story.counts.reshares,
      (await friend.get("/v1/accounts/me")).body.account.counts,
      (await third.get("/v1/accounts/me")).body.account.counts,
    ];
    await expect
      .poll(counts, erasure)
      .toEqual([
        { likes: 1, comments: 1, reshares: 0 },
        0,
        { stories: 1, friends: 1, followers: 0, following: 0 },
        { stories: 0, friends: 1, followers: 0, following: 0 },
      ]);
    // Either is enough for an open page: the story's end, or to begin again without the person.
    await streams[1]?.until(
      "the story's end",
      (stream) =>
        stream.of("reset").length > 0 ||
        stream.of("story.deleted").some(({ data }) => data.id === own.id),
    );
    streams[1]?.close();
    const rows = await node.sql<{ count: number }[]>`
      SELECT (SELECT count(*) FROM stories.stories
              WHERE author_id = ${leaver.id}::bigint AND status <> 'deleted')::int
           + (SELECT count(*) FROM graph.relations
              WHERE ${leaver.id}::bigint IN (account_id, other_id))::int AS count`;
    expect(rows[0]?.count).toBe(0);
  });
});
