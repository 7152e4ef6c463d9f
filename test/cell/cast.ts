import { setTimeout as pause } from "node:timers/promises";
import type { Random } from "../support/random.ts";
import type { Client, How } from "./clients.ts";
import type { RelationKind, SeenItem, Visibility } from "./history.ts";

/** What people do all day, each for themselves and one thing after the other. */
export interface Cast {
  /** Everybody acts until `stop`; resolves when the last one has its answer. */
  run(): Promise<void>;
  stop(): void;
}

export interface CastOptions {
  /** Who change how they stand to each other. */
  readonly movable: readonly Client[];
  /** Whose relations stay as they are; they do everything else. */
  readonly steady: readonly Client[];
  /** One for each of them. */
  readonly randomOf: (n: number) => Random;
  /** Between two deeds of one person, at most. */
  readonly pauseMsMax: number;
}

const pages: readonly { readonly pagesMax: number; readonly limit: number }[] = [
  { pagesMax: 1, limit: 20 },
  { pagesMax: 1, limit: 100 },
  { pagesMax: 3, limit: 10 },
  { pagesMax: 6, limit: 20 },
];
const withPosition: How = { sendsPosition: true };
const withoutPosition: How = { sendsPosition: false };
const glance = { pagesMax: 1, limit: 30 };
/** An author goes on working on so many of the latest stories. */
const rememberedMax = 30;
const witnessesMax = 3;

export function createCast({ movable, steady, randomOf, pauseMsMax }: CastOptions): Cast {
  const everybody = [...movable, ...steady];
  let isOver = false;

  function createActor(self: Client, random: Random): () => Promise<void> {
    const stories: string[] = [];
    const comments: { id: string; storyId: string }[] = [];
    let seen: readonly SeenItem[] = [];
    const canMove = movable.includes(self);

    const other = (): Client => {
      const others = movable.filter((one) => one !== self);
      return random.pick(others);
    };
    const witnesses = (): Client[] =>
      Array.from({ length: 1 + random.below(witnessesMax) }, () => random.pick(everybody));
    const visibility = (): Visibility => random.pick(["public", "friends", "friends", "self"]);

    function remember<T>(list: T[], one: T): void {
      list.push(one);
      if (list.length > rememberedMax) list.shift();
    }

    async function publish(): Promise<void> {
      const { outcome, id } = await self.publish(random.pick(["public", "friends", "public"]));
      if (outcome === "done" && id !== null) remember(stories, id);
    }

    async function repeat(): Promise<void> {
      const write = await self.publish("public");
      if (write.outcome === "done") await self.repeat(write);
    }

    async function scroll(): Promise<void> {
      const how = random.below(3) === 0 ? withoutPosition : withPosition;
      seen = await self.scroll({ ...random.pick(pages), ...how });
    }

    async function look(): Promise<void> {
      if (seen.length === 0) return;
      const { storyId } = random.pick(seen);
      await self.look(storyId, random.pick(["story", "comments"]));
    }

    async function comment(): Promise<void> {
      if (seen.length === 0) return;
      const { storyId } = random.pick(seen);
      const { outcome, id } = await self.comment(storyId);
      if (outcome === "done" && id !== null) remember(comments, { id, storyId });
    }

    async function react(): Promise<void> {
      if (seen.length === 0) return;
      const kind = random.pick(["like", "like", "unlike", "reshare", "unreshare"] as const);
      await self.react(kind, random.pick(seen).storyId);
    }

    /** What has just been hidden is looked for at once, by those from whom it was hidden. */
    async function search(storyIds: readonly string[], viewers: readonly Client[]): Promise<void> {
      await Promise.all(
        viewers.map(async (viewer) => {
          await viewer.scroll({ ...glance, ...withoutPosition });
          for (const id of storyIds) {
            await viewer.look(id, "story", withoutPosition);
            await viewer.look(id, "comments", withoutPosition);
          }
        }),
      );
    }

    async function deleteStory(): Promise<void> {
      const id = stories.pop();
      if (id === undefined) return;
      await self.deleteStory(id);
      await search([id], witnesses());
    }

    async function deleteComment(): Promise<void> {
      const found = comments.pop();
      if (found === undefined) return;
      await self.deleteComment(found.id);
      await search([found.storyId], witnesses());
    }

    async function showTo(): Promise<void> {
      if (stories.length === 0) return;
      const id = random.pick(stories);
      await self.showTo(id, visibility());
      await search([id], witnesses());
    }

    const newestOf = (items: readonly SeenItem[], author: Client): string[] =>
      items
        .filter(({ authorId }) => authorId === author.id)
        .slice(0, 1)
        .map(({ storyId }) => storyId);

    /** Does it, looks at what it did from both sides, and undoes it as often as not. */
    async function part(kind: RelationKind, back: RelationKind): Promise<void> {
      const them = other();
      const mine = newestOf(await them.scroll({ ...glance, ...withPosition }), self);
      const theirs = newestOf(await self.scroll({ ...glance, ...withPosition }), them);
      await self.relate(kind, them.id);
      const both = kind === "block" || kind === "unfriend";
      await search([...mine, ...theirs], both ? [self, them] : [self]);
      if (random.below(4) === 0) return;
      await self.relate(back, them.id);
      if (both) await befriend(them);
    }

    async function befriend(them: Client): Promise<void> {
      const [first, second] = random.below(2) === 0 ? [self, them] : [them, self];
      await first.relate("befriend", second.id);
      if (random.below(4) > 0) await second.relate("befriend", first.id);
    }

    /** A block that was left, or a mute, must end some day, or people would lose sight of each other. */
    async function makeUp(): Promise<void> {
      const them = other();
      await self.relate(random.pick(["unblock", "unmute", "follow"]), them.id);
      await befriend(them);
    }

    const deeds: readonly (readonly [weight: number, deed: () => Promise<void>])[] = [
      [24, publish],
      [24, scroll],
      [8, look],
      [10, comment],
      [12, react],
      [1, repeat],
      [3, deleteStory],
      [2, deleteComment],
      [3, showTo],
      [1, self.comeAndGo],
      ...(canMove
        ? ([
            [2, () => part("unfriend", "befriend")],
            [2, () => part("block", "unblock")],
            [2, () => part("mute", "unmute")],
            [2, () => part("unfollow", "follow")],
            [4, makeUp],
          ] as const)
        : []),
    ];
    const hat = deeds.flatMap(([weight, deed]) => Array.from({ length: weight }, () => deed));
    return () => random.pick(hat)();
  }

  async function act(self: Client, random: Random): Promise<void> {
    const actor = createActor(self, random);
    while (!isOver) {
      await actor();
      await pause(random.below(pauseMsMax));
    }
  }

  return {
    stop() {
      isOver = true;
    },
    async run() {
      await Promise.all(everybody.map((self, n) => act(self, randomOf(n))));
    },
  };
}

/** Everybody gets some friends, and follows one or two more. */
export async function acquaint(everybody: readonly Client[], friendsEach: number): Promise<void> {
  const size = everybody.length;
  await Promise.all(
    everybody.map(async (self, n) => {
      for (let step = 1; step <= friendsEach / 2; step += 1) {
        const friend = everybody[(n + step) % size]!;
        await self.relate("befriend", friend.id);
        await friend.relate("befriend", self.id);
      }
      const followed = everybody[(n + Math.floor(size / 2)) % size]!;
      if (followed !== self) await self.relate("follow", followed.id);
    }),
  );
}
