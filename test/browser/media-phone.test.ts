import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { areThere, choose, startWriting, type Published } from "./support/attaching.ts";
import { hasBrowser } from "./support/browser.ts";
import { cardOf } from "./support/cards.ts";
import { photoFile, videoFile } from "./support/media.ts";
import { answerTo } from "./support/network.ts";
import { openOtherSite, otherSiteAddress, type OtherSite } from "./support/other-site.ts";
import { photoOf } from "./support/photos.ts";
import { startedSite } from "./support/site.ts";
import { wordsOf } from "./support/words.ts";
import type { Writing } from "./support/writing.ts";

const words = wordsOf("en");
const patience = { timeout: 60_000 };
const onPhone = { viewport: "phone" } as const;

async function publish(page: Page, { send }: Writing): Promise<Published> {
  const answer = await answerTo(page, "POST /v1/stories", () => send.click());
  return ((await answer.json()) as { readonly story: Published }).story;
}

describe.skipIf(!hasBrowser)("a story that is written on a phone", () => {
  const site = startedSite({ settings: { MARU_LINK_ALLOW: otherSiteAddress } });
  let other: OtherSite;
  beforeAll(async () => {
    other = await openOtherSite();
    other.put("/picture.jpg", "image/jpeg", await photoOf({ seed: 1, width: 1_200, height: 630 }));
    other.put(
      "/porch",
      "text/html; charset=utf-8",
      `<title>Sitting on a porch</title><meta property="og:image" content="/picture.jpg">`,
    );
  });
  afterAll(() => other.close());

  it("with four photos is seen by a friend, all four of them", async () => {
    const { friend, page, writing } = await startWriting(site, words, "four", onPhone);
    const files = await Promise.all([1, 2, 3, 4].map((seed) => photoFile(seed, 640, 480)));
    await choose(page, writing, words, files);
    await areThere(writing, 4);
    await writing.text.fill("Four of them");
    const story = await publish(page, writing);
    expect(story.media).toHaveLength(4);
    const theirs = await (await site.deviceOf(friend, onPhone)).open("/");
    for (const place of [cardOf(page, story.id), cardOf(theirs, story.id)]) {
      const pictures = place.locator("[data-media] img[data-loaded]");
      await expect.poll(() => pictures.count(), patience).toBe(4);
    }
  });

  it("with a video plays where a friend sees it", async () => {
    const { friend, page, writing } = await startWriting(site, words, "films", onPhone);
    await choose(page, writing, words, [await videoFile(2)]);
    await areThere(writing, 1);
    const story = await publish(page, writing);
    const theirs = await (await site.deviceOf(friend, onPhone)).open("/");
    const video = cardOf(theirs, story.id).locator("video");
    await video.waitFor(patience);
    await expect
      .poll(() => video.evaluate((film: HTMLVideoElement) => film.currentTime), patience)
      .toBeGreaterThan(0);
  });

  it("with a link shows writer and friend where it leads", async () => {
    const { friend, page, writing } = await startWriting(site, words, "links", onPhone);
    await writing.text.fill(`Worth reading: ${other.url}/porch`);
    const story = await publish(page, writing);
    const theirs = await (await site.deviceOf(friend, onPhone)).open("/");
    for (const place of [cardOf(page, story.id), cardOf(theirs, story.id)]) {
      const link = place.locator("a[data-card]");
      await link.getByText("Sitting on a porch", { exact: true }).waitFor(patience);
      const isMade = () =>
        link.locator("img").evaluate((image: HTMLImageElement) => image.naturalWidth > 0);
      await expect.poll(isMade, patience).toBe(true);
    }
  });
});
