import { expect, test } from "vitest";
import { internalContext } from "../../kernel/context.ts";
import type { EventEnvelope, JsonObject } from "../../ports/log.ts";
import type { Status, Stories, Visibility } from "../stories/contract.ts";
import { createAnnounce } from "./announce.ts";
import { packLists } from "./audiences.ts";
import { createIndexBuffers, openIndexMemory } from "./memory.ts";
import { createAccountNumbers } from "./packed.ts";
import { createPlacement } from "./placement.ts";
import type { FeedItem, FeedRead } from "./read.ts";
import { createStoryIndex } from "./story-index.ts";

/** Events that are told late, when the index is further already: each story is told of once. */

const viewer = 1n;
const friend = 2n;
const stranger = 3n;
const storyId = 10n;
const reshareId = 20n;

function openScene(authorId: bigint) {
  const accounts = createAccountNumbers(10);
  const index = createStoryIndex({
    memory: openIndexMemory(createIndexBuffers({ slotsMax: 8, accountsMax: 10 })),
    accounts,
  });
  index.startLoading(0n);
  index.finishLoading();
  const placement = createPlacement(index, accounts);
  const audience = packLists(accounts.of(viewer), 1, {
    friends: Uint32Array.of(accounts.of(friend)),
    followed: new Uint32Array(),
    excluded: new Uint32Array(),
  });
  const read: Pick<FeedRead, "hydrate"> = {
    hydrate: (_context, _audience, entries) =>
      Promise.resolve(
        entries.map((entry): FeedItem => ({
          entry,
          author: { id: authorId, version: 1, json: "{}" } as FeedItem["author"],
          by: [],
          body: {
            id: storyId,
            authorId,
            version: 1,
            visibility: "public",
            membersJson: `"text":""`,
            untilS: 0,
          },
          counts: { likes: 0, comments: 0, reshares: 0 },
          flags: { liked: false, reshared: false },
        })),
      ),
  };
  const announce = createAnnounce({
    placement,
    read: read as FeedRead,
    stories: () => ({}) as Stories,
  });
  const happened: EventEnvelope[] = [];
  let lastId = storyId;

  function happen(type: string, data: JsonObject): void {
    lastId += 1n;
    happened.push({
      id: lastId,
      type,
      log: "main",
      epoch: 1,
      position: happened.length + 1,
      transactionId: lastId,
      region: 0,
      actorId: authorId,
      aggregate: { type: "story", id: storyId, version: happened.length + 1 },
      atMs: 0,
      requestId: "test",
      traceparent: null,
      data: { storyId: String(storyId), authorId: String(authorId), ...data },
    });
  }

  function change(
    type: string,
    visibility: Visibility,
    more: { readonly status?: Status; readonly previousVisibility?: Visibility } = {},
  ): void {
    const version = happened.length + 1;
    const { status = "live" } = more;
    index.applyStory({ id: storyId, authorId, version, visibility, status });
    happen(type, { version, visibility, status, ...more });
  }

  return {
    publish: (visibility: Visibility) => {
      change("stories.published.v1", visibility);
    },
    edit: (previousVisibility: Visibility, visibility: Visibility) => {
      change("stories.edited.v1", visibility, { previousVisibility });
    },
    remove: (visibility: Visibility) => {
      change("stories.deleted.v1", visibility, { status: "deleted" });
    },
    restore: (visibility: Visibility) => {
      change("stories.restored.v1", visibility);
    },
    reshare() {
      lastId = lastId > reshareId ? lastId : reshareId;
      index.applyReshare({ id: reshareId, accountId: friend, storyId }, false);
      happen("stories.reshared.v1", { reshareId: String(reshareId), accountId: String(friend) });
    },
    isAboutStories: (type: string) => {
      happen(type, {});
      return announce.isAboutStories(happened.pop() as EventEnvelope);
    },
    /** What is said of all of it, once all of it has happened. */
    async told() {
      const said: (string | undefined)[] = [];
      for (const event of happened) {
        said.push((await announce.say(internalContext("test"), audience, event))?.type);
      }
      return said.filter((type) => type !== undefined);
    },
  };
}

test("a story that comes into sight by an edit is not told by its publication, too", async () => {
  const scene = openScene(friend);
  scene.publish("self");
  scene.edit("self", "self");
  scene.edit("self", "friends");
  expect(await scene.told()).toEqual(["story"]);
});

test("a story that comes into sight by a reshare is not told by its publication, too", async () => {
  const scene = openScene(stranger);
  scene.publish("public");
  scene.reshare();
  expect(await scene.told()).toEqual(["story"]);
});

test("a story that became public before it was reshared is told by the reshare alone", async () => {
  const scene = openScene(stranger);
  scene.publish("friends");
  scene.edit("friends", "public");
  scene.reshare();
  expect(await scene.told()).toEqual(["story"]);
});

test("a reshared story that becomes public again is told by that edit", async () => {
  const scene = openScene(stranger);
  scene.publish("public");
  scene.reshare();
  scene.edit("public", "friends");
  scene.edit("friends", "public");
  expect(await scene.told()).toEqual(["story", "story.deleted", "story"]);
});

test("a story that leaves sight and comes back is taken away before it is told again", async () => {
  const scene = openScene(friend);
  scene.publish("public");
  scene.edit("public", "self");
  scene.edit("self", "public");
  expect(await scene.told()).toEqual(["story", "story.deleted", "story"]);
});

test("a story that is restored is told as it was, where it was", async () => {
  const scene = openScene(friend);
  scene.publish("friends");
  scene.remove("friends");
  scene.restore("friends");
  expect(await scene.told()).toEqual(["story", "story.deleted", "story"]);
});

test("a reshared story that is restored is told to whom its reshare brought it", async () => {
  const scene = openScene(stranger);
  scene.publish("public");
  scene.reshare();
  scene.remove("public");
  scene.restore("public");
  expect(await scene.told()).toEqual(["story", "story.deleted", "story"]);
});

test("a story that is restored and deleted again is not told as if it were there", async () => {
  const scene = openScene(friend);
  scene.publish("public");
  scene.remove("public");
  scene.restore("public");
  scene.remove("public");
  expect(await scene.told()).toEqual(["story.deleted", "story.deleted"]);
});

test("a story that is restored is told to nobody who did not see it before", async () => {
  const scene = openScene(friend);
  scene.publish("self");
  scene.remove("self");
  scene.restore("self");
  expect(await scene.told()).toEqual([]);
});

test("a reshare of a story that was restored before is what tells of it", async () => {
  const scene = openScene(stranger);
  scene.publish("public");
  scene.remove("public");
  scene.restore("public");
  scene.reshare();
  expect(await scene.told()).toEqual(["story.deleted", "story"]);
});

test("what the stories module tells itself is told to nobody", () => {
  const scene = openScene(friend);
  expect(scene.isAboutStories("stories.erasure_continued.v1")).toBe(false);
  expect(scene.isAboutStories("stories.liked.v1")).toBe(true);
});
