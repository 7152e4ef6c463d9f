import { describe, expect, it } from "vitest";
import { expectStatus } from "../support/api-client.ts";
import { listen } from "../support/api-live.ts";
import { listeningFriends, storiesIn } from "./listening.ts";
import { startedApi } from "./started-api.ts";

const world = startedApi();
const listeningFriend = listeningFriends(world);

describe("a stream that was cut", () => {
  it.each([
    ["Last-Event-ID", (id: string) => ({ headers: { "last-event-id": id } })],
    ["?after=", (id: string) => ({ query: `?after=${encodeURIComponent(id)}` })],
  ] as const)(
    "goes on after the last event by %s without a miss or a repeat",
    async (_by, options) => {
      const { reader, writer, stream } = await listeningFriend();
      const published: string[] = [];
      const heard: string[] = [];
      let current = stream;
      for (let round = 0; round < 6; round += 1) {
        published.push((await writer.publish(`heard ${String(round)}`)).id);
        await current.until("the story", () => current.of("story").length > 0);
        heard.push(...storiesIn(current.events));
        const { id } = current.events.at(-1)!;
        current.close();
        for (let missed = 0; missed < 3; missed += 1) {
          published.push((await writer.publish(`missed ${String(round)}`)).id);
        }
        current = await listen(world.node.url, reader, options(id));
        await current.until("what was missed", () => current.of("story").length >= 3);
        heard.push(...storiesIn(current.events));
        const last = current.events.at(-1)!;
        current.close();
        current = await listen(world.node.url, reader, options(last.id));
      }
      current.close();
      expect(heard).toEqual(published);
    },
  );

  it("begins where a page of the feed was read, by what the page says", async () => {
    const { reader, writer, stream } = await listeningFriend();
    const shown = await writer.publish("on the page");
    // Whatever has no position yet is told again, the friendship too.
    await stream.until("the story", () => storiesIn(stream.events).includes(shown.id));
    stream.close();
    const page = await reader.get("/v1/feed");
    const after = page.headers["maru-live-after"] ?? "";
    const between = await writer.publish("in between");
    const resumed = await listen(world.node.url, reader, { query: `?after=${after}` });
    await resumed.until("the story", () => storiesIn(resumed.events).includes(between.id));
    resumed.close();
  });

  it("tells the changes that it missed, and nothing of what came and went again", async () => {
    const { reader, writer, stream } = await listeningFriend();
    const kept = await writer.publish("kept");
    await stream.until("the story", () => stream.of("story").length === 1);
    const { id } = stream.events.at(-1)!;
    stream.close();
    const gone = await writer.publish("came and went");
    expectStatus(await writer.delete(`/v1/stories/${gone.id}`), 204);
    expectStatus(await writer.patch(`/v1/stories/${kept.id}`, { text: "changed" }), 200);
    const resumed = await listen(world.node.url, reader, { headers: { "last-event-id": id } });
    await resumed.until("the change", () => resumed.of("story.updated").length === 1);
    expect(storiesIn(resumed.events)).toEqual([]);
    resumed.close();
  });

  it("starts again where its id is not one that the server gave", async () => {
    const { reader, stream } = await listeningFriend();
    stream.close();
    for (const id of [
      "x",
      "1",
      "1.x",
      "-1.5",
      "999.1",
      "1.2.3",
      "1.99999999999999999999",
      "1.-1",
      // Of a log that went on further than this one did, such as before a restore.
      "1.999999999",
      "1e3.4",
    ]) {
      const resumed = await listen(world.node.url, reader, { headers: { "last-event-id": id } });
      expect([id, resumed.events[0]?.type]).toEqual([id, "reset"]);
      expect(resumed.events[0]?.id).not.toBe("");
      resumed.close();
    }
  });
});
