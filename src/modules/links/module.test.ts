import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { contextOf } from "../../../test/support/ask-module.ts";
import {
  openLinksWorld,
  page,
  picture,
  type LinksWorld,
} from "../../../test/support/links-world.ts";
import { startTestPostgres, type TestPostgres } from "../../../test/support/postgres.ts";
import type { OutsideAnswer } from "../../ports/outside-web.ts";

const url = "https://page.example/";
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

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
      : page(`<title>A page</title><meta property=og:image content="/1.png">`, asked);
});
afterEach(() => world.close());

const known = (
  imagePath: unknown = expect.stringMatching(/^\/media\/\d+\.secret\/preview\.webp$/),
) => ({
  title: "A page",
  description: null,
  imagePath,
});
const sameIds = (a: readonly bigint[], b: readonly bigint[]): void => {
  expect(a.map(String).sort()).toEqual(b.map(String).sort());
};

describe("a link", () => {
  it("is fetched for a story, which is told once it is known", async () => {
    const [story] = world.publish(url);
    await world.follow();
    expect(world.told()).toEqual([]);
    expect(await world.preview(url)).toBeNull();
    await world.settle();
    expect(world.asked).toEqual([url, "https://page.example/1.png"]);
    expect(world.told()).toEqual([story]);
    expect(await world.preview(url)).toEqual(known());
    expect([...world.kept.values()]).toEqual(["pixels"]);
  });

  it("is fetched once for a thousand stories, which are told in few facts", async () => {
    const stories = world.publish(url, 1_000);
    await world.settle();
    expect(world.asked).toHaveLength(2);
    expect(world.events("links.wanted.v1")).toHaveLength(1);
    sameIds(world.told(), stories);
    expect(world.events("links.previewed.v1")).toHaveLength(2);
  });

  it("is told to all who wait, in several transactions where they are many", async () => {
    const stories = world.publish(url, 2_600);
    await world.settle();
    sameIds(world.told(), stories);
    expect(world.events("links.telling_continued.v1")).toHaveLength(1);
    expect(world.events("links.previewed.v1")).toHaveLength(6);
  });

  it("that is known is told at once", async () => {
    world.publish(url);
    await world.settle();
    const [story] = world.publish(`${url}#part`);
    await world.follow();
    expect(world.told().at(-1)).toBe(story);
    expect(world.asked).toHaveLength(2);
    expect(await world.preview(`${url}#other`)).toEqual(known());
  });

  it("is nothing where a story has none", async () => {
    world.publish(null, 3);
    await world.settle();
    expect([world.asked, world.told()]).toEqual([[], []]);
  });

  it("that is old is fetched anew for a new story alone, which waits for that", async () => {
    const [first] = world.publish(url);
    await world.settle();
    world.pass(8 * dayMs);
    world.change("edited", { id: first!, url });
    await world.settle();
    expect(world.asked).toHaveLength(2);
    world.answers = (asked) =>
      asked.endsWith(".png")
        ? picture("others", asked)
        : page(`<title>Anew</title><meta property=og:image content="/1.png">`);
    const [second] = world.publish(url);
    await world.follow();
    expect(world.told()).toEqual([first, first]);
    await world.settle();
    expect(world.told()).toEqual([first, first, second]);
    expect(await world.preview(url)).toMatchObject({ title: "Anew" });
    // Stories of before still show the picture of before.
    expect([...world.kept.values()]).toEqual(["pixels", "others"]);
  });

  it("keeps its picture where that is the same when it is fetched anew", async () => {
    world.publish(url);
    await world.settle();
    const before = await world.preview(url);
    world.pass(8 * dayMs);
    world.publish(url);
    await world.settle();
    expect(world.asked).toHaveLength(4);
    expect(await world.preview(url)).toEqual(before);
    expect(world.kept.size).toBe(1);
  });

  it("stays as it is known while its server is away", async () => {
    world.publish(url);
    await world.settle();
    world.pass(8 * dayMs);
    world.answers = () => ({ fault: "too_slow" });
    const [story] = world.publish(url);
    await world.settle();
    expect(world.told().at(-1)).toBe(story);
    expect(await world.preview(url)).toEqual(known());
  });

  it("is unknown again once it is gone", async () => {
    world.publish(url);
    await world.settle();
    world.pass(8 * dayMs);
    world.answers = () => ({ ...page(""), status: 404 });
    const [story] = world.publish(url);
    await world.settle();
    expect(world.told()).not.toContain(story);
    expect(await world.preview(url)).toBeNull();
  });

  it("is tried again where its server is away, and told when that comes back", async () => {
    const working = world.answers;
    world.answers = () => ({ fault: "unreachable" });
    const stories = world.publish(url, 2);
    await world.settle();
    await world.run("links.retry");
    await world.settle();
    expect(world.asked).toHaveLength(1);
    world.pass(minuteMs);
    await world.run("links.retry");
    await world.run("links.retry");
    await world.settle();
    expect(world.asked).toHaveLength(2);
    stories.push(...world.publish(url));
    await world.settle();
    expect(world.asked).toHaveLength(2);
    world.answers = working;
    world.pass(10 * minuteMs);
    await world.run("links.retry");
    await world.settle();
    sameIds(world.told(), stories);
  });

  it("is given up after some time, and asked for anew by a story of the next day", async () => {
    const working = world.answers;
    world.answers = () => ({ fault: "unreachable" });
    const [first] = world.publish(url);
    for (let hours = 0; hours < 10; hours += 1) {
      await world.settle();
      world.pass(60 * minuteMs);
      await world.run("links.retry");
    }
    expect(world.asked).toHaveLength(4);
    const [second] = world.publish(url);
    await world.settle();
    expect(world.asked).toHaveLength(4);
    world.pass(dayMs);
    world.answers = working;
    const [third] = world.publish(url);
    await world.settle();
    sameIds(world.told(), [first!, second!, third!]);
  });
});

describe("a restart", () => {
  it("amid a fetch begins it again, and keeps one picture", async () => {
    const [story] = world.publish(url);
    await world.follow();
    const [wanted] = world.events("links.wanted.v1");
    // It is done, and the node dies before its end is in the record.
    await world.worker.work(contextOf(null), wanted!, new AbortController().signal);
    expect(world.kept.size).toBe(1);
    expect(world.told()).toEqual([]);
    await world.settle();
    expect(world.told()).toEqual([story]);
    expect(world.kept.size).toBe(1);
    expect(await world.preview(url)).toEqual(known());
  });

  it("amid the end of a fetch leaves nothing of it", async () => {
    const [story] = world.publish(url);
    await world.follow();
    const [wanted] = world.events("links.wanted.v1");
    const done = await world.worker.work(contextOf(null), wanted!, new AbortController().signal);
    const dies = world.end(async (tx) => {
      await done(tx);
      throw new Error("the node died");
    });
    await expect(dies).rejects.toThrow("the node died");
    expect(await world.preview(url)).toBeNull();
    await world.settle();
    expect(world.told()).toEqual([story]);
  });

  it("amid a fetch leaves no picture where the page has none afterwards", async () => {
    for (const answer of [page("<title>A page</title>"), { fault: "unreachable" } as const]) {
      const own = "fault" in answer ? "https://away.example/" : url;
      const working = world.answers;
      world.publish(own);
      await world.follow();
      const wanted = world.events("links.wanted.v1").at(-1);
      await world.worker.work(contextOf(null), wanted!, new AbortController().signal);
      expect(world.kept.size).toBe(1);
      world.answers = () => answer;
      await world.settle();
      await world.run("links.sweep");
      expect(world.kept.size).toBe(0);
      world.answers = working;
    }
  });

  it("that does the same work twice tells once", async () => {
    world.publish(url);
    await world.follow();
    const [wanted] = world.events("links.wanted.v1");
    const work = () => world.worker.work(contextOf(null), wanted!, new AbortController().signal);
    const both = [await work(), await work()];
    for (const done of both) {
      await world.end(done);
    }
    await world.settle();
    expect(world.told()).toHaveLength(1);
    // And what was done is not done again.
    const asked = world.asked.length;
    await world.end(await work());
    expect(world.asked).toHaveLength(asked);
  });

  it("again and again, until the work is given up, is as if the page were away", async () => {
    const [story] = world.publish(url);
    await world.follow();
    const [wanted] = world.events("links.wanted.v1");
    await world.worker.work(contextOf(null), wanted!, new AbortController().signal);
    await world.end((tx) => world.worker.gaveUp!(contextOf(null), wanted!, tx));
    await world.run("links.sweep");
    expect(world.kept.size).toBe(0);
    world.pass(minuteMs);
    await world.run("links.retry");
    await world.settle();
    expect(world.told()).toEqual([story]);
    expect(await world.preview(url)).toEqual(known());
    // An operator sends back what was given up.
    await world.end(
      await world.worker.work(contextOf(null), wanted!, new AbortController().signal),
    );
    await world.run("links.sweep");
    expect(world.kept.size).toBe(1);
  });
});

describe("at the same time", () => {
  it("a story that names a link while its fetch ends is told", async () => {
    // Once the fetch ends first, once the story is there first.
    for (const host of ["a", "b", "c", "d", "e", "f"]) {
      const own = `https://${host}.example/`;
      const [first] = world.publish(own);
      await world.follow();
      const wanted = world.events("links.wanted.v1").at(-1);
      const done = await world.worker.work(contextOf(null), wanted!, new AbortController().signal);
      const [second] = world.publish(own);
      await Promise.all([world.end(done), world.follow()]);
      await world.settle();
      expect(world.told()).toContain(first);
      expect(world.told().filter((id) => id === second)).toHaveLength(1);
    }
  });

  it("a story waits for the lock of a fetch that ends, and is told by one of both", async () => {
    const [first] = world.publish(url);
    await world.follow();
    const [wanted] = world.events("links.wanted.v1");
    const done = await world.worker.work(contextOf(null), wanted!, new AbortController().signal);
    const [second] = world.publish(url);
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    const ending = world.end(async (tx) => {
      await done(tx);
      await held;
    });
    const following = world.follow();
    await expect
      .poll(async () => {
        const [row] = await world.test.sql<{ waiting: number }[]>`
          SELECT count(*)::int AS waiting FROM pg_locks WHERE NOT granted`;
        return row?.waiting;
      })
      .toBeGreaterThan(0);
    goOn();
    await Promise.all([ending, following]);
    expect(world.told()).toEqual([first, second]);
  });

  it("fetches end in any order", async () => {
    const gates = new Map<string, (answer: OutsideAnswer) => void>();
    world.answers = (asked) => new Promise((resolve) => gates.set(asked, resolve));
    const urls = ["https://one.example/", "https://two.example/"];
    const stories = urls.flatMap((each) => world.publish(each));
    await world.follow();
    const works = world
      .events("links.wanted.v1")
      .map(async (event) =>
        world.end(await world.worker.work(contextOf(null), event, new AbortController().signal)),
      );
    await expect.poll(() => gates.size).toBe(2);
    for (const each of urls.toReversed()) {
      gates.get(each)!(page(`<title>${each}</title>`, each));
    }
    await Promise.all(works);
    sameIds(world.told(), stories);
    expect(await world.preview(urls[0]!)).toMatchObject({ title: urls[0] });
  });
});
