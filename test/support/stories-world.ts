import { present } from "../../src/kernel/assert.ts";
import type { Id } from "../../src/kernel/id.ts";
import type { Graph, Relation } from "../../src/modules/graph/contract.ts";
import type { Static } from "typebox";
import type { Stories, storySchema } from "../../src/modules/stories/contract.ts";
import { createStories, type StoriesLimits } from "../../src/modules/stories/module.ts";
import { storiesSchema } from "../../src/modules/stories/schema.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { Module } from "../../src/ports/module.ts";
import type { Links, Preview } from "../../src/modules/links/contract.ts";
import { accountDeleted, createAccountsStub, type AccountsStub } from "./accounts-stub.ts";
import { askModule, contextOf, type Asked, type Question } from "./ask-module.ts";
import { createMediaStub, type MediaStub } from "./media-stub.ts";
import { openTestRecord, type TestRecord } from "./record.ts";

/** Who stands how to whom, in memory, for the tests of modules that ask the graph module. */
export interface GraphStub extends Graph {
  befriend(a: Id, b: Id): void;
  unfriend(a: Id, b: Id): void;
  follow(from: Id, to: Id): void;
  unfollow(from: Id, to: Id): void;
  block(from: Id, to: Id): void;
  friendsOf(id: Id): readonly Id[];
  followedBy(id: Id): readonly Id[];
  hiddenFrom(id: Id): readonly Id[];
}

export function createGraphStub(): GraphStub {
  const friends = new Set<string>();
  const follows = new Set<string>();
  const blocks = new Set<string>();
  const key = (a: Id, b: Id): string => `${String(a)} ${String(b)}`;
  const second = (pairs: ReadonlySet<string>, id: Id): Id[] =>
    [...pairs].flatMap((pair) => {
      const [a = "", b = ""] = pair.split(" ");
      return a === String(id) ? [BigInt(b)] : [];
    });

  function relation(viewerId: Id, otherId: Id): Relation {
    return {
      otherId,
      friend: friends.has(key(viewerId, otherId)) ? "friends" : "none",
      following: follows.has(key(viewerId, otherId)),
      followedBy: follows.has(key(otherId, viewerId)),
      muted: false,
      blocked: blocks.has(key(viewerId, otherId)),
      blockedBy: blocks.has(key(otherId, viewerId)),
    };
  }

  const outOfScope = (): never => {
    throw new Error("the stub knows relations alone");
  };

  return {
    befriend: (a, b) => void friends.add(key(a, b)).add(key(b, a)),
    unfriend(a, b) {
      friends.delete(key(a, b));
      friends.delete(key(b, a));
    },
    follow: (from, to) => void follows.add(key(from, to)),
    unfollow: (from, to) => void follows.delete(key(from, to)),
    block(from, to) {
      for (const pair of [key(from, to), key(to, from)]) {
        friends.delete(pair);
        follows.delete(pair);
      }
      blocks.add(key(from, to));
    },
    friendsOf: (id) => second(friends, id),
    followedBy: (id) => second(follows, id),
    hiddenFrom: (id) => [
      ...second(blocks, id),
      ...[...blocks].flatMap((pair) => {
        const [a = "", b = ""] = pair.split(" ");
        return b === String(id) ? [BigInt(a)] : [];
      }),
    ],
    relations: async (_context, viewerId, otherIds) =>
      otherIds.map((otherId) => relation(viewerId, otherId)),
    relationsAmong: async (_context, pairs) =>
      pairs.map(([viewerId, otherId]) => relation(viewerId, otherId)),
    audience: outOfScope,
    audiences: outOfScope,
    counts: outOfScope,
    importFriendships: outOfScope,
  };
}

/** A story as the API shows it. */
export type StoryJson = Static<typeof storySchema>;

/** The stories module on a real record, asked as the HTTP host asks it. */
export interface StoriesWorld {
  readonly test: TestRecord;
  readonly people: AccountsStub;
  readonly graph: GraphStub;
  readonly media: MediaStub;
  /** What is known of addresses. */
  readonly previews: Map<string, Preview>;
  readonly stories: Module<Stories>;
  ask(operationId: string, question: Question): Promise<Asked>;
  /** Publishes and gives the story's id. */
  publish(as: Id, body?: object): Promise<Id>;
  /** Runs the job that folds changes of counts. */
  fold(): Promise<void>;
  /** Lets time pass for the module, whose clock it is. */
  pass(ms: number): void;
  /** Runs the job that makes deletions final. */
  endDeletions(): Promise<void>;
  /** Hands every event that was not yet consumed to the module's consumers, and theirs in turn. */
  consume(): Promise<void>;
  /** The account is gone, and what it made is erased once `consume` is done. */
  deleteAccount(id: Id): void;
  close(): Promise<void>;
}

export async function openStoriesWorld(limits: Partial<StoriesLimits> = {}): Promise<StoriesWorld> {
  const test = await openTestRecord([storiesSchema]);
  const people = createAccountsStub();
  const graph = createGraphStub();
  const media = createMediaStub();
  const previews = new Map<string, Preview>();
  const links: Pick<Links, "previews"> = {
    previews: async (_context, urls) => urls.map((url) => previews.get(url) ?? null),
  };
  let passedMs = 0;
  const clock: Clock = { ...test.clock, nowMs: () => test.clock.nowMs() + passedMs };
  const stories = createStories({ ...test, clock, accounts: people, graph, media, links, limits });
  test.views.push(...stories.views);
  let consumed = 0;

  const ask = (operationId: string, question: Question): Promise<Asked> =>
    askModule(test, stories, { operationId, ...question });

  const run = async (name: string): Promise<void> =>
    present(
      stories.jobs.find((job) => job.name === name),
      name,
    ).run();

  return {
    test,
    people,
    graph,
    media,
    previews,
    stories,
    ask,
    async publish(as, body = {}) {
      const asked = await ask("publishStory", { as, body: { text: "A story.", ...body } });
      if (asked.status !== 201) {
        throw new Error(`not published: ${String(asked.status)} ${JSON.stringify(asked.body)}`);
      }
      return BigInt((asked.body as { story: { id: string } }).story.id);
    },
    fold: () => run("stories.fold-counts"),
    pass(ms) {
      passedMs += ms;
    },
    endDeletions: () => run("stories.end-deletions"),
    async consume() {
      for (; consumed < test.events.length; consumed += 1) {
        const event = test.events[consumed];
        for (const consumer of stories.consumers) {
          if (event !== undefined && consumer.types.includes(event.type)) {
            const context = contextOf(null);
            await test.record.write(context, (tx) => consumer.handle(context, event, tx));
          }
        }
      }
    },
    deleteAccount(id) {
      people.remove(id);
      test.events.push(accountDeleted(id));
    },
    close: () => test.close(),
  };
}
