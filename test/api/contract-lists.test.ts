import { beforeAll, describe, expect, it } from "vitest";
import { expectStatus, type Item, type Person } from "../support/api-client.ts";
import { startedApi } from "./started-api.ts";

const world = startedApi();

/** More than two pages of three, and no multiple of three. */
const entries = 7;
const pageSizeDefault = 20;

let hub: Person;
let friends: readonly Person[];
let storyId: string;

function crowd(prefix: string): Promise<Person[]> {
  const handles = Array.from({ length: entries }, (_, at) => `${prefix}_${String(at)}`);
  return Promise.all(handles.map((handle) => world.api.signUp(handle)));
}

beforeAll(async () => {
  const { api } = world;
  hub = await api.signUp("hub");
  friends = await crowd("friend");
  const strangers = await crowd("stranger");
  const askers = await crowd("asker");
  for (const [at, friend] of friends.entries()) {
    await hub.befriend(friend);
    expectStatus(await friend.put(`/v1/follows/${hub.id}`), 204);
    expectStatus(await hub.put(`/v1/follows/${friend.id}`), 204);
    await hub.publish(`story ${String(at)}`, { visibility: at % 2 === 0 ? "public" : "friends" });
    await friend.publish(`by a friend ${String(at)}`);
  }
  for (const stranger of strangers) {
    expectStatus(await hub.put(`/v1/friends/${stranger.id}`), 200);
    expectStatus(await hub.put(`/v1/mutes/${stranger.id}`), 204);
  }
  for (const asker of askers) {
    expectStatus(await asker.put(`/v1/friends/${hub.id}`), 200);
  }
  for (const blocked of await crowd("blocked")) {
    expectStatus(await hub.put(`/v1/blocks/${blocked.id}`), 204);
  }
  storyId = (await hub.publish("for everybody")).id;
  const ownCommentsOn = (await (await api.signUp("spoken_to")).publish("to be answered")).id;
  for (const friend of friends) {
    expectStatus(await friend.put(`/v1/stories/${storyId}/like`), 204);
    await friend.comment(storyId, `said by ${friend.handle}`);
    await hub.comment(ownCommentsOn, `said to ${friend.handle}`);
    const body = { handle: hub.handle, password: hub.password };
    expectStatus(await api.send("POST", "/v1/sessions", { body }), 201);
  }
});

const lists: readonly (readonly [target: string, count: number])[] = [
  ["/v1/feed", 2 * entries + 1],
  ["/v1/sessions", entries + 1],
  ["/v1/friends", entries],
  ["/v1/friends/requests", entries],
  ["/v1/friends/requests?direction=sent", entries],
  ["/v1/follows", entries],
  ["/v1/mutes", entries],
  ["/v1/blocks", entries],
  ["/v1/accounts?handle=friend", entries],
  ["/v1/accounts/@hub/stories", entries + 1],
  ["/v1/accounts/me/comments", entries],
  ["/v1/accounts/@hub/friends", entries],
  ["/v1/accounts/@hub/followers", entries],
  ["/v1/accounts/@hub/following", entries],
  ["/v1/stories/{story}/likes", entries],
  ["/v1/stories/{story}/comments", entries],
  ["/v1/stories/{story}/comments?order=newest", entries],
];

describe.each(lists)("%s", (pattern, count) => {
  const target = (): string => pattern.replace("{story}", storyId);
  const withQuery = (query: string): string =>
    `${target()}${pattern.includes("?") ? "&" : "?"}${query}`;

  it("is the same list in pages of any size, and null alone is its end", async () => {
    const whole = expectStatus(await hub.get(withQuery("limit=100")), 200);
    expect(Object.keys(whole.body)).toEqual(["items", "nextCursor"]);
    expect(whole.body.items.length).toBe(count);
    expect(whole.body.nextCursor).toBe(null);
    for (const limit of [1, 3, count - 1]) {
      expect(await hub.walk(target(), limit)).toEqual(whole.body.items);
    }
    const exact = await hub.get(withQuery(`limit=${String(count)}`));
    expect(exact.body).toEqual(whole.body);
    expect(new Set(whole.body.items.map(({ id }) => id)).size).toBe(count);
  });

  it("is full on every page but the last", async () => {
    let cursor = "";
    for (let left = count; left > 0; left -= 2) {
      const reply = await hub.get(withQuery(`limit=2${cursor}`));
      expect(reply.body.items.length).toBe(Math.min(2, left));
      cursor = `&cursor=${String(reply.body.nextCursor)}`;
      expect(reply.body.nextCursor === null).toBe(left <= 2);
    }
  });

  it("takes 1 to 100, 20 where nothing is said, and what it does not know for nothing", async () => {
    for (const limit of ["0", "101", "-1", "abc", ""]) {
      const reply = await hub.get(withQuery(`limit=${limit}`));
      expect([limit, reply.status, reply.body.code]).toEqual([limit, 400, "request.invalid"]);
    }
    const [usual, twenty, odd] = await Promise.all([
      hub.get(target()),
      hub.get(withQuery(`limit=${String(pageSizeDefault)}`)),
      hub.get(withQuery("colour=blue&limits=3&Limit=3")),
    ]);
    expect(twenty.body).toEqual(usual.body);
    expect(odd.body).toEqual(usual.body);
  });
});

describe("the order of lists", () => {
  const handles = (items: readonly Item[]): string[] => items.map(({ handle }) => handle);

  it("is newest first by when the relation began, and oldest first for comments", async () => {
    const newestFirst = friends.map(({ handle }) => handle).reverse();
    for (const list of [
      "/v1/friends",
      "/v1/follows",
      "/v1/accounts/@hub/friends",
      "/v1/accounts/@hub/followers",
      "/v1/accounts/@hub/following",
      `/v1/stories/${storyId}/likes`,
    ]) {
      expect([list, handles(await hub.walk(list))]).toEqual([list, newestFirst]);
    }
    const comments = await hub.walk(`/v1/stories/${storyId}/comments`);
    expect(comments.map(({ author }) => author.handle)).toEqual([...newestFirst].reverse());
    const feed = await hub.walk("/v1/feed");
    const times = feed.map(({ at }) => Date.parse(at));
    expect(times).toEqual([...times].sort((a, b) => b - a));
  });

  it("gives 20 where there are more and nothing is said", async () => {
    const writer = await world.api.signUp("many_stories");
    for (let at = 0; at < pageSizeDefault + 1; at += 1) {
      await writer.publish(`story ${String(at)}`);
    }
    for (const target of ["/v1/feed", `/v1/accounts/${writer.id}/stories`]) {
      const first = await writer.get(target);
      expect(first.body.items.length).toBe(pageSizeDefault);
      const last = await writer.get(`${target}?cursor=${String(first.body.nextCursor)}`);
      expect([last.body.items.length, last.body.nextCursor]).toEqual([1, null]);
    }
  });
});

describe("a scroll", () => {
  it("mixes in nothing that is published meanwhile, repeats nothing, and passes over what goes", async () => {
    const [reader, writer] = await world.api.people("scroll_reader", "scroll_writer");
    await reader.befriend(writer);
    const ids: string[] = [];
    for (let at = 0; at < 9; at += 1) {
      ids.unshift((await writer.publish(`before ${String(at)}`)).id);
    }
    const seen: string[] = [];
    let cursor = "";
    for (let page = 0; page < 9; page += 1) {
      const reply = await reader.get(`/v1/feed?limit=2${cursor}`);
      seen.push(...reply.body.items.map(({ id }) => id));
      if (reply.body.nextCursor === null) {
        break;
      }
      cursor = `&cursor=${reply.body.nextCursor}`;
      await writer.publish(`meanwhile ${String(page)}`);
      // Of what is still to come, the last goes away; of what is past, the first.
      if (page < 2) {
        expectStatus(await writer.delete(`/v1/stories/${ids[ids.length - 1 - page]!}`), 204);
        expectStatus(await writer.delete(`/v1/stories/${ids[page]!}`), 204);
      }
    }
    expect(seen).toEqual(ids.slice(0, -2));
  });
});
