import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Id } from "../../kernel/id.ts";
import { createStoriesModel } from "../../../test/support/stories-model.ts";
import {
  expectReadsToEqual,
  expectWindowToEqual,
  pick,
  type StoriesRun,
} from "../../../test/support/stories-reads.ts";
import { openStoriesWorld, type StoriesWorld } from "../../../test/support/stories-world.ts";
import type { Visibility } from "./contract.ts";
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

async function command(run: StoriesRun, { kind, who, what }: Command): Promise<void> {
  const { people, model } = run;
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
      await expectReadsToEqual(run, as, what);
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
      const run: StoriesRun = {
        world,
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
