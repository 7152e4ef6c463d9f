import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { openLinksWorld, page, type LinksWorld } from "../../../test/support/links-world.ts";
import { startTestPostgres, type TestPostgres } from "../../../test/support/postgres.ts";
import { composeId, type Id } from "../../kernel/id.ts";
import { linkKeyOf } from "./link-key.ts";
import { createRetry } from "./sweep.ts";

const one = "https://one.example/";
const two = "https://two.example/";

let postgres: TestPostgres;
let world: LinksWorld;

beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());
beforeEach(async () => {
  world = await openLinksWorld(postgres);
  world.answers = (asked) => page(`<title>${asked}</title>`, asked);
});
afterEach(() => world.close());

async function uses(): Promise<Record<string, number>> {
  const rows = await world.test.sql<{ url: string; uses: bigint; counted: bigint }[]>`
    SELECT url, uses, (SELECT count(*) FROM links.uses WHERE uses.url_hash = previews.url_hash) AS counted
    FROM links.previews AS previews`;
  expect(rows.filter((row) => row.uses !== row.counted)).toEqual([]);
  return Object.fromEntries(rows.map((row) => [row.url, Number(row.uses)]));
}

async function published(url: string | null): Promise<Id> {
  const [id] = world.publish(url);
  await world.settle();
  return id!;
}

it("a story that is edited is told of its new link, and uses the old one no more", async () => {
  const id = await published(one);
  world.change("edited", { id, url: two });
  await world.settle();
  expect(world.told()).toEqual([id, id]);
  expect(await uses()).toEqual({ [one]: 0, [two]: 1 });
  world.change("edited", { id, url: null });
  await world.settle();
  expect(world.told()).toEqual([id, id]);
  expect(await uses()).toEqual({ [one]: 0, [two]: 0 });
});

it("a story that gets a link by an edit is told of it", async () => {
  const id = await published(null);
  world.change("edited", { id, url: one });
  await world.settle();
  expect(world.told()).toEqual([id]);
});

it("a story is told again when a person has edited it, as its link may have been another one meanwhile", async () => {
  const id = await published(one);
  world.change("edited", { id, url: one });
  await world.settle();
  expect(world.told()).toEqual([id, id]);
});

it("a story is not told of what it was just brought in line with", async () => {
  const id = await published(one);
  world.change("edited", { id, url: one, isByPerson: false });
  await world.settle();
  expect(world.told()).toEqual([id]);
  expect(await uses()).toEqual({ [one]: 1 });
});

it("a story that is deleted uses nothing until it is restored", async () => {
  const id = await published(one);
  world.change("deleted", { id });
  await world.settle();
  expect(await uses()).toEqual({ [one]: 0 });
  world.change("deleted", { id });
  await world.settle();
  world.change("restored", { id, url: one });
  await world.settle();
  expect(await uses()).toEqual({ [one]: 1 });
  expect(world.told()).toEqual([id, id]);
});

it("a story that is deleted before it is looked at uses nothing, and nobody asks for its link", async () => {
  const [id] = world.publish(one);
  world.change("deleted", { id: id! });
  await world.settle();
  expect(await uses()).toEqual({});
  expect(world.asked).toEqual([]);
});

it("a link whose stories are gone before it is fetched is not asked for", async () => {
  const [id] = world.publish(one);
  await world.follow();
  world.change("deleted", { id: id! });
  await world.follow();
  await world.settle();
  expect(world.asked).toEqual([]);
  const next = await published(one);
  expect(world.told()).toEqual([next]);
});

it("events in any order come to what a story shows now", async () => {
  const id = await published(one);
  world.change("edited", { id, url: two });
  world.change("deleted", { id });
  world.change("restored", { id, url: one });
  // The order in which the log has them is not that of the story's versions.
  world.test.events.push(...world.test.events.splice(-3).toReversed());
  await world.settle();
  expect(await uses()).toEqual({ [one]: 1 });
});

it("a story of a month long before the table is followed, too", async () => {
  const id = composeId({ timeMs: Date.UTC(2019, 4, 1), region: 0, lane: 1, sequence: 1 });
  world.change("edited", { id, url: one });
  await world.settle();
  expect(world.told()).toEqual([id]);
});

it("nothing is fetched where that is switched off, and what waited is once it is on", async () => {
  const off = await openLinksWorld(postgres, { isFetching: false });
  try {
    off.publish(one, 2);
    await off.settle();
    expect([off.asked, off.events("links.wanted.v1")]).toEqual([[], []]);
    expect(off.links.jobs.map(({ name }) => name)).toEqual(["links.sweep"]);
    await createRetry(off.test).run();
    expect(off.events("links.wanted.v1")).toHaveLength(1);
    // Switched off once more, before it is fetched.
    await off.settle();
    expect(off.asked).toEqual([]);
    await createRetry(off.test).run();
    expect(off.events("links.wanted.v1")).toHaveLength(2);
  } finally {
    await off.close();
  }
});

it("what is known is told where nothing is fetched, however old it is", async () => {
  const off = await openLinksWorld(postgres, { isFetching: false });
  try {
    await off.test.sql`
      INSERT INTO links.previews (url_hash, id, url, state, title, refresh_after)
      VALUES (${linkKeyOf(one)!.hash}, 1, ${one}, 'ready', 'Old', '2020-01-01')`;
    const [id] = off.publish(one);
    await off.settle();
    expect(off.told()).toEqual([id]);
  } finally {
    await off.close();
  }
});
