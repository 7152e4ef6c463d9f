import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import {
  openLinksWorld,
  page,
  picture,
  type LinksWorld,
} from "../../../test/support/links-world.ts";
import { startTestPostgres, type TestPostgres } from "../../../test/support/postgres.ts";
import { createSweep } from "./sweep.ts";

const url = "https://page.example/";
const dayMs = 86_400_000;

let postgres: TestPostgres;
let world: LinksWorld;

beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());
beforeEach(async () => {
  world = await openLinksWorld(postgres);
  world.answers = (asked) =>
    asked.endsWith(".png")
      ? picture("pixels", asked)
      : page(`<title>${asked}</title><meta property=og:image content="1.png">`, asked);
});
afterEach(() => world.close());

async function sweep(): Promise<void> {
  await world.run("links.sweep");
}

async function links(): Promise<number> {
  const [row] = await world.test.sql<{ count: number }[]>`
    SELECT (SELECT count(*) FROM links.previews)::int + (SELECT count(*) FROM links.images)::int AS count`;
  return row!.count;
}

it("a link that no story has shown for a day goes, with its pictures", async () => {
  const [first, second] = world.publish(url, 2);
  await world.settle();
  world.change("deleted", { id: first! });
  await world.settle();
  world.pass(2 * dayMs);
  await sweep();
  expect(world.kept.size).toBe(1);
  world.change("deleted", { id: second! });
  await world.settle();
  world.pass(dayMs - 60_000);
  await sweep();
  expect(world.kept.size).toBe(1);
  expect(await world.preview(url)).not.toBeNull();
  world.pass(120_000);
  await sweep();
  expect(world.kept.size).toBe(0);
  expect(await world.preview(url)).toBeNull();
  expect(await links()).toBe(0);
});

it("a link that is shown again in time stays", async () => {
  const [first] = world.publish(url);
  await world.settle();
  world.change("deleted", { id: first! });
  await world.settle();
  world.pass(dayMs / 2);
  world.publish(url);
  await world.settle();
  world.pass(2 * dayMs);
  await sweep();
  expect(await world.preview(url)).not.toBeNull();
  expect(world.kept.size).toBe(1);
});

it("a link that went is fetched anew when a story names it", async () => {
  const [first] = world.publish(url);
  await world.settle();
  world.change("deleted", { id: first! });
  await world.settle();
  world.pass(2 * dayMs);
  await sweep();
  const [second] = world.publish(url);
  await world.settle();
  expect(world.told()).toEqual([first, second]);
  expect(world.kept.size).toBe(1);
});

it("all of many links go, and pictures that cannot be removed now go the next time", async () => {
  const stories = Array.from({ length: 450 }, (_, i) => world.publish(`${url}${String(i)}/`)[0]!);
  await world.settle();
  expect(world.kept.size).toBe(450);
  stories.forEach((id) => {
    world.change("deleted", { id });
  });
  await world.settle();
  world.pass(2 * dayMs);
  const away = async (): Promise<never> => {
    throw new Error("the store is away");
  };
  const clock = { ...world.test.clock, nowMs: () => Date.now() + 2 * dayMs };
  const failing = createSweep({ ...world.test, clock, media: { dropPreviews: away } });
  await expect(failing.run()).rejects.toThrow("the store is away");
  expect(await links()).toBe(450);
  await sweep();
  expect([world.kept.size, await links()]).toEqual([0, 0]);
});
