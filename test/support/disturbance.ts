import { expect } from "vitest";
import { send, type Call } from "./client.ts";
import { feedBySql, type Standing } from "./feed-by-sql.ts";
import type { Member } from "./imported-community.ts";
import type { TestNode } from "./node.ts";
import type { Random } from "./random.ts";
import { scrollPages, standingOf } from "./scroll.ts";

const writersAtOnce = 3;
const changes = ["delete", "edit", "narrow", "hide", "reshare", "unreshare", "publish"] as const;

interface Writers {
  /** Stories whose disappearance was answered. */
  readonly gone: ReadonlySet<string>;
  readonly written: () => number;
  end(): Promise<void>;
}

/** People who change what stands in the reader's feed, each item at most once, until they are stopped. */
function startWriters(
  node: TestNode,
  before: readonly Standing[],
  { reader, people, random }: Scene,
): Writers {
  const gone = new Set<string>();
  const tokens = new Map(people.map(({ id, token }) => [id, token]));
  const left = [...before];
  let written = 0;
  let ended = false;

  async function call(how: Omit<Call, "token">, token: string): Promise<number> {
    const { status } = await send(node.url, { ...how, token });
    // Some of what is drawn was never allowed, such as resharing a story for friends.
    expect([200, 201, 204, 403, 404]).toContain(status);
    written += status < 300 ? 1 : 0;
    return status;
  }

  async function change(): Promise<void> {
    const [item] = left.splice(random.below(left.length), 1);
    const someone = random.pick(people);
    const kind = random.pick(changes);
    if (item === undefined || kind === "publish") {
      const visibility = random.pick(["public", "friends"] as const);
      const body = { text: "Published meanwhile.", visibility };
      await call({ method: "POST", path: "/v1/stories", body }, someone.token);
      return;
    }
    const path = `/v1/stories/${item.storyId}`;
    const [row] = await node.sql<{ author_id: bigint }[]>`
      SELECT author_id FROM stories.stories WHERE id = ${item.storyId}`;
    const authorToken = tokens.get(row?.author_id ?? 0n);
    const resharerToken = tokens.get(item.by[0] ?? 0n);
    if (kind === "reshare") {
      await call({ method: "PUT", path: `${path}/reshare` }, someone.token);
    } else if (kind === "unreshare" && resharerToken !== undefined) {
      await call({ method: "DELETE", path: `${path}/reshare` }, resharerToken);
    } else if (authorToken !== undefined && kind === "edit") {
      await call({ method: "PATCH", path, body: { text: "Edited meanwhile." } }, authorToken);
    } else if (authorToken !== undefined && kind === "narrow") {
      await call({ method: "PATCH", path, body: { visibility: "friends" } }, authorToken);
    } else if (authorToken !== undefined && kind === "hide") {
      const hide = { method: "PATCH", path, body: { visibility: "self" } } as const;
      const status = await call(hide, authorToken);
      if (status === 200 && row?.author_id !== reader.id) {
        gone.add(String(item.storyId));
      }
    } else if (authorToken !== undefined && kind === "delete") {
      if ((await call({ method: "DELETE", path }, authorToken)) === 204) {
        gone.add(String(item.storyId));
      }
    }
  }

  const running = Array.from({ length: writersAtOnce }, async () => {
    while (!ended) {
      await change();
    }
  });
  return {
    gone,
    written: () => written,
    async end() {
      ended = true;
      await Promise.all(running);
    },
  };
}

interface Scene {
  readonly reader: Member;
  readonly people: readonly Member[];
  readonly random: Random;
}

/**
 * Scrolls to the end while others publish, delete, edit, reshare and unreshare, and expects of the
 * scroll: what stood all the time is there once and in its place; nothing is there twice; nothing
 * is there that was gone when its page was asked for; and what is there either stood at the
 * beginning or came since.
 */
export async function disturb(node: TestNode, scene: Scene): Promise<void> {
  const { reader, random } = scene;
  const before = await feedBySql(node.sql, reader.id);
  const [newest] = await node.sql<{ id: bigint }[]>`
    SELECT greatest((SELECT max(id) FROM stories.stories), (SELECT max(id) FROM stories.reshares)) AS id`;
  const writers = startWriters(node, before, scene);
  const seen: Standing[] = [];
  let goneBefore = new Set<string>();
  try {
    for await (const { items } of scrollPages(node.url, reader.token, random)) {
      for (const item of items) {
        expect(goneBefore, "stories that were gone").not.toContain(item.story.id);
      }
      seen.push(...items.map(standingOf));
      goneBefore = new Set(writers.gone);
    }
  } finally {
    await writers.end();
  }
  expect(writers.written()).toBeGreaterThan(0);

  const ids = seen.map((item) => item.id);
  expect(ids).toEqual([...new Set(ids)].sort((a, b) => (a < b ? 1 : -1)));
  const storyIds = seen.map((item) => item.storyId);
  expect(new Set(storyIds).size, "stories that stand once").toBe(storyIds.length);

  const place = ({ id, storyId, reason }: Standing): string => `${id} shows ${storyId}: ${reason}`;
  const placesBefore = new Set(before.map(place));
  const after = await feedBySql(node.sql, reader.id);
  const stood = after.map(place).filter((one) => placesBefore.has(one));
  const placesSeen = new Set(seen.map(place));
  expect(stood.filter((one) => !placesSeen.has(one))).toEqual([]);
  const storiesBefore = new Set(before.map((item) => item.storyId));
  // Where the first reshare is undone, the story moves to the next one.
  const isFromBefore = (item: Standing): boolean =>
    placesBefore.has(place(item)) || (item.reason === "reshare" && storiesBefore.has(item.storyId));
  const isNew = ({ id }: Standing): boolean => id > (newest?.id ?? 0n);
  expect(seen.filter((item) => !isFromBefore(item) && !isNew(item))).toEqual([]);
}
