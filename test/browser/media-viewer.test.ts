import type { Locator, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { hasBrowser } from "./support/browser.ts";
import { cardOf, nextFrame } from "./support/cards.ts";
import { movingFile, photoFile, publishWith, videoFile, type TestFile } from "./support/media.ts";
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

  it("close also where something else has written over their step of the history", async () => {
    const { page, card } = await openStory("written_over", await some(2));
    await card.getByRole("button", { name: photo(1, 2) }).click();
    await viewerOf(page).waitFor();
    await page.evaluate(() => {
      history.replaceState(null, "");
    });
    await closeButton(page).click();
    await viewerOf(page).waitFor({ state: "hidden" });
  });

  it("begin with the one that was pressed, where there are more than the page has room for", async () => {
    const { page, card } = await openStory("more", await some(6));
    await card.getByRole("button", { name: `${photo(4, 6)}, +2`, exact: true }).click();
    await viewerOf(page).waitFor();
    await expect.poll(() => shownIn(page)).toBe(photo(4, 6));
    await page.keyboard.press("End");
    await expect.poll(() => shownIn(page)).toBe(photo(6, 6));
  });

  it("are swiped to from a video that somebody tried to look at closely", async () => {
    const files = [await videoFile(1), ...(await some(1))];
    // The browser's own controls of videos try to bring styles of their own.
    const options = { viewport: "phone", expected: [/style-src/] } as const;
    const { page, card } = await openStory("swipes", files, options);
    const video = words("pictures.video", { at: 1, of: 2 });
    await card
      .getByRole("button", { name: video, exact: true })
      .click({ position: { x: 8, y: 8 } });
    await viewerOf(page).waitFor();
    await page.touchscreen.tap(180, 350);
    await page.touchscreen.tap(180, 350);
    const session = await page.context().newCDPSession(page);
    const touch = async (type: "touchStart" | "touchMove" | "touchEnd", x?: number) => {
      const touchPoints = x === undefined ? [] : [{ x, y: 350 }];
      await session.send("Input.dispatchTouchEvent", { type, touchPoints });
      await nextFrame(page);
    };
    await touch("touchStart", 300);
    for (const x of [240, 160, 80]) {
      await touch("touchMove", x);
    }
    await touch("touchEnd");
    await expect.poll(() => shownIn(page)).toBe(photo(2, 2));
  });

  it("are looked at closely by a button and by keys, which then go about in them", async () => {
    const { page, card } = await openStory("looks_closely", await some(2));
    await card.getByRole("button", { name: photo(1, 2) }).click();
    const viewer = viewerOf(page);
    const button = (key: string): Locator => viewer.getByRole("button", { name: words(key) });
    const view = (): Promise<readonly number[]> =>
      viewer.locator("[data-shown] img").evaluate((image) => {
        const { a, e, f } = new DOMMatrix(getComputedStyle(image).transform);
        return [a, e, f].map(Math.round);
      });
    await button("pictures.closer").click();
    await expect.poll(view).toEqual([3, 0, 0]);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowUp");
    await expect.poll(view).toEqual([3, -120, 120]);
    await page.keyboard.press("-");
    await expect.poll(view).toEqual([1, 0, 0]);
    await page.keyboard.press("z");
    await expect.poll(view).toEqual([3, 0, 0]);
    await button("pictures.whole").click();
    await expect.poll(view).toEqual([1, 0, 0]);
    await page.keyboard.press("ArrowRight");
    await viewer.locator(`[data-shown] img[alt="${photo(2, 2)}"]`).waitFor();
  });

  it.each(["no-preference", "reduce"] as const)(
    "that move can be stopped and started: %s",
    async (reducedMotion) => {
      const { page, card } = await openStory(
        `moves_${reducedMotion.slice(0, 2)}`,
        [await movingFile()],
        {
          reducedMotion,
        },
      );
      await card.getByRole("button", { name: photo(1, 1) }).click();
      const viewer = viewerOf(page);
      const moving = viewer.locator("[data-shown] picture img");
      const still = viewer.locator("[data-shown] > img[src*=still]");
      const press = (key: string): Promise<void> =>
        viewer.getByRole("button", { name: words(key) }).click();
      const turns = [
        ["pictures.pause", still],
        ["pictures.play", moving],
      ] as const;
      for (const [key, then] of reducedMotion === "reduce" ? turns.toReversed() : turns) {
        await press(key);
        await then.waitFor();
      }
    },
  );
});
