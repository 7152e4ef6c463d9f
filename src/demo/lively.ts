import type { Clock } from "../ports/clock.ts";
import type { Chance } from "./chance.ts";
import type { MemberApi } from "./member-api.ts";
import type { LivelyStory, Member, SampleComment } from "./members.ts";
import { createMemory, textRestMs } from "./phrases.ts";

/** What the members do by themselves: they publish, comment on each other, like and reshare. */
export interface Lively {
  /** Learns what was said of late, so that a restart repeats nothing. */
  recall(): Promise<void>;
  /** Somebody does something. */
  act(): Promise<void>;
}

/** The part of a story that the members look at. */
interface SeenStory {
  readonly id: string;
  readonly author: { readonly handle: string };
  readonly text: string;
  readonly visibility: string;
  readonly createdAt: string;
  readonly counts: { readonly likes: number; readonly reshares: number };
  readonly viewer: { readonly liked: boolean; readonly reshared: boolean };
}

interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/** Comments that a story is still to get, in their order. */
interface Thread {
  readonly storyId: string;
  readonly comments: readonly SampleComment[];
  /** Ids of those that are written. */
  readonly written: string[];
}

/** How often each is tried first; what is not possible makes room for the next. */
const publishShare = 0.3;
const commentShare = 0.32;
const reshareShare = 0.1;

const threadsMax = 30;
const pageSize = 30;
/** They look at the newest few. */
const likedAmong = 8;
const resharesMax = 3;
const likesToReshare = 2;
const reshareAgeMsMax = 2 * 24 * 3_600_000;
const storiesPageSize = 100;

export function createLively(deps: {
  readonly api: MemberApi;
  /** Without those whom a visitor may be. */
  readonly members: readonly Member[];
  readonly clock: Pick<Clock, "nowMs">;
  readonly chance: Chance;
  /** Of one member: the oldest go. */
  readonly storiesMax: number;
}): Lively {
  const { api, members, clock, chance, storiesMax } = deps;
  const memory = createMemory(chance);
  let threads: Thread[] = [];
  let lastAuthor = "";

  async function publish(): Promise<boolean> {
    for (const member of chance.shuffled(members)) {
      const chosen =
        member.handle === lastAuthor ? null : memory.choose(member.lively, clock.nowMs());
      if (chosen !== null) {
        memory.note(chosen.text, clock.nowMs());
        lastAuthor = member.handle;
        await publishAs(member, chosen.phrase, chosen.text);
        return true;
      }
    }
    return false;
  }

  async function publishAs(member: Member, phrase: LivelyStory, text: string): Promise<void> {
    const body = { text, lang: member.locale };
    const { story } = await api.post<{ readonly story: { readonly id: string } }>(
      member.handle,
      "/v1/stories",
      body,
    );
    if (phrase.comments.length > 0) {
      const thread = { storyId: story.id, comments: phrase.comments, written: [] };
      threads = [...threads, thread].slice(-threadsMax);
    }
    await prune(api, member.handle, storiesMax);
  }

  async function comment(): Promise<boolean> {
    const thread = chance.pick(threads);
    const next = thread?.comments[thread.written.length];
    if (thread === undefined || next === undefined) {
      return false;
    }
    // Taken out first: where its story is gone, the rest of the thread has no place either.
    threads = threads.filter((other) => other !== thread);
    const parentId = next.answers === undefined ? undefined : thread.written[next.answers];
    const body = { text: next.text, ...(parentId === undefined ? {} : { parentId }) };
    const path = `/v1/stories/${thread.storyId}/comments`;
    const made = await api.post<{ readonly comment: { readonly id: string } }>(next.by, path, body);
    thread.written.push(made.comment.id);
    if (thread.written.length < thread.comments.length) {
      threads.push(thread);
    }
    return true;
  }

  /** A story that somebody sees, and who that is. */
  async function find(
    likes: (story: SeenStory) => boolean,
  ): Promise<{ readonly handle: string; readonly story: SeenStory } | null> {
    const { handle = "" } = chance.pick(members) ?? {};
    const path = `/v1/feed?limit=${String(pageSize)}`;
    const { items } = await api.get<Page<{ readonly story: SeenStory }>>(handle, path);
    const found = items
      .map(({ story }) => story)
      .filter((story) => story.author.handle !== handle && likes(story))
      .slice(0, likedAmong);
    const story = chance.pick(found);
    return story === undefined ? null : { handle, story };
  }

  async function like(): Promise<boolean> {
    const found = await find(({ viewer }) => !viewer.liked);
    if (found !== null) {
      await api.put(found.handle, `/v1/stories/${found.story.id}/like`);
    }
    return found !== null;
  }

  async function reshare(): Promise<boolean> {
    const newestMs = clock.nowMs() - reshareAgeMsMax;
    const found = await find(
      ({ viewer, visibility, counts, createdAt }) =>
        !viewer.reshared &&
        visibility === "public" &&
        counts.likes >= likesToReshare &&
        counts.reshares < resharesMax &&
        Date.parse(createdAt) > newestMs,
    );
    if (found !== null) {
      await api.put(found.handle, `/v1/stories/${found.story.id}/reshare`);
    }
    return found !== null;
  }

  function inTurn(): readonly (() => Promise<boolean>)[] {
    const roll = chance.between(0, 1);
    if (roll < publishShare) {
      return [publish, comment, like];
    }
    if (roll < publishShare + commentShare) {
      return [comment, like, publish];
    }
    return roll < publishShare + commentShare + reshareShare ? [reshare, like] : [like, publish];
  }

  return {
    async recall() {
      const sinceMs = clock.nowMs() - textRestMs;
      for (const { handle } of members) {
        for (const story of await ownStories(api, handle)) {
          const atMs = Date.parse(story.createdAt);
          if (atMs > sinceMs) {
            memory.note(story.text, atMs);
          }
        }
      }
    },
    async act() {
      for (const attempt of inTurn()) {
        if (await attempt()) {
          return;
        }
      }
    },
  };
}

async function ownStories(api: MemberApi, handle: string): Promise<readonly SeenStory[]> {
  const id = await ownId(api, handle);
  const path = `/v1/accounts/${id}/stories?limit=${String(storiesPageSize)}`;
  return (await api.get<Page<SeenStory>>(handle, path)).items;
}

interface OwnAccount {
  readonly account: { readonly id: string; readonly counts: { readonly stories: number } };
}

async function ownId(api: MemberApi, handle: string): Promise<string> {
  return (await api.get<OwnAccount>(handle, "/v1/accounts/me")).account.id;
}

/** Deletes a member's oldest stories where there are too many. */
async function prune(api: MemberApi, handle: string, storiesMax: number): Promise<void> {
  const { account } = await api.get<OwnAccount>(handle, "/v1/accounts/me");
  if (account.counts.stories <= storiesMax) {
    return;
  }
  const path = `/v1/accounts/${account.id}/stories?limit=${String(storiesPageSize)}`;
  let passed = 0;
  for (let cursor: string | null = ""; cursor !== null;) {
    const page: Page<SeenStory> = await api.get(
      handle,
      cursor === "" ? path : `${path}&cursor=${encodeURIComponent(cursor)}`,
    );
    const tooMany = page.items.slice(Math.max(0, storiesMax - passed));
    for (const { id } of tooMany) {
      await api.delete(handle, `/v1/stories/${id}`);
    }
    passed += page.items.length;
    cursor = page.nextCursor;
  }
}
