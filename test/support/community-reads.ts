import { expect } from "vitest";
import type { Id } from "../../src/kernel/id.ts";
import type { Call } from "./client.ts";
import type { CommunityModel, ShownItem, ShownStory } from "./community-model.ts";
import type { CommunityNodes, Recruit } from "./community-nodes.ts";
import type { Scene } from "./community-steps.ts";

/** Everything that a person can read, from the nodes and from the model, in the same words. */
type Reading = Readonly<Record<string, unknown>>;

interface StoryBody {
  readonly id: string;
  readonly author: { readonly id: string };
  readonly text: string;
  readonly visibility: ShownStory["visibility"];
  readonly editedAt: string | null;
  readonly counts: ShownStory["counts"];
  readonly viewer: ShownStory["viewer"];
}

interface ItemBody {
  readonly id: string;
  readonly story: StoryBody;
  readonly reason: {
    readonly type: string;
    readonly by: readonly { readonly id: string }[];
    readonly byCount: number;
  };
}

interface CommentBody {
  readonly id: string;
  readonly author: { readonly id: string };
  readonly parentId: string | null;
  readonly text: string;
}

interface AccountBody {
  readonly account: { readonly counts: object };
  readonly relationship?: object;
}

interface PageBody<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

interface Reader {
  readonly nodes: CommunityNodes;
  readonly token: string;
}

const ownLists = {
  "/v1/friends": "friends",
  "/v1/friends/requests?direction=received": "received",
  "/v1/friends/requests?direction=sent": "sent",
  "/v1/follows": "follows",
  "/v1/mutes": "mutes",
  "/v1/blocks": "blocks",
} as const;

/** A list in small pages, or the status of its refusal. */
async function list(
  { nodes, token }: Reader,
  path: string,
  show: (item: never) => unknown,
): Promise<unknown> {
  const items: unknown[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const from: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const query = `${path.includes("?") ? "&" : "?"}limit=4${from}`;
    const call: Call = { method: "GET", path: path + query, token };
    const { status, body } = await nodes.send<PageBody<never>>(call);
    if (status !== 200) {
      return status;
    }
    items.push(...body.items.map(show));
    cursor = body.nextCursor;
  }
  return items;
}

async function one(
  { nodes, token }: Reader,
  path: string,
  show: (body: never) => unknown,
): Promise<unknown> {
  const { status, body } = await nodes.send<never>({ method: "GET", path, token });
  return status === 200 ? show(body) : status;
}

const idOf = ({ id }: { readonly id: string }): string => id;

const storyOf = ({ editedAt, author, id, text, visibility, counts, viewer }: StoryBody) =>
  ({
    id,
    author: author.id,
    text,
    visibility,
    isEdited: editedAt !== null,
    counts,
    viewer,
  }) satisfies ShownStory;

const itemOf = ({ id, story, reason }: ItemBody): ShownItem => ({
  id: reason.type === "author" ? id : null,
  story: storyOf(story),
  reason: { ...reason, by: reason.by.map(idOf) },
});

const commentOf = ({ id, author, parentId, text }: CommentBody): unknown[] => [
  id,
  author.id,
  parentId,
  text,
];

async function readFeed({ nodes }: Scene, { token }: Recruit): Promise<Reading> {
  return { feed: await list({ nodes, token }, "/v1/feed", itemOf) };
}

async function readRest({ nodes, model, people }: Scene, { token }: Recruit): Promise<Reading> {
  const reader = { nodes, token };
  const reading: Record<string, unknown> = {};
  for (const path of Object.keys(ownLists)) {
    reading[path] = await list(reader, path, idOf);
  }
  for (const { id } of model.stories) {
    const path = `/v1/stories/${id}`;
    reading[path] = await one(reader, path, ({ story }: { story: StoryBody }) => storyOf(story));
    reading[`${path}/likes`] = await list(reader, `${path}/likes`, idOf);
    reading[`${path}/comments`] = await list(reader, `${path}/comments`, commentOf);
  }
  for (const { id } of people) {
    const path = `/v1/accounts/${String(id)}`;
    reading[path] = await one(reader, path, ({ account, relationship }: AccountBody) => ({
      counts: account.counts,
      relationship,
    }));
    for (const name of ["friends", "followers", "following"]) {
      reading[`${path}/${name}`] = await list(reader, `${path}/${name}`, idOf);
    }
    reading[`${path}/stories`] = await list(reader, `${path}/stories`, storyOf);
  }
  return reading;
}

function expectedRest(model: CommunityModel, people: readonly Recruit[], viewer: Id): Reading {
  const { graph } = model;
  const newestFirst = (ids: readonly Id[]): string[] => ids.map(String).reverse();
  const isVisible = (id: Id): boolean => !graph.areHidden(viewer, id);
  const own: Readonly<Record<(typeof ownLists)[keyof typeof ownLists], readonly Id[]>> = {
    friends: graph.friendsOf(viewer),
    received: graph.to("requests", viewer),
    sent: graph.from("requests", viewer),
    follows: graph.from("follows", viewer),
    mutes: graph.from("mutes", viewer).filter(isVisible),
    blocks: graph.from("blocks", viewer),
  };
  const reading: Record<string, unknown> = {};
  for (const [path, name] of Object.entries(ownLists)) {
    reading[path] = newestFirst(own[name]);
  }
  for (const story of model.stories) {
    const path = `/v1/stories/${story.id}`;
    const sees = model.sees(viewer, story);
    const likers = model.likersOf(story.id).filter(isVisible);
    const comments = model
      .comments()
      .filter(({ storyId, authorId }) => storyId === story.id && isVisible(authorId));
    reading[path] = sees ? model.show(viewer, story) : 404;
    reading[`${path}/likes`] = sees ? newestFirst(likers) : 404;
    reading[`${path}/comments`] = sees
      ? comments.map(({ id, authorId, parentId, text }) => [id, String(authorId), parentId, text])
      : 404;
  }
  for (const { id } of people) {
    Object.assign(reading, expectedAccount(model, viewer, id));
  }
  return reading;
}

function expectedAccount(model: CommunityModel, viewer: Id, id: Id): Reading {
  const { graph, stories } = model;
  const path = `/v1/accounts/${String(id)}`;
  const lists = {
    friends: graph.friendsOf(id),
    followers: graph.to("follows", id),
    following: graph.from("follows", id),
  };
  const isThere = !graph.gone.has(id) && !graph.areHidden(viewer, id);
  const live = stories.filter(({ authorId, isDeleted }) => authorId === id && !isDeleted);
  const reading: Record<string, unknown> = {};
  const { friend, following, muted, blocked } = graph.side(viewer, id);
  const followedBy = graph.from("follows", id).includes(viewer);
  reading[path] = isThere
    ? {
        counts: {
          stories: live.length,
          friends: lists.friends.length,
          followers: lists.followers.length,
          following: lists.following.length,
        },
        relationship: { friend, following, followedBy, muted, blocked },
      }
    : 404;
  const isShown = id === viewer || lists.friends.includes(viewer);
  for (const [name, ids] of Object.entries(lists)) {
    const shown = ids.filter((one) => !graph.areHidden(viewer, one));
    reading[`${path}/${name}`] = isThere && isShown ? shown.map(String).reverse() : 404;
  }
  const visible = live.filter((story) => model.sees(viewer, story)).reverse();
  reading[`${path}/stories`] = isThere ? visible.map((story) => model.show(viewer, story)) : 404;
  return reading;
}

/** What everyone reads equals the model: feeds alone, or all there is. */
export async function expectReads(scene: Scene, extent: "feeds" | "everything"): Promise<void> {
  const { model, people } = scene;
  const living = people.filter(({ id }) => !model.graph.gone.has(id));
  await Promise.all(
    living.map(async (person) => {
      const feed = await readFeed(scene, person);
      expect(feed, `the feed of ${String(person.id)}`).toEqual({ feed: model.feed(person.id) });
      if (extent === "everything") {
        const rest = await readRest(scene, person);
        expect(rest, `what ${String(person.id)} reads`).toEqual(
          expectedRest(model, people, person.id),
        );
      }
    }),
  );
}
