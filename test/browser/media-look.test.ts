import { setTimeout as pause } from "node:timers/promises";
import type { Locator, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import type { Person, Story } from "../support/api-client.ts";
import { hasBrowser, type ViewportName } from "./support/browser.ts";
import { cardOf, nextFrame, offsetOf, scrollBy } from "./support/cards.ts";
import { hasFocus, tabAndPress } from "./support/keyboard.ts";
import { movingFile, photoFile, publishWith, videoFile } from "./support/media.ts";
import { startedSite, type SiteDeviceOptions } from "./support/site.ts";
import { wordsOf } from "./support/words.ts";

const words = wordsOf("en");
const patience = { timeout: 40_000 };

const photo = (at: number, of: number): string => words("pictures.photo", { at, of });
const viewerOf = (page: Page): Locator =>
  page.getByRole("dialog", { name: words("pictures.viewer"), exact: true });
const shownIn = (page: Page): Promise<string | null> =>
  viewerOf(page).locator("[data-shown] img").getAttribute("alt");

describe.skipIf(!hasBrowser)("the photos of a story", () => {
  const site = startedSite();

  interface Scene {
    readonly reader: Person;
    readonly author: Person;
    readonly story: Story;
    readonly page: Page;
    readonly card: Locator;
  }

  async function scene(
    name: string,
    count: number,
    options: SiteDeviceOptions = {},
  ): Promise<Scene> {
    const [reader, author] = await site.api.people(name, `${name}_author`);
    await reader.befriend(author);
    const files = await Promise.all(
      Array.from({ length: count }, (_, seed) =>
        photoFile(seed, 800, seed % 2 === 0 ? 600 : 1_000),
      ),
    );
    const story = await publishWith(site, author, files, { text: `By ${name}` });
    const page = await (await site.deviceOf(reader, options)).open("/");
    const card = cardOf(page, story.id);
    await card.locator("[data-media] img[data-loaded]").first().waitFor(patience);
    return { reader, author, story, page, card };
  }

  it("open on the whole screen, are gone through by keys, and leave the reader in place", async () => {
    const { page, card } = await scene("goes", 3);
    const before = await offsetOf(page);
    await tabAndPress(page, card.getByRole("button", { name: photo(2, 3) }));
    await viewerOf(page).waitFor();
    await expect.poll(() => shownIn(page)).toBe(photo(2, 3));
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => shownIn(page)).toBe(photo(3, 3));
    await page.keyboard.press("ArrowRight");
    expect(await shownIn(page)).toBe(photo(3, 3));
    await page.keyboard.press("Home");
    await expect.poll(() => shownIn(page)).toBe(photo(1, 3));
    // The keyboard leaves it for the browser's own buttons at most, not for the page below.
    for (let presses = 0; presses < 6; presses += 1) {
      await page.keyboard.press("Tab");
      const isBelow = await viewerOf(page).evaluate((viewer) => {
        const { activeElement, body } = document;
        return activeElement !== body && !viewer.contains(activeElement);
      });
      expect(isBelow).toBe(false);
    }
    await page.keyboard.press("Escape");
    await viewerOf(page).waitFor({ state: "hidden" });
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe(
      photo(2, 3),
    );
    expect(await offsetOf(page)).toBe(before);
  });

  it("close by going back, and going back again leaves the page as ever", async () => {
    const { page, card, story } = await scene("backs", 2);
    await card.locator("time").click();
    await page.waitForURL(`**/stories/${story.id}`);
    await cardOf(page, story.id)
      .getByRole("button", { name: photo(1, 2) })
      .click();
    await viewerOf(page).waitFor();
    await page.goBack();
    await viewerOf(page).waitFor({ state: "hidden" });
    expect(new URL(page.url()).pathname).toBe(`/stories/${story.id}`);
    await page.goBack();
    await page.waitForURL((url) => url.pathname === "/");
  });

  it("are swiped on a phone, and looked at closely with two taps", async () => {
    const { page, card } = await scene("swipes", 3, { viewport: "phone" });
    await card.getByRole("button", { name: photo(1, 3) }).click();
    await viewerOf(page).waitFor();
    const touch = await page.context().newCDPSession(page);
    const at = (type: string, x?: number, y = 400) =>
      touch.send("Input.dispatchTouchEvent", {
        type: type as "touchStart",
        touchPoints: x === undefined ? [] : [{ x, y }],
      });
    const swipe = async (from: number, to: number, stepMs = 0): Promise<void> => {
      await at("touchStart", from);
      for (let step = 1; step <= 4; step += 1) {
        await at("touchMove", from + ((to - from) * step) / 4);
        await pause(stepMs);
        await nextFrame(page);
      }
      await at("touchEnd");
    };
    await swipe(300, 60);
    await expect.poll(() => shownIn(page)).toBe(photo(2, 3));
    await swipe(60, 300);
    await expect.poll(() => shownIn(page)).toBe(photo(1, 3));
    // Beyond the first there is nothing.
    await swipe(60, 300);
    expect(await shownIn(page)).toBe(photo(1, 3));
    // Slowly, it has to be far.
    await swipe(200, 160, 200);
    expect(await shownIn(page)).toBe(photo(1, 3));
    await swipe(300, 60, 200);
    await expect.poll(() => shownIn(page)).toBe(photo(2, 3));

    const scaleOf = () =>
      viewerOf(page)
        .locator("[data-shown] img")
        .evaluate((image) => new DOMMatrix(getComputedStyle(image).transform).a);
    await page.touchscreen.tap(180, 400);
    await page.touchscreen.tap(180, 400);
    await expect.poll(scaleOf).toBe(2.5);
    await page.touchscreen.tap(180, 400);
    await page.touchscreen.tap(180, 400);
    await expect.poll(scaleOf).toBe(1);
  });

  it.each(["phone", "desktop"] as const)(
    "have their room before they come, on a %s",
    async (viewport) => {
      const { author, reader, story } = await scene(`room_${viewport}`, 4, { viewport });
      await publishWith(site, author, [await photoFile(3, 900, 1_400)]);
      await author.publish("And a word");
      const device = await site.deviceOf(reader, { viewport });
      await device.context.addInitScript(() => {
        const shifts: number[] = [];
        Object.assign(globalThis, { shifts });
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries() as (PerformanceEntry & { value: number })[]) {
            shifts.push(entry.value);
          }
        }).observe({ type: "layout-shift", buffered: true });
      });
      const page = await device.open("/");
      await cardOf(page, story.id)
        .locator("[data-media] img[data-loaded]")
        .first()
        .waitFor(patience);
      await scrollBy(page, 1_500);
      await scrollBy(page, -1_500);
      const shifts = await page.evaluate(
        () => (globalThis as unknown as { shifts: number[] }).shifts,
      );
      expect(shifts.reduce((sum, value) => sum + value, 0)).toBeLessThan(0.02);
    },
  );

  it("say that they cannot be had, with the page around them as it is, when their part does not come", async () => {
    const { reader, story } = await scene("parts", 1);
    const device = await site.deviceOf(reader, { expected: [/ERR_|^request: /] });
    await device.context.route(/assets\/media-grid-/, (route) => route.abort());
    await device.context.route("**/client.json", (route) =>
      route.fulfill({ json: { build: "a-newer-build", version: "9.9.9", demo: null } }),
    );
    const page = await device.open("/");
    const card = cardOf(page, story.id);
    await card.getByText(words("pictures.away"), { exact: true }).waitFor(patience);
    await card.getByRole("button", { name: words("version.reload"), exact: true }).waitFor();
    await page.getByRole("article").getByText("By parts").waitFor();
  });

  it("are asked for again once, when their addresses are good no more", async () => {
    const { author, reader } = await scene("signed", 1);
    const story = await publishWith(site, author, [await photoFile(2)], {
      visibility: "friends",
      text: "For friends",
    });
    const device = await site.deviceOf(reader, { expected: [/answer: .*media/] });
    let isOver = true;
    let reads = 0;
    await device.context.route("**/media/**", async (route) => {
      await (isOver ? route.fulfill({ status: 404 }) : route.fallback());
    });
    await device.context.route(`**/v1/stories/${story.id}`, async (route) => {
      isOver = false;
      reads += 1;
      await route.fallback();
    });
    const page = await device.open("/");
    await cardOf(page, story.id).locator("[data-media] img[data-loaded]").waitFor(patience);
    expect(reads).toBe(1);
  });

  it("are asked for again by hand, with addresses that are good, and the focus stays there", async () => {
    const { reader, story } = await scene("again", 1);
    const device = await site.deviceOf(reader, { expected: [/answer: |ERR_|^request: /] });
    let isAway = true;
    await device.context.route("**/media/*.*/**", (route) =>
      isAway ? route.fulfill({ status: 404 }) : route.fallback(),
    );
    await device.context.route(`**/v1/stories/${story.id}`, (route) =>
      isAway ? route.abort() : route.fallback(),
    );
    const page = await device.open("/");
    const card = cardOf(page, story.id);
    const again = card.getByRole("button", { name: words("app.retry"), exact: true });
    await again.waitFor(patience);
    isAway = false;
    const read = page.waitForRequest(`**/v1/stories/${story.id}`);
    await again.click();
    await read;
    await card.locator("[data-media] img[data-loaded]").waitFor(patience);
    expect(await hasFocus(card.getByRole("button", { name: photo(1, 1) }))).toBe(true);
  });
});

describe.skipIf(!hasBrowser)("a video", () => {
  const site = startedSite();

  async function film(name: string, options: SiteDeviceOptions = {}, above = 3) {
    const [reader, author] = await site.api.people(name, `${name}_author`);
    await reader.befriend(author);
    const some = async (count: number): Promise<void> => {
      for (let at = 0; at < count; at += 1) {
        await author.publish(`A story to scroll past\n${"line\n".repeat(10)}`);
      }
    };
    await some(4);
    const story = await publishWith(site, author, [await videoFile(4)], { text: "Look" });
    await some(above);
    const page = await (await site.deviceOf(reader, options)).open("/");
    await page.locator("article[data-story]").first().waitFor();
    const card = cardOf(page, story.id);
    return { page, card, video: card.locator("video") };
  }

  async function comeTo(page: Page, card: Locator): Promise<void> {
    while (!(await card.isVisible())) {
      await scrollBy(page, 500);
    }
    await card.locator("[data-media]").scrollIntoViewIfNeeded();
  }

  const isPlaying = (video: Locator): Promise<boolean> =>
    video.evaluate((element: HTMLVideoElement) => !element.paused && element.currentTime > 0);

  it.each(["phone", "desktop"] as readonly ViewportName[])(
    "plays without sound while it is seen, and stops when it is not, on a %s",
    async (viewport) => {
      const { page, card, video } = await film(`film_${viewport}`, { viewport });
      await comeTo(page, card);
      await expect.poll(() => isPlaying(video), patience).toBe(true);
      expect(await video.evaluate((element: HTMLVideoElement) => element.muted)).toBe(true);
      await card.getByRole("button", { name: words("pictures.sound") }).click();
      expect(await video.evaluate((element: HTMLVideoElement) => element.muted)).toBe(false);
      await card.getByRole("button", { name: words("pictures.pause") }).click();
      await expect.poll(() => isPlaying(video)).toBe(false);
      await card.getByRole("button", { name: words("pictures.play") }).click();
      await expect.poll(() => isPlaying(video)).toBe(true);
      await page.evaluate(() => {
        const top = document.querySelector("article video")?.getBoundingClientRect().bottom ?? 0;
        globalThis.scrollBy(0, top - 20);
      });
      await expect.poll(() => isPlaying(video)).toBe(false);
    },
  );

  it("says so when the browser does not let it play, and plays when it is asked to", async () => {
    const { page, card, video } = await film("refused", {}, 0);
    await page.addInitScript(() => {
      const { play } = HTMLMediaElement.prototype;
      let isPressed = false;
      addEventListener("pointerdown", () => (isPressed = true));
      HTMLMediaElement.prototype.play = function refuse(this: HTMLMediaElement) {
        return isPressed
          ? play.call(this)
          : Promise.reject(new DOMException("", "NotAllowedError"));
      };
    });
    await page.reload();
    await comeTo(page, card);
    await video.waitFor({ state: "attached", ...patience });
    expect(await card.getByRole("button", { name: words("pictures.pause") }).count()).toBe(0);
    await card.getByRole("button", { name: words("pictures.play") }).click();
    await expect.poll(() => isPlaying(video), patience).toBe(true);
    await card.getByRole("button", { name: words("pictures.pause") }).waitFor();

    // What it plays from may be good no more, and is asked for anew.
    const read = page.waitForRequest("**/v1/stories/*");
    await video.evaluate((element) => element.dispatchEvent(new Event("error")));
    await read;
  });

  it("waits to be asked by those who want calm", async () => {
    const { page, card, video } = await film("calm", { reducedMotion: "reduce" }, 0);
    await comeTo(page, card);
    await card.locator("[data-media] img[data-loaded]").waitFor(patience);
    expect(await video.count()).toBe(0);
    await tabAndPress(page, card.getByRole("button", { name: words("pictures.play") }));
    await expect.poll(() => isPlaying(video), patience).toBe(true);
  });

  it("opens on the whole screen with the browser's own controls, and rests below", async () => {
    const { page, card, video } = await film("opens");
    await comeTo(page, card);
    await expect.poll(() => isPlaying(video), patience).toBe(true);
    await card.getByRole("button", { name: words("pictures.video", { at: 1, of: 1 }) }).click();
    const large = viewerOf(page).locator("video");
    await large.waitFor();
    expect(await large.getAttribute("controls")).not.toBeNull();
    await expect.poll(() => isPlaying(video)).toBe(false);
    await page.keyboard.press("Escape");
    await viewerOf(page).waitFor({ state: "hidden" });
    await expect.poll(() => isPlaying(video)).toBe(true);
  });

  it("and a picture that moves stand still for those who want calm, until they press", async () => {
    const [reader, author] = await site.api.people("gif", "gif_author");
    await reader.befriend(author);
    const story = await publishWith(site, author, [await movingFile()]);
    const page = await (await site.deviceOf(reader, { reducedMotion: "reduce" })).open("/");
    const card = cardOf(page, story.id);
    const still = card.locator("[data-media] > div > div img");
    await still.first().waitFor(patience);
    expect(await still.count()).toBe(1);
    expect(await still.getAttribute("src")).toContain("still");
    await card.getByRole("button", { name: words("pictures.play") }).click();
    await expect
      .poll(() => card.locator("[data-media] picture img[data-loaded]").count(), patience)
      .toBe(1);
  });
});
