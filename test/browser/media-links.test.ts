import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasBrowser } from "./support/browser.ts";
import { cardOf } from "./support/cards.ts";
import { openOtherSite, otherSiteAddress, type OtherSite } from "./support/other-site.ts";
import { photoOf } from "./support/photos.ts";
import { startedSite } from "./support/site.ts";

const patience = { timeout: 40_000 };

describe.skipIf(!hasBrowser)("where a story leads", () => {
  const site = startedSite({ settings: { MARU_LINK_ALLOW: otherSiteAddress } });
  let other: OtherSite;
  beforeAll(async () => {
    other = await openOtherSite();
    other.put("/picture.jpg", "image/jpeg", await photoOf({ seed: 1, width: 1_200, height: 630 }));
    other.put(
      "/porch",
      "text/html; charset=utf-8",
      `<title>Sitting on a porch</title>
       <meta property="og:description" content="What one hears there, and what one does not.">
       <meta property="og:image" content="/picture.jpg">`,
    );
  });
  afterAll(() => other.close());

  it("is shown with title, host, words and picture, to a friend who is looking already", async () => {
    const [author, friend] = await site.api.people("linker", "linker_friend");
    await author.befriend(friend);
    const wide = await (await site.deviceOf(friend)).open("/");
    const narrow = await (await site.deviceOf(friend, { viewport: "phone" })).open("/");
    const story = await author.publish(`Worth reading: ${other.url}/porch`);

    for (const page of [wide, narrow]) {
      const link = cardOf(page, story.id).locator("a[data-card]");
      await link.locator("img").waitFor(patience);
      const { host } = new URL(other.url);
      const words = ["Sitting on a porch", "What one hears there, and what one does not.", host];
      for (const said of words) {
        await link.getByText(said, { exact: true }).waitFor();
      }
      expect(await link.getAttribute("target")).toBe("_blank");
      expect(await link.getAttribute("rel")).toMatch(/noopener.*noreferrer/);
      const isMade = () =>
        link.locator("img").evaluate((image: HTMLImageElement) => image.naturalWidth > 0);
      await expect.poll(isMade).toBe(true);
      const [picture, whole] = [await link.locator("img").boundingBox(), await link.boundingBox()];
      // Beside the words where there is room, above them on a phone.
      expect(picture!.width < whole!.width / 2).toBe(page === wide);
    }
  });

  it("is shown with its picture where that is all there is", async () => {
    const [author] = await site.api.people("pictures");
    const story = await author.publish(`Look: ${other.url}/picture.jpg`);
    const page = await (await site.deviceOf(author)).open("/");
    const link = cardOf(page, story.id).locator("a[data-card]");
    await link.locator("img").waitFor(patience);
    const { host } = new URL(other.url);
    expect(await link.innerText()).toBe(`${host}/picture.jpg`);
    const isMade = () =>
      link.locator("img").evaluate((image: HTMLImageElement) => image.naturalWidth > 0);
    await expect.poll(isMade).toBe(true);
  });

  it("is its address alone, while nothing is known of it", async () => {
    const [author] = await site.api.people("unknown");
    const story = await author.publish(`${other.url}/nothing`);
    const page = await (await site.deviceOf(author)).open("/");
    const address = `${new URL(other.url).host}/nothing`;
    const link = cardOf(page, story.id).getByRole("link", { name: address });
    await expect.poll(() => link.count()).toBe(2);
    expect(await cardOf(page, story.id).locator("a[data-card]").count()).toBe(0);
  });
});
