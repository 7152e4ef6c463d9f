import type { Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import type { Item, Person, Story } from "../support/api-client.ts";
import { randomFrom } from "../support/random.ts";
import { printedSeed } from "../support/seed.ts";
import { hasBrowser, type Device, type ViewportName } from "./support/browser.ts";
import {
  cardInView,
  cardOf,
  cardsIn,
  idsIn,
  idsToTheEnd,
  nextFrame,
  offsetOf,
  scrollBy,
  stillness,
  watchCard,
} from "./support/cards.ts";
import { startedSite, type Site } from "./support/site.ts";
import { wordsOf } from "./support/words.ts";

const words = wordsOf("en");
const storiesCount = 240;
/** What a screen shows, and what is kept ready above and below it. */
const cardsMax = 40;
/** What a reader's eye does not see. */
const stillPx = 1;

const sentences = [
  "The bakery opens at seven.",
  "오늘은 바람이 세게 불어요.",
  "図書館の猫が窓辺で寝ています。",
  "🌲🌲🌲",
  "A longer thought that takes more than one line on the screen of a phone, and says little.",
];

interface Circle {
  readonly reader: Person;
  readonly friends: readonly Person[];
}

/** A reader, and friends who have written so much, in texts of any height. */
async function circleOf(site: Site, name: string, count: number): Promise<Circle> {
  const [reader, ...friends] = await site.api.people(name, `${name}_a`, `${name}_b`, `${name}_c`);
  const random = randomFrom(printedSeed(`the stories of ${name}`));
  for (const friend of friends) {
    await reader.befriend(friend);
  }
  for (let at = 0; at < count; at += 1) {
    const lines = Array.from({ length: 1 + random.below(9) }, () => random.pick(sentences));
    await random.pick(friends).publish(`${String(at)}\n${lines.join("\n")}`);
  }
  return { reader, friends };
}

function pillOf(page: Page, count: number) {
  return page.getByRole("button", { name: words("feed.new", { count }), exact: true });
}

async function openFeed(device: Device): Promise<Page> {
  const page = await device.open("/");
  await page.locator("article[data-story]").first().waitFor();
  return page;
}

describe.skipIf(!hasBrowser)("a long feed", () => {
  const site = startedSite();
  let circle: Circle;
  let whole: readonly Item[];
  beforeAll(async () => {
    circle = await circleOf(site, "long", storiesCount);
    whole = await circle.reader.walk("/v1/feed");
  });

  it.each<ViewportName>(["phone", "desktop"])(
    "is read to its end on a %s, each story once and in order, with few cards in the page",
    async (viewport) => {
      const device = await site.deviceOf(circle.reader, { viewport });
      const page = await openFeed(device);
      let cardsSeenMax = 0;
      const ids = await idsToTheEnd(page, (cards) => {
        cardsSeenMax = Math.max(cardsSeenMax, cards.length);
      });
      expect(ids).toEqual(whole.map(({ story }) => story.id));
      await page.getByText(words("feed.end"), { exact: true }).waitFor();
      console.log(`${viewport}: ${ids.length} stories, at most ${cardsSeenMax} cards at once`);
      expect(cardsSeenMax).toBeLessThanOrEqual(cardsMax);
    },
  );

  it.each([
    ["the browser's way back", (page: Page) => page.goBack()],
    [
      "the page's way back",
      (page: Page) => page.getByRole("button", { name: words("app.back"), exact: true }).click(),
    ],
  ] as const)("is where it was after a story, by %s", async (_, goBack) => {
    const device = await site.deviceOf(circle.reader);
    const page = await openFeed(device);
    await scrollBy(page, 12_000);
    const before = await cardInView(page);
    await cardOf(page, before.id).locator("a:has(time)").click();
    await page.waitForURL(`**/stories/${before.id}`);
    await page.getByRole("button", { name: words("app.back"), exact: true }).waitFor();
    await goBack(page);
    await cardOf(page, before.id).waitFor();
    await stillness(page);
    const after = (await cardsIn(page)).find(({ id }) => id === before.id);
    expect(Math.abs(after!.topPx - before.topPx)).toBeLessThanOrEqual(stillPx);
    expect(after!.place).toBe(before.place);
  });
});

describe.skipIf(!hasBrowser)("a feed that someone reads", () => {
  const site = startedSite();

  /** Far enough down that nothing of the top is in the page. */
  async function readingFarDown(name: string): Promise<Circle & { readonly page: Page }> {
    const circle = await circleOf(site, name, 60);
    const page = await openFeed(await site.deviceOf(circle.reader));
    await scrollBy(page, 4_000);
    return { ...circle, page };
  }

  it("stays where it is while new stories come, and says how many", async () => {
    const { page, friends } = await readingFarDown("pill");
    const card = await cardInView(page);
    const seen = await watchCard(page, card.id);
    const published: Story[] = [];
    for (const friend of friends) {
      published.unshift(await friend.publish("new"));
    }
    await pillOf(page, friends.length).waitFor();
    const { topsPx, framesWithout } = await seen();
    expect(topsPx[1] - topsPx[0]).toBeLessThanOrEqual(stillPx);
    expect(framesWithout).toBe(0);

    await pillOf(page, friends.length).click();
    await expect
      .poll(async () => (await idsIn(page)).slice(0, published.length))
      .toEqual(published.map(({ id }) => id));
    expect(await offsetOf(page)).toBe(0);
    await expect.poll(() => pillOf(page, friends.length).count()).toBe(0);
  });

  it("counts one new story as one, and forgets one that was deleted before it was seen", async () => {
    const { page, friends } = await readingFarDown("few");
    const [friend] = friends;
    const kept = await friend!.publish("stays");
    const gone = await friend!.publish("goes");
    await pillOf(page, 2).waitFor();
    await friend!.delete(`/v1/stories/${gone.id}`);
    await pillOf(page, 1).click();
    await cardOf(page, kept.id).waitFor();
    expect(await cardOf(page, gone.id).count()).toBe(0);
  });

  it("stays where it is while stories above the screen, or on its edge, are deleted", async () => {
    const { page, reader, friends } = await readingFarDown("above");
    const card = await cardInView(page);
    const feed = await reader.walk("/v1/feed");
    const authors = new Map(feed.map(({ story }) => [story.id, story.author.id]));
    const cards = await cardsIn(page);
    const far = feed.slice(0, 3).map(({ story }) => story.id);
    const near = cards.filter(({ bottomPx }) => bottomPx <= 0).map(({ id }) => id);
    const onEdge = cards.filter(({ topPx, bottomPx }) => topPx < 0 && bottomPx > 0);
    const gone = [...far, ...near, ...onEdge.map(({ id }) => id)];
    expect(near.length).toBeGreaterThan(0);
    const seen = await watchCard(page, card.id);
    for (const id of gone) {
      const author = friends.find((friend) => friend.id === authors.get(id));
      await author!.delete(`/v1/stories/${id}`);
    }
    const place = async () => (await cardsIn(page)).find(({ id }) => id === card.id)?.place;
    await expect.poll(place).toBe(card.place - gone.length);
    await nextFrame(page);
    const { topsPx, framesWithout } = await seen();
    expect(topsPx[1] - topsPx[0]).toBeLessThanOrEqual(stillPx);
    expect(framesWithout).toBe(0);
  });

  it("stays where it is while a story above the screen is edited", async () => {
    const { page, reader, friends } = await readingFarDown("edited");
    const card = await cardInView(page);
    const above = (await cardsIn(page)).findLast(({ bottomPx }) => bottomPx <= 0);
    const story = (await reader.get(`/v1/stories/${above!.id}`)).body.story;
    const heightOf = async () => (await cardOf(page, story.id).boundingBox())!.height;
    const height = await heightOf();
    const seen = await watchCard(page, card.id);
    const author = friends.find(({ id }) => id === story.author.id);
    await author!.patch(`/v1/stories/${story.id}`, { text: "Cut short" });
    await expect.poll(heightOf).not.toBe(height);
    await stillness(page);
    const { topsPx } = await seen();
    expect(topsPx[1] - topsPx[0]).toBeLessThanOrEqual(stillPx);
  });

  it("lets new stories in by itself for someone who only watches its top", async () => {
    const { reader, friends } = await circleOf(site, "rest", 15);
    const page = await openFeed(await site.deviceOf(reader));
    const first = await friends[0]!.publish("first");
    await expect.poll(async () => (await idsIn(page))[0]).toBe(first.id);
    const second = await friends[1]!.publish("second");
    await expect.poll(async () => (await idsIn(page)).slice(0, 2)).toEqual([second.id, first.id]);
    expect(await pillOf(page, 1).count()).toBe(0);
    expect(await offsetOf(page)).toBe(0);
  });
});

describe.skipIf(!hasBrowser)("a story in the feed", () => {
  const site = startedSite();

  it("tells its language, for voices and fonts", async () => {
    const [reader] = await site.api.people("polyglot");
    const texts = {
      ko: "오늘 저녁에는 강가를 걸었어요.",
      ja: "今日は川沿いを歩きました。",
      en: "We walked along the river this evening.",
    };
    const ids = new Map<string, string>();
    for (const [lang, text] of Object.entries(texts)) {
      ids.set(lang, (await reader.publish(text)).id);
    }
    const page = await openFeed(await site.deviceOf(reader));
    for (const [lang, text] of Object.entries(texts)) {
      const written = cardOf(page, ids.get(lang)!).locator(`p[lang="${lang}"]`);
      expect(await written.textContent()).toBe(text);
    }
    expect(await page.locator("html").getAttribute("lang")).toBe("en");
  });

  it("has links that lead nowhere but to the web, and give nothing away", async () => {
    const [reader] = await site.api.people("linker");
    const hostile = [
      "javascript:alert(1)",
      "data:text/html,<script>alert(1)</script>",
      "https://good.example@evil.example/path",
      "<a href='https://evil.example' onclick='alert(1)'>press</a>",
      `https://example.org/${"long/".repeat(40)}`,
      "www.example.com",
    ];
    const { id } = await reader.publish(hostile.join("\n"));
    const page = await openFeed(await site.deviceOf(reader));
    const links = await cardOf(page, id)
      .locator("a[target]")
      .evaluateAll((anchors) =>
        anchors.map((anchor) => ({
          href: (anchor as HTMLAnchorElement).href,
          rel: (anchor as HTMLAnchorElement).rel.split(" "),
          target: (anchor as HTMLAnchorElement).target,
          shown: anchor.textContent,
        })),
      );
    expect(links.length).toBeGreaterThanOrEqual(3);
    for (const { href, rel, target, shown } of links) {
      const { protocol, hostname } = new URL(href);
      expect(["http:", "https:"]).toContain(protocol);
      expect(rel).toEqual(expect.arrayContaining(["noopener", "noreferrer", "nofollow"]));
      expect(target).toBe("_blank");
      // What is shown begins with where it leads.
      expect(shown.replace(/\s/g, "")).toContain(hostname.replace(/^www\./, "").slice(0, 20));
      expect(shown.length).toBeLessThan(60);
    }
    const card = cardOf(page, id);
    expect(await card.locator("[onclick], script").count()).toBe(0);
    const width = await card.evaluate((element) => element.scrollWidth - element.clientWidth);
    expect(width).toBeLessThanOrEqual(0);
  });

  it("folds a long text, and opens it where it is", async () => {
    const [reader] = await site.api.people("longtext");
    const lines = Array.from({ length: 40 }, (_, at) => `Line ${String(at + 1)}`);
    const { id } = await reader.publish(lines.join("\n"));
    const short = await reader.publish("Short");
    const page = await openFeed(await site.deviceOf(reader, { viewport: "phone" }));
    const card = cardOf(page, id);
    const more = card.getByRole("button", { name: words("story.readMore"), exact: true });
    const heightOf = async () => (await card.boundingBox())!.height;
    const folded = await heightOf();
    expect(
      await cardOf(page, short.id)
        .getByRole("button", { name: words("story.readMore") })
        .count(),
    ).toBe(0);
    const before = (await card.boundingBox())!.y;
    await more.click();
    await expect.poll(heightOf).toBeGreaterThan(folded * 2);
    expect((await card.boundingBox())!.y).toBe(before);
    expect(await more.count()).toBe(0);
  });
});
