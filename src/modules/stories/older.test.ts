import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { composeId, idMax, type Id } from "../../kernel/id.ts";
import { createStoriesModel, type StoriesModel } from "../../../test/support/stories-model.ts";
import { contextOf } from "../../../test/support/ask-module.ts";
import { openStoriesWorld, type StoriesWorld } from "../../../test/support/stories-world.ts";
import type { FeedEntry, Visibility } from "./contract.ts";
import { createOlder, olderLimitsDefault, type OlderLimits } from "./older.ts";
import { insertReshare } from "./store-reactions.ts";
import { insertStories } from "./store-stories.ts";
import { parseDraft } from "./draft.ts";

/** The feed below the floor against plain lists, over a year, whichever way its rows are found. */

const peopleCount = 120;
const storyCount = 1500;
const reshareCount = 900;
const monthCount = 12;

let world: StoriesWorld;
let model: StoriesModel;
let people: readonly Id[];

beforeAll(async () => {
  world = await openStoriesWorld();
  model = createStoriesModel(world.graph);
  people = world.people.addMany(peopleCount);
  const seed = Date.now();
  console.info(`seed of the year: ${String(seed)}`);
  await fillYear(seed);
});
afterAll(() => world.close());

/** Whole numbers below a bound, the same for the same seed (mulberry32). */
function numbersFrom(seed: number): (bound: number) => number {
  let state = seed | 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
}

async function fillYear(seed: number): Promise<void> {
  const below = numbersFrom(seed);
  const startMs = Date.UTC(2025, 0, 1);
  const stepMs = (monthCount * 30 * 24 * 3600 * 1000) / storyCount;
  const idAt = (i: number, lane: number): Id =>
    composeId({ timeMs: startMs + Math.floor(i * stepMs), region: 0, lane, sequence: i % 4096 });
  await world.test.partitions.ensureFor(
    Array.from({ length: monthCount + 1 }, (_, i) => Date.UTC(2025, i, 2)),
  );
  const visibilities: readonly Visibility[] = ["public", "public", "friends", "self"];
  const rows = Array.from({ length: storyCount }, (_, i) => {
    // Some write a lot, most a little.
    const authorId = people[Math.min(below(peopleCount), below(peopleCount))]!;
    const visibility = visibilities[below(4)]!;
    const id = idAt(i, 1);
    const isGone = below(10) === 0;
    model.stories.set(id, {
      id,
      authorId,
      visibility,
      status: isGone ? "deleted" : "live",
      deletion: isGone ? "final" : "none",
      version: 1,
      text: "x",
    });
    return { id, authorId, visibility };
  });
  const reshares = Array.from({ length: reshareCount }, (_, n) => {
    // Some stories are reshared by many.
    const at = n % 3 === 0 ? below(storyCount - 1) : below(storyCount / 30) * 29;
    const later = at + 1 + below(Math.min(300, storyCount - at - 1));
    const { id: storyId, authorId } = rows[at]!;
    const accountId = people[below(peopleCount)]!;
    return { id: idAt(later, 2 + (n % 100)), accountId, storyId, authorId };
  });
  await world.test.record.write(contextOf(null), async (tx) => {
    const draft = parseDraft({ text: "x" });
    const rest = { status: "live", version: 1, editedAt: null, media: [] } as const;
    await insertStories(
      tx.sql,
      rows.map((row) => ({ ...draft, ...row, ...rest })),
    );
    // No id is ever given twice.
    const byId = new Map(reshares.map((reshare) => [reshare.id, reshare]));
    for (const reshare of byId.values()) {
      if (await insertReshare(tx.sql, reshare)) {
        model.reshares.push(reshare);
      }
    }
    const deleted = [...model.stories.values()].filter((story) => story.status === "deleted");
    for (const { id } of deleted) {
      await tx.sql`UPDATE stories.stories SET status = 'deleted' WHERE id = ${id}`;
    }
  });
  for (let i = 0; i < peopleCount * 8; i += 1) {
    const [a, b] = [people[below(peopleCount)]!, people[below(peopleCount)]!];
    if (a === b) continue;
    if (i % 2 === 0) world.graph.befriend(a, b);
    else world.graph.follow(a, b);
  }
  for (let i = 0; i < 40; i += 1) {
    const [a, b] = [people[below(peopleCount)]!, people[below(peopleCount)]!];
    if (a !== b) world.graph.block(a, b);
  }
}

async function scrollThrough(
  limits: Partial<OlderLimits>,
  viewerId: Id,
  { limit, start }: { readonly limit: number; readonly start: Id },
): Promise<{ readonly entries: FeedEntry[]; readonly pages: number }> {
  const { record } = world.test;
  const { older } = createOlder({ record, limits: { ...olderLimitsDefault, ...limits } });
  const entries: FeedEntry[] = [];
  let below: Id | null = start;
  let pages = 0;
  while (below !== null) {
    const page = await older(contextOf(viewerId), model.requestOf(viewerId, below, limit));
    expect(page.entries.length).toBeLessThanOrEqual(limit);
    // A page that is not full has come to the end, or to the bound of its work.
    expect(page.scannedTo === null || page.scannedTo < below).toBe(true);
    entries.push(...page.entries);
    below = page.scannedTo;
    pages += 1;
  }
  return { entries, pages };
}

const ways: readonly (readonly [string, Partial<OlderLimits>])[] = [
  ["by probes", { probePeopleMax: 10_000 }],
  ["by scans", { probePeopleMax: 0, probeCostRows: 1e9 }],
  ["by scans of a few rows", { probePeopleMax: 0, probeCostRows: 1e9, firstScanRows: 7 }],
  ["by a scan and then probes", { probePeopleMax: 0, probeCostRows: 0, firstScanRows: 50 }],
  ["as it costs least", { probePeopleMax: 4 }],
];

describe("the feed below the floor", () => {
  it.each(ways)("found %s is what plain lists say", async (_name, limits) => {
    for (const viewerId of people.slice(0, 5)) {
      for (const limit of [1, 7, 100]) {
        if (limit === 1 && viewerId !== people[0]) continue;
        const expected = model.older(model.requestOf(viewerId, idMax, limit));
        const { entries } = await scrollThrough(limits, viewerId, { limit, start: idMax });
        expect(entries).toEqual(expected);
      }
    }
  });

  it("has reshares by several people among its items", () => {
    const all = people.flatMap((id) => model.older(model.requestOf(id, idMax, 1)));
    expect(all.some((entry) => entry.resharedByCount > 1)).toBe(true);
    expect(all.filter((entry) => entry.resharedByCount > 0).length).toBeGreaterThan(100);
  });

  it.each([1, 10, peopleCount, 1_000_000])(
    "is the same however many people there are thought to be (%i)",
    async (peopleKnown) => {
      const viewerId = people[2]!;
      const { older } = createOlder({
        record: world.test.record,
        limits: { ...olderLimitsDefault, probePeopleMax: 0 },
      });
      const request = { ...model.requestOf(viewerId, idMax, 100), peopleKnown };
      const page = await older(contextOf(viewerId), request);
      expect(page.entries).toEqual(model.older(request).slice(0, 100));
    },
  );

  it("begins below any id", async () => {
    const viewerId = people[0]!;
    const ids = [...model.stories.keys()];
    for (const start of [ids[0]!, ids[1]!, ids[700]!, ids[700]! + 1n, ids[1499]!]) {
      const { entries } = await scrollThrough({}, viewerId, { limit: 20, start });
      expect(entries).toEqual(model.older(model.requestOf(viewerId, start, 20)));
    }
  });

  it.each(ways)(
    "found %s with little work a page goes on where it stopped",
    async (_name, limits) => {
      const viewerId = people[1]!;
      const bounded = { ...limits, workMax: 100, stepWorkMax: 60 };
      const { entries, pages } = await scrollThrough(bounded, viewerId, {
        limit: 20,
        start: idMax,
      });
      expect(entries).toEqual(model.older(model.requestOf(viewerId, idMax, 20)));
      expect(pages).toBeGreaterThan(entries.length / 20);
    },
  );

  it("is empty for someone who sees nobody and wrote nothing", async () => {
    const loner = world.people.add();
    const { entries } = await scrollThrough({}, loner, { limit: 20, start: idMax });
    expect(entries).toEqual([]);
  });
});
