import { expect } from "vitest";
import { compareIds, idMax, type Id } from "../../src/kernel/id.ts";
import { pageSizeDefault } from "../../src/kernel/page.ts";
import type { FeedEntry } from "../../src/modules/stories/contract.ts";
import { unpackReshares, unpackStories } from "./packed-chunk.ts";
import type { StoriesModel } from "./stories-model.ts";
import { contextOf, type Question } from "./ask-module.ts";
import type { StoriesWorld, StoryJson } from "./stories-world.ts";

/** Everything that can be read of stories, compared with the model. */

export interface StoriesRun {
  readonly world: StoriesWorld;
  readonly people: readonly Id[];
  readonly model: StoriesModel;
  /** An id from which on everything is this run's. */
  readonly start: Id;
}

export function pick<T>(items: readonly T[], n: number): T | undefined {
  return items[n % Math.max(1, items.length)];
}

async function pages(
  world: StoriesWorld,
  operation: string,
  { as, id, query = {} }: Question & { readonly query?: { readonly limit?: number } },
): Promise<unknown[]> {
  const { limit = pageSizeDefault } = query;
  const items: unknown[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const asked = await world.ask(operation, {
      as,
      ...(id !== undefined && { id }),
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
async function expectStoryToEqual(
  { world, model }: StoriesRun,
  as: Id | null,
  id: Id,
): Promise<void> {
  const story = model.stories.get(id)!;
  const asked = await world.ask("getStory", { as, id });
  if (!model.sees(as, story)) {
    expect(asked.status).toBe(404);
    expect(await pages(world, "listLikes", { as, id })).toEqual([404]);
    expect(await pages(world, "listComments", { as, id })).toEqual([404]);
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
  const likes = (await pages(world, "listLikes", { as, id, query: { limit: 2 } })) as {
    id: string;
  }[];
  expect(likes.map((account) => BigInt(account.id))).toEqual(
    of(model.likes)
      .map((like) => like.accountId)
      .filter((accountId) => !hidden.includes(accountId))
      .reverse(),
  );
  const comments = await pages(world, "listComments", { as, id, query: { limit: 3 } });
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

/** `what` chooses whose list is read, and in pages of which size. */
export async function expectReadsToEqual(
  run: StoriesRun,
  as: Id | null,
  what: number,
): Promise<void> {
  const { world, model, people } = run;
  for (const id of model.stories.keys()) {
    await expectStoryToEqual(run, as, id);
  }
  const author = pick(people, what)!;
  const hidden = as !== null && world.graph.hiddenFrom(as).includes(author);
  const listed = await pages(world, "listAccountStories", { as, id: author, query: { limit: 2 } });
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
    await expectOwnCommentsToEqual(run, as, (what % 3) + 1);
  }
}

async function expectOwnCommentsToEqual(
  { world, model }: StoriesRun,
  as: Id,
  limit: number,
): Promise<void> {
  const listed = await pages(world, "listOwnComments", { as, query: { limit } });
  expect(listed).toMatchObject(
    model.comments
      .filter(({ authorId, storyId }) => {
        return authorId === as && model.stories.get(storyId)?.status === "live";
      })
      .map(({ id, storyId, text }) => ({ id: String(id), storyId: String(storyId), text }))
      .reverse(),
  );
}

async function expectOlderToEqual(
  { world, model }: StoriesRun,
  as: Id,
  limit: number,
): Promise<void> {
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
export async function expectWindowToEqual(
  { world, model, start }: StoriesRun,
  sizeMax: number,
): Promise<void> {
  let below = idMax;
  const byId = (a: { readonly id: Id }, b: { readonly id: Id }): number => compareIds(a.id, b.id);
  while (below > start) {
    const from = await world.stories.contract.windowStart(contextOf(null), { below, sizeMax });
    if (from === null) {
      return;
    }
    const chunk = await world.stories.contract.windowChunk(contextOf(null), { from, below });
    expect(chunk.stories.count + chunk.reshares.count).toBeLessThanOrEqual(sizeMax);
    if (from >= start) {
      const inRange = ({ id }: { readonly id: Id }): boolean => id >= from && id < below;
      const stories = [...model.stories.values()];
      const reshares = model.reshares.filter(inRange);
      const targets = stories.filter(
        (story) => !inRange(story) && reshares.some((reshare) => reshare.storyId === story.id),
      );
      expect(unpackStories(chunk.stories).toReversed()).toEqual(
        stories.filter(inRange).map(model.state).sort(byId),
      );
      expect(unpackReshares(chunk.reshares).toReversed()).toEqual(reshares.toSorted(byId));
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
