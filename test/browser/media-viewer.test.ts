import type { CDPSession, Locator, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { hasBrowser } from "./support/browser.ts";
import { cardOf, nextFrame } from "./support/cards.ts";
import { photoFile, publishWith, videoFile, type TestFile } from "./support/media.ts";
import { startedSite, type SiteDeviceOptions } from "./support/site.ts";
import { wordsOf } from "./support/words.ts";

const words = wordsOf("en");
const patience = { timeout: 60_000 };

const photo = (at: number, of: number): string => words("pictures.photo", { at, of });
const viewerOf = (page: Page): Locator =>
  page.getByRole("dialog", { name: words("pictures.viewer"), exact: true });
const shownIn = (page: Page): Promise<string | null> =>
  viewerOf(page).locator("[data-shown] img").getAttribute("alt");

describe.skipIf(!hasBrowser)("photos on the whole screen", () => {
  const site = startedSite();

  async function openStory(
    name: string,
    files: readonly TestFile[],
    options: SiteDeviceOptions = {},
  ) {
    const author = await site.api.signUp(name);
    const story = await publishWith(site, author, files);
    const page = await (await site.deviceOf(author, options)).open("/");
    await cardOf(page, story.id).locator("time").click();
    await page.waitForURL(`**/stories/${story.id}`);
    const card = cardOf(page, story.id);
    await card.locator("[data-media] img[data-loaded]").first().waitFor(patience);
    return { page, card, path: `/stories/${story.id}` };
  }

  const some = (count: number): Promise<TestFile[]> =>
    Promise.all(Array.from({ length: count }, (_, seed) => photoFile(seed, 640, 480)));

  const closeButton = (page: Page): Locator =>
    viewerOf(page).getByRole("button", { name: words("app.close"), exact: true });

  it("close at the first press, also after a reload, and however often it is pressed", async () => {
    const { page, card, path } = await openStory("closes", await some(2));
    const open = async (): Promise<void> => {
      await card.getByRole("button", { name: photo(1, 2) }).click();
      await viewerOf(page).waitFor();
    };
    await open();
    await page.reload();
    await card.locator("[data-media] img[data-loaded]").first().waitFor(patience);
    await open();
    await closeButton(page).click();
    await viewerOf(page).waitFor({ state: "hidden" });
    await page.goForward();
    await open();
    await closeButton(page).evaluate((button: HTMLElement) => {
      button.click();
      button.click();
    });
    await viewerOf(page).waitFor({ state: "hidden" });
    expect(new URL(page.url()).pathname).toBe(path);
    await open();
    await page.goBack();
    await viewerOf(page).waitFor({ state: "hidden" });
    expect(new URL(page.url()).pathname).toBe(path);
  });

  it("begin with the one that was pressed, where there are more than the page has room for", async () => {
    const { page, card } = await openStory("more", await some(6));
    await card.getByRole("button", { name: `${photo(4, 6)}, +2`, exact: true }).click();
    await viewerOf(page).waitFor();
    await expect.poll(() => shownIn(page)).toBe(photo(4, 6));
    await page.keyboard.press("End");
    await expect.poll(() => shownIn(page)).toBe(photo(6, 6));
  });

  async function fingersOn(
    page: Page,
  ): Promise<(...at: readonly (readonly [number, number])[]) => Promise<void>> {
    const session: CDPSession = await page.context().newCDPSession(page);
    let before = 0;
    return async (...at) => {
      const touchPoints = at.map(([x, y], id) => ({ x, y, id }));
      const type =
        at.length > before ? "touchStart" : at.length < before ? "touchEnd" : "touchMove";
      before = at.length;
      await session.send("Input.dispatchTouchEvent", { type, touchPoints });
      await nextFrame(page);
    };
  }

  it("stay where they are when one of two fingers is lifted first", async () => {
    const { page, card } = await openStory("pinches", await some(3), { viewport: "phone" });
    await card.getByRole("button", { name: photo(2, 3) }).click();
    await viewerOf(page).waitFor();
    const fingers = await fingersOn(page);
    await fingers([100, 400]);
    await fingers([100, 400], [300, 400]);
    await fingers([130, 400], [270, 400]);
    await fingers([100, 400], [280, 400]);
    await fingers([100, 400]);
    await fingers([102, 400]);
    await fingers();
    expect(await shownIn(page)).toBe(photo(2, 3));
    await fingers([180, 300]);
    await fingers([180, 300], [180, 500]);
    await fingers([180, 310], [180, 490]);
    await fingers([180, 310]);
    await fingers([180, 312]);
    await fingers();
    await nextFrame(page);
    expect(await viewerOf(page).count()).toBe(1);
    expect(await shownIn(page)).toBe(photo(2, 3));
  });

  it("are swiped to from a video that somebody tried to look at closely", async () => {
    const files = [await videoFile(1), ...(await some(1))];
    const { page, card } = await openStory("swipes", files, { viewport: "phone" });
    const video = words("pictures.video", { at: 1, of: 2 });
    await card
      .getByRole("button", { name: video, exact: true })
      .click({ position: { x: 8, y: 8 } });
    await viewerOf(page).waitFor();
    await page.keyboard.press("z");
    const fingers = await fingersOn(page);
    await fingers([300, 350]);
    for (const x of [240, 160, 80]) {
      await fingers([x, 350]);
    }
    await fingers();
    await expect.poll(() => shownIn(page)).toBe(photo(2, 2));
  });
});
