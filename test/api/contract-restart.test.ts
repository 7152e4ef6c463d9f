import { expect, it } from "vitest";
import { connectApi, expectStatus } from "../support/api-client.ts";
import { listen } from "../support/api-live.ts";
import { startTestNode } from "../support/node.ts";

it("a restart changes nothing: tokens, cursors, keys, positions and streams go on", async () => {
  const first = await startTestNode();
  const before = await connectApi(first.url);
  const [reader, writer] = await before.people("restart_reader", "restart_writer");
  await reader.befriend(writer);
  const ids: string[] = [];
  for (const text of ["one", "two", "three"]) {
    ids.unshift((await writer.publish(text)).id);
  }
  const headers = { "idempotency-key": "across a restart".replaceAll(" ", "-") };
  const keyed = await writer.post("/v1/stories", { text: "four" }, headers);
  ids.unshift(expectStatus(keyed, 201).body.story.id);
  const page = await reader.get("/v1/feed?limit=2");
  const search = await reader.get("/v1/accounts?handle=restart&limit=1");
  const stream = await listen(first.url, reader);
  const lastId = stream.events.at(-1)!.id;
  const missed = await writer.publish("five");
  ids.unshift(missed.id);
  const position = (await writer.put(`/v1/stories/${missed.id}/like`)).headers["maru-position"];
  const slip = await writer.publish("deleted by a slip");
  await reader.comment(slip.id, "and answered before");
  const whatWas = (await reader.get(`/v1/stories/${slip.id}`)).body;
  expectStatus(await writer.delete(`/v1/stories/${slip.id}`), 204);
  before.close();

  const second = await first.restart();
  await stream.ended();
  const after = await connectApi(second.url);
  try {
    const [sameReader, sameWriter] = [
      after.withToken(reader, reader.token),
      after.withToken(writer, writer.token),
    ];
    const rest = await sameReader.get(`/v1/feed?limit=2&cursor=${String(page.body.nextCursor)}`);
    expect(expectStatus(rest, 200).body.items.map(({ id }) => id)).toEqual(ids.slice(3));
    const found = await sameReader.get(
      `/v1/accounts?handle=restart&limit=1&cursor=${String(search.body.nextCursor)}`,
    );
    expect(found.body.items.map(({ handle }) => handle)).toEqual(["restart_writer"]);
    const again = await sameWriter.post("/v1/stories", { text: "four" }, headers);
    expect([again.text, again.headers["idempotency-replayed"]]).toEqual([keyed.text, "true"]);
    const whole = await sameReader.get("/v1/feed", { "maru-position": position ?? "" });
    expect(whole.body.items.map(({ id }) => id)).toEqual(ids);
    expect(whole.body.items[0]?.story.counts.likes).toBe(1);
    expectStatus(await sameReader.get(`/v1/stories/${slip.id}`), 404);
    expectStatus(await sameWriter.post(`/v1/stories/${slip.id}/restore`), 200);
    expect((await sameReader.get(`/v1/stories/${slip.id}`)).body).toEqual(whatWas);
    expectStatus(await sameWriter.delete(`/v1/stories/${slip.id}`), 204);
    const resumed = await listen(second.url, sameReader, { headers: { "last-event-id": lastId } });
    await resumed.until("what was missed", () => resumed.of("story").length > 0);
    expect(resumed.events.map(({ type }) => type).slice(0, 2)).toEqual(["ready", "story"]);
    expect(resumed.of("story").map(({ data }) => data.item.id)).toEqual([missed.id]);
    resumed.close();
  } finally {
    after.close();
    await second.stop();
  }
});
