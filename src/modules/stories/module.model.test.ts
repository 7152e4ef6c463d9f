import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { compareIds, idMax, type Id } from "../../kernel/id.ts";
import { createStoriesModel, type StoriesModel } from "../../../test/support/stories-model.ts";
import {
  contextOf,
  openStoriesWorld,
  type StoriesWorld,
  type StoryJson,
} from "../../../test/support/stories-world.ts";
import type { FeedEntry, Visibility } from "./contract.ts";
import { restoreWindowMsDefault } from "./remove.ts";
import { idOf } from "./story-events.ts";

/** Random commands of a few people against plain lists: whatever is read equals the model. */

const peopleCount = 5;
/** More than clocks of nodes may differ. */
const clockSpreadMs = 1_500;
const commandsMax = 50;
const readEvery = 10;
const runs = 40;

let world: StoriesWorld;

beforeAll(async () => {
  // So small that entries come and go all the time.
  world = await openStoriesWorld({ bodyBytesMax: 3000, countEntriesMax: 5, flagViewersMax: 2 });
});
afterAll(() => world.close());

const visibilities: readonly Visibility[] = ["public", "public", "friends", "self"];
const kinds = [
  ...["publish", "publish", "publish", "edit", "narrow", "delete", "delete", "restore", "restore"],
  ...["like", "like", "unlike", "reshare", "reshare", "unreshare"],
  ...["comment", "comment", "reply", "deleteComment"],
  ...["befriend", "befriend", "unfriend", "follow", "unfollow", "block"],
  ...["fold", "pass", "endDeletions", "consume", "read"],
] as const;

interface Command {
  readonly kind: (typeof kinds)[number];
  readonly who: number;
  readonly what: number;
}

const commandArbitrary: fc.Arbitrary<Command> = fc.record({
  kind: fc.constantFrom(...kinds),
  who: fc.nat({ max: peopleCount - 1 }),
  what: fc.nat({ max: 1000 }),
});

interface Run {
  readonly people: readonly Id[];
  readonly model: StoriesModel;
  readonly start: Id;
}

function pick<T>(items: readonly T[], n: number): T | undefined {
  return items[n % Math.max(1, items.length)];
}

async function command({ people, model }: Run, { kind, who, what }: Command): Promise<void> {
  const as = people[who]!;
  const other = people[(who + 1 + (what % (peopleCount - 1))) % peopleCount]!;
  const story = pick([...model.stories.values()], what);
  const mine = story?.authorId === as && story.status === "live";
  const sees = story !== undefined && model.sees(as, story);
  const ask = async (operation: string, id: Id, body?: object): Promise<number> =>
    (await world.ask(operation, { as, id, ...(body && { body }) })).status;
  /** What others see they may not change, and what they do not see is not there. */
  const refused = sees ? 403 : 404;
  const lastEventId = (member: string): Id => idOf(world.test.events.at(-1)!, member);

  switch (kind) {
    case "publish": {
      const visibility = pick(visibilities, what)!;
      const text = `Story ${String(what)}.`;
      const id = await world.publish(as, { text, visibility });
      const fresh = { status: "live", deletion: "none", version: 1 } as const;
      model.stories.set(id, { id, authorId: as, visibility, text, ...fresh });
      return;
    }
    case "edit":
    case "narrow": {
      if (story === undefined) return;
      const visibility = kind === "narrow" ? pick(visibilities, what >> 3)! : story.visibility;
      const text = kind === "edit" ? `Edited ${String(what)}.` : story.text;
      const isChange = visibility !== story.visibility || text !== story.text;
      const status = await ask("editStory", story.id, { text, visibility });
      expect(status).toBe(mine ? 200 : refused);
      if (mine && isChange) {
        Object.assign(story, { visibility, text, version: story.version + 1 });
      }
      return;
    }
    case "delete": {
      if (story === undefined) return;
      const status = await ask("deleteStory", story.id);
      expect(status).toBe(story.authorId === as ? 204 : refused);
      if (mine) {
        const gone = { status: "deleted", deletion: "undoable" } as const;
        Object.assign(story, { ...gone, version: story.version + 1 });
      }
      return;
    }
    case "restore": {
      if (story === undefined) return;
      const comesBack = story.authorId === as && story.deletion === "undoable";
      const asked = await world.ask("restoreStory", { as, id: story.id });
      expect(asked.status).toBe(mine || comesBack ? 200 : 404);
      if (comesBack) {
        const back = { status: "live", deletion: "none" } as const;
        Object.assign(story, { ...back, version: story.version + 1 });
      }
      if (mine || comesBack) {
        const read = await world.ask("getStory", { as, id: story.id });
        expect(asked.body).toEqual(read.body);
      }
      return;
    }
    case "like":
    case "unlike": {
      if (story === undefined) return;
      const status = await ask(kind === "like" ? "likeStory" : "unlikeStory", story.id);
      expect(status).toBe(sees ? 204 : 404);
      const at = model.likes.findIndex(
        (like) => like.accountId === as && like.storyId === story.id,
      );
      if (sees && kind === "like" && at < 0) {
        model.likes.push({ accountId: as, storyId: story.id });
      } else if (sees && kind === "unlike" && at >= 0) {
        model.likes.splice(at, 1);
      }
      return;
    }
    case "reshare":
    case "unreshare": {
      if (story === undefined) return;
      const status = await ask(kind === "reshare" ? "reshareStory" : "unreshareStory", story.id);
      const isOpen = kind === "unreshare" || story.visibility === "public";
      expect(status).toBe(sees ? (isOpen ? 204 : 403) : 404);
      const at = model.reshares.findIndex(
        (reshare) => reshare.accountId === as && reshare.storyId === story.id,
      );
      if (status === 204 && kind === "reshare" && at < 0) {
        model.reshares.push({
          id: lastEventId("reshareId"),
          accountId: as,
          storyId: story.id,
        });
      } else if (status === 204 && kind === "unreshare" && at >= 0) {
        model.reshares.splice(at, 1);
      }
      return;
    }
    case "comment":
    case "reply": {
      if (story === undefined) return;
      const on = model.comments.filter((one) => one.storyId === story.id);
      const parent = kind === "reply" ? pick(on, what >> 2) : undefined;
      const parentId = parent?.id ?? null;
      // A comment that the viewer does not see is none to answer.
      const isParentSeen =
        parent === undefined || !world.graph.hiddenFrom(as).includes(parent.authorId);
      const text = `Comment ${String(what)}.`;
      const body = { text, ...(parentId !== null && { parentId: String(parentId) }) };
      const status = await ask("addComment", story.id, body);
      expect(status).toBe(sees ? (isParentSeen ? 201 : 400) : 404);
      if (status === 201) {
        const id = lastEventId("commentId");
        model.comments.push({ id, storyId: story.id, authorId: as, parentId, text });
      }
      return;
    }
    case "deleteComment": {
      const comment = pick(model.comments, what);
      const of = comment === undefined ? undefined : model.stories.get(comment.storyId);
      if (comment === undefined || of === undefined || of.deletion === "final") return;
      const status = await ask("deleteComment", comment.id);
      const may = comment.authorId === as || of.authorId === as;
      const isSeen = model.sees(as, of) && !world.graph.hiddenFrom(as).includes(comment.authorId);
      expect(status).toBe(may ? 204 : isSeen ? 403 : 404);
      if (may) {
        model.comments = model.comments.filter((one) => one !== comment);
      }
      return;
    }
    case "befriend":
      if (!world.graph.hiddenFrom(as).includes(other)) world.graph.befriend(as, other);
      return;
    case "unfriend":
      world.graph.unfriend(as, other);
      return;
    case "follow":
      if (!world.graph.hiddenFrom(as).includes(other)) world.graph.follow(as, other);
      return;
    case "unfollow":
      world.graph.unfollow(as, other);
      return;
    case "block":
      if (what % 4 === 0) world.graph.block(as, other);
      return;
    case "fold":
      await world.fold();
      return;
    case "pass":
      world.pass(restoreWindowMsDefault + clockSpreadMs);
      for (const one of model.stories.values()) {
        one.deletion = one.deletion === "undoable" ? "late" : one.deletion;
      }
      return;
    case "endDeletions":
      await world.endDeletions();
      for (const one of model.stories.values()) {
        one.deletion = one.deletion === "late" ? "final" : one.deletion;
      }
      return;
    case "consume":
      await world.consume();
      model.erase();
      return;
    case "read":
      await expectReadsToEqual({ people, model, start: 0n }, as, what);
  }
}

async function pages(operation: string, as: Id | null, id: Id, query: object): Promise<unknown[]> {
  const limit = "limit" in query ? query.limit : 20;
  const items: unknown[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const asked = await world.ask(operation, {
      as,
      id,
      query: { ...query, ...(cursor !== undefined && { cursor }) },
    });
    if (asked.status !== 200) {
      return [asked.status];
    }
    const page = asked.body as { items: unknown[]; nextCursor: string | null };
    items.push(...page.items);
    cursor = page.nextCursor;
    expect(cursor === null || page.items.length === limit).toBe(true);
  }
  return items;
}

/** One story as one viewer reads it, with its lists. */
async function expectStoryToEqual({ model }: Run, as: Id | null, id: Id): Promise<void> {
  const story = model.stories.get(id)!;
  const asked = await world.ask("getStory", { as, id });
  if (!model.sees(as, story)) {
    expect(asked.status).toBe(404);
    expect(await pages("listLikes", as, id, {})).toEqual([404]);
    expect(await pages("listComments", as, id, {})).toEqual([404]);
    return;
  }
  const { story: shown } = asked.body as { story: StoryJson };
  const of = <T extends { readonly storyId: Id }>(items: readonly T[]): T[] =>
    items.filter((item) => item.storyId === id);
  const isMine = (item: { readonly accountId: Id }): boolean => item.accountId === as;
  expect(shown).toMatchObject({
    id: String(id),
    text: story.text,
    visibility: story.visibility,
    counts: {
      likes: of(model.likes).length,
      comments: of(model.comments).length,
      reshares: of(model.reshares).length,
    },
  });
  expect(shown.viewer).toEqual(
    as === null
      ? undefined
      : { liked: of(model.likes).some(isMine), reshared: of(model.reshares).some(isMine) },
  );
  const hidden = as === null ? [] : world.graph.hiddenFrom(as);
  const likes = (await pages("listLikes", as, id, { limit: 2 })) as { id: string }[];
  expect(likes.map((account) => BigInt(account.id))).toEqual(
    of(model.likes)
      .map((like) => like.accountId)
      .filter((accountId) => !hidden.includes(accountId))
      .reverse(),
  );
  const comments = await pages("listComments", as, id, { limit: 3 });
  expect(comments).toMatchObject(
    of(model.comments)
      .filter((comment) => !hidden.includes(comment.authorId))
      .map((comment) => ({
        id: String(comment.id),
        parentId: comment.parentId === null ? null : String(comment.parentId),
        text: comment.text,
      })),
  );
}

async function expectReadsToEqual(run: Run, as: Id | null, what: number): Promise<void> {
  const { model, people } = run;
  for (const id of model.stories.keys()) {
    await expectStoryToEqual(run, as, id);
  }
  const author = pick(people, what)!;
  const hidden = as !== null && world.graph.hiddenFrom(as).includes(author);
  const listed = await pages("listAccountStories", as, author, { limit: 2 });
  const own = [...model.stories.values()].filter((story) => story.authorId === author);
  expect(listed.map((item) => (hidden ? item : BigInt((item as StoryJson).id)))).toEqual(
    hidden
      ? [404]
      : own
          .filter((story) => model.sees(as, story))
          .map((story) => story.id)
          .sort((a, b) => compareIds(b, a)),
  );
  const counts = await world.stories.contract.storyCounts(contextOf(null), people);
  expect(counts).toEqual(
    people.map(
      (id) =>
        [...model.stories.values()].filter((s) => s.authorId === id && s.status === "live").length,
    ),
  );
  if (as !== null) {
    await expectOlderToEqual(run, as, (what % 4) + 1);
  }
}

async function expectOlderToEqual({ model }: Run, as: Id, limit: number): Promise<void> {
  const entries: FeedEntry[] = [];
  let below: Id | null = idMax;
  while (below !== null) {
    const page = await world.stories.contract.older(
      contextOf(as),
      model.requestOf(as, below, limit),
    );
    expect(page.entries.length).toBeLessThanOrEqual(limit);
    entries.push(...page.entries);
    below = page.scannedTo;
  }
  expect(entries).toEqual(model.older(model.requestOf(as, idMax, limit)));
}

/** All chunks from the newest down to where this run began, put together. */
async function expectWindowToEqual({ model, start }: Run, sizeMax: number): Promise<void> {
  let below = idMax;
  const byId = (a: { readonly id: Id }, b: { readonly id: Id }): number => compareIds(a.id, b.id);
  while (below > start) {
    let told: Id | null = null;
    const chunk = await world.stories.contract.windowChunk(
      contextOf(null),
      { below, sizeMax },
      (from) => (told = from),
    );
    if (chunk === null) {
      expect(told).toBeNull();
      return;
    }
    const { from } = chunk;
    expect(told).toBe(from);
    expect(chunk.stories.length + chunk.reshares.length).toBeLessThanOrEqual(sizeMax);
    if (from >= start) {
      const inRange = ({ id }: { readonly id: Id }): boolean => id >= from && id < below;
      const stories = [...model.stories.values()];
      const reshares = model.reshares.filter(inRange);
      const targets = stories.filter(
        (story) => !inRange(story) && reshares.some((reshare) => reshare.storyId === story.id),
      );
      expect(chunk.stories.toSorted(byId)).toEqual(
        stories.filter(inRange).map(model.state).sort(byId),
      );
      expect(chunk.reshares.toSorted(byId)).toEqual(reshares.toSorted(byId));
      expect(chunk.targets.toSorted(byId)).toEqual(targets.map(model.state).sort(byId));
      expect(chunk.targetReshares.toSorted(byId)).toEqual(
        model.reshares
          .filter((one) => !inRange(one) && targets.some((story) => story.id === one.storyId))
          .sort(byId),
      );
    }
    below = from;
  }
}

it("every read equals the model, whatever was done in whatever order", async () => {
  const seed = Date.now();
  console.info(`seed of the random commands: ${String(seed)}`);
  const property = fc.asyncProperty(
    fc.array(commandArbitrary, { minLength: 10, maxLength: commandsMax }),
    async (commands) => {
      await world.consume();
      const people = world.people.addMany(peopleCount);
      const run: Run = {
        people,
        model: createStoriesModel(world.graph),
        start: world.test.ids.mint(),
      };
      for (const [i, one] of commands.entries()) {
        await command(run, one);
        if (i % readEvery === readEvery - 1) {
          await expectReadsToEqual(run, pick([null, ...people], one.what)!, one.what);
        }
      }
      for (const [i, as] of [null, ...people].entries()) {
        await expectReadsToEqual(run, as, i);
      }
      await expectWindowToEqual(run, 1 + (commands.length % 6));
    },
  );
  await fc.assert(property, { seed, numRuns: runs, interruptAfterTimeLimit: 100_000 });
});
