import { existsSync } from "node:fs";
import { join } from "node:path";
import { env } from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { disturb } from "../support/disturbance.ts";
import { drawCommunity } from "../support/drawn-community.ts";
import { describeStanding, feedBySql, type Standing } from "../support/feed-by-sql.ts";
import { createGate } from "../support/gate.ts";
import {
  importCommunity,
  writeCommunity,
  type Community,
  type Member,
} from "../support/imported-community.ts";
import { enliven } from "../support/lively-community.ts";
import { metricOf, untilFilled } from "../support/metric.ts";
import type { TestNode } from "../support/node.ts";
import { randomFrom } from "../support/random.ts";
import { scrollPages, standingOf } from "../support/scroll.ts";
import { printedSeed } from "../support/seed.ts";

/**
 * Every feed, scrolled back to its end over HTTP, equals item by item what plain SQL says of the
 * record: on a community drawn by chance, and on a real one where its files are there.
 */

const seed = printedSeed("feed equals record");
const random = randomFrom(seed);

const realFolder =
  env["MARU_TEST_DATA"] ?? join(import.meta.dirname, "..", "..", "..", "shared", "data");
const realPaths = {
  friends: join(realFolder, "friends.txt"),
  stories: join(realFolder, "stories.jsonl"),
};
const scrollsAtOnce = 4;
/** Who has a token: the readers, and others who write. */
const membersMax = 60;
const smallestWindow = 64;
const someSmallWindow = smallestWindow + 1 + random.below(436);

const bringTimeoutMs = 300_000;

interface Source {
  readonly name: string;
  readonly isThere: boolean;
  /** The best connected person and others. */
  readonly readers: number;
  readonly smallWindows: readonly number[];
  /** Entries that are loaded at once, so that a window fills in some dozens of steps. */
  readonly chunkSize: number;
  /** Pages that the best connected reads between two steps, so that filling outlasts the scroll. */
  readonly pagesByStep: number;
  /** People who scroll while everything changes. */
  readonly disturbedReaders: number;
  bring(): Promise<Community>;
}

const sources: readonly Source[] = [
  {
    name: "a drawn community",
    isThere: true,
    readers: 12,
    smallWindows: [smallestWindow, someSmallWindow],
    chunkSize: 150,
    pagesByStep: 4,
    disturbedReaders: 3,
    async bring() {
      const { remove, ...paths } = await writeCommunity(drawCommunity(seed));
      try {
        return await importCommunity(paths, membersMax, liven);
      } finally {
        await remove();
      }
    },
  },
  {
    name: "a real community",
    isThere: Object.values(realPaths).every((path) => existsSync(path)),
    readers: 51,
    smallWindows: [someSmallWindow],
    chunkSize: 1_000,
    pagesByStep: 20,
    disturbedReaders: 2,
    bring: () => importCommunity(realPaths, membersMax, liven),
  },
];

const liven = (node: TestNode, members: readonly Member[]): Promise<void> =>
  enliven(node, members, random);

interface Expectation {
  readonly feed: Promise<readonly Standing[]>;
  readonly betweenPages?: () => void;
  /** No page but the last is short: nothing has to be looked for in the record. */
  readonly isFilled?: boolean;
}

async function expectFeed(
  node: TestNode,
  { token }: Member,
  { feed, betweenPages, isFilled = false }: Expectation,
): Promise<void> {
  const found: string[] = [];
  for await (const { items, limit, isLast } of scrollPages(node.url, token, random)) {
    found.push(...items.map((item) => describeStanding(standingOf(item))));
    if (isFilled && !isLast) {
      expect(items.length, "items of a page that is not the last").toBe(limit);
    }
    betweenPages?.();
  }
  expect(found).toEqual((await feed).map(describeStanding));
}

async function forEachOf<T>(list: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = list.values();
  const workOn = async (): Promise<void> => {
    for (const item of left) {
      await work(item);
    }
  };
  await Promise.all(Array.from({ length: scrollsAtOnce }, workOn));
}

for (const source of sources) {
  describe.skipIf(!source.isThere)(`the feeds of ${source.name}`, () => {
    let community: Community;
    let readers: readonly Member[];
    let node: TestNode | undefined;
    /** Of the record, as long as nobody changes it. */
    const feeds = new Map<Member, Promise<readonly Standing[]>>();

    /** One node after the other on the same data. */
    async function start(options: Parameters<Community["start"]>[0] = {}): Promise<TestNode> {
      await node?.stop();
      node = undefined;
      node = await community.start(options);
      return node;
    }

    function feedOf({ sql }: TestNode, reader: Member): Promise<readonly Standing[]> {
      const feed = feeds.get(reader) ?? feedBySql(sql, reader.id);
      feeds.set(reader, feed);
      return feed;
    }

    beforeAll(async () => {
      community = await source.bring();
      readers = community.people.slice(0, source.readers);
    }, bringTimeoutMs);
    afterAll(async () => {
      await node?.stop();
      await community.remove();
    });

    it("are those of every friendship and story that was imported", () => {
      expect(community.imported).toEqual(community.lines);
    });

    it("equal the record when the window holds everything, also after a restart", async () => {
      const first = await start();
      await untilFilled(first);
      await forEachOf(readers, (reader) =>
        expectFeed(first, reader, { feed: feedOf(first, reader), isFilled: true }),
      );
      node = await first.restart();
      await expectFeed(node, readers[0]!, { feed: feedOf(node, readers[0]!) });
    });

    it.each(source.smallWindows)(
      "equal the record when the window holds %i entries and pages cross its floor",
      async (windowStories) => {
        const small = await start({ windowStories });
        await untilFilled(small);
        await forEachOf(readers, (reader) =>
          expectFeed(small, reader, { feed: feedOf(small, reader) }),
        );
      },
    );

    it("equal the record while the window is being filled", async () => {
      const gate = createGate();
      const filling = await start({
        adjustments: { feed: { chunkSize: source.chunkSize }, pauseFilling: gate.pass },
      });
      try {
        const [best, ...others] = readers;
        let pages = 0;
        const betweenPages = (): void => {
          pages += 1;
          if (pages % source.pagesByStep === 0) {
            gate.step();
          }
        };
        await expectFeed(filling, best!, { feed: feedOf(filling, best!), betweenPages });
        expect(gate.passed()).toBeGreaterThan(1);
        expect(await metricOf(filling, "maru_feed_filled")).toBe(0);
        await forEachOf(others, async (reader) => {
          await expectFeed(filling, reader, { feed: feedOf(filling, reader) });
          gate.step();
        });
      } finally {
        gate.open();
      }
      await untilFilled(filling);
      await expectFeed(filling, readers[1]!, { feed: feedOf(filling, readers[1]!) });
    });

    it.each(["everything", ...source.smallWindows])(
      "keep what stands and lose what goes while all changes, when the window holds %s",
      async (windowStories) => {
        const changing = await start(
          typeof windowStories === "number" ? { windowStories } : undefined,
        );
        const disturbed = readers.slice(0, source.disturbedReaders);
        for (const reader of disturbed) {
          await disturb(changing, { reader, people: community.people, random });
        }
        await forEachOf(disturbed, (reader) =>
          expectFeed(changing, reader, { feed: feedBySql(changing.sql, reader.id) }),
        );
      },
    );
  });
}
