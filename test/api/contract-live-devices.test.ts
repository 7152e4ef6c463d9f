import { describe, expect, it } from "vitest";
import { expectStatus } from "../support/api-client.ts";
import { listen } from "../support/api-live.ts";
import { lastWord, listeningFriends } from "./listening.ts";
import { startedApi } from "./started-api.ts";

const world = startedApi();
const listeningFriend = listeningFriends(world);

describe("the viewer's own devices", () => {
  it("hear of likes and reshares, wherever the story stands, with the new counts", async () => {
    const { reader, writer, stream } = await listeningFriend();
    const stranger = await world.api.signUp("live_elsewhere");
    for (const author of [writer, stranger]) {
      const { id } = await author.publish("to be liked");
      for (const [method, what, viewer] of [
        ["put", "like", { liked: true, reshared: false }],
        ["put", "reshare", { liked: true, reshared: true }],
        ["delete", "like", { liked: false, reshared: true }],
        ["delete", "reshare", { liked: false, reshared: false }],
      ] as const) {
        const before = stream.of("viewer").length;
        const counted = stream.of("counts").length;
        expectStatus(await reader[method](`/v1/stories/${id}/${what}`), 204);
        await stream.until(
          `the reader's ${method} of a ${what}`,
          () => stream.of("viewer").length > before && stream.of("counts").length > counted,
        );
        expect(stream.of("viewer").at(-1)?.data).toEqual({ id, viewer });
        const { story } = (await reader.get(`/v1/stories/${id}`)).body;
        expect(stream.of("counts").at(-1)?.data).toEqual({ id, counts: story.counts });
      }
    }
    stream.close();
  });

  it("hear the counts of their own comments, and nobody hears of another's likes", async () => {
    const { reader, writer, stream } = await listeningFriend();
    const [stranger, liker] = await world.api.people("live_farther", "live_liker");
    const { id } = await stranger.publish("far away");
    expectStatus(await liker.put(`/v1/stories/${id}/like`), 204);
    await reader.comment(id, "hello there");
    await stream.until("the counts", () => stream.of("counts").length > 0);
    expect(stream.of("counts")[0]?.data.counts).toEqual({ likes: 1, comments: 1, reshares: 0 });
    await lastWord(stream, writer);
    expect(stream.of("viewer")).toEqual([]);
    stream.close();
  });

  it("hear of changes of the profile and the settings", async () => {
    const { reader, stream } = await listeningFriend();
    const changes = { name: "A new name", bio: "And words", locale: "ja", privacy: "nobody" };
    expectStatus(await reader.patch("/v1/accounts/me", changes), 200);
    await stream.until("the account", () => stream.of("account").length === 1);
    const { account } = (await reader.get("/v1/accounts/me")).body;
    expect(stream.of("account")[0]?.data).toEqual({ account });
    expect(account).toMatchObject(changes);
    stream.close();
  });

  it("hear of all of it when they come back", async () => {
    const { reader, writer, stream } = await listeningFriend();
    await lastWord(stream, writer);
    const [stranger, asking] = await world.api.people("live_back", "live_asking");
    const { id: storyId } = await stranger.publish("meanwhile");
    const { id } = stream.events.at(-1)!;
    stream.close();
    expectStatus(await reader.put(`/v1/stories/${storyId}/like`), 204);
    expectStatus(await asking.put(`/v1/friends/${reader.id}`), 200);
    expectStatus(await reader.patch("/v1/accounts/me", { name: "Back again" }), 200);
    await world.settled();
    const back = await listen(world.node.url, reader, { headers: { "last-event-id": id } });
    await back.until("the account", () => back.of("account").length === 1);
    // The count of the like is told when its turn comes, which may be by then.
    const told = back.events.map(({ type }) => type).filter((type) => type !== "counts");
    expect(told).toEqual(["ready", "viewer", "relationship", "account"]);
    back.close();
  });
});
