import type { Page } from "playwright-core";
import { nextFrame } from "./cards.ts";
import { at, button, card, me, newcomer, says, type Screen, type Stage } from "./stage.ts";

const away = [/ERR_/, /^request: /, /answer: /];

async function openFeed(stage: Stage): Promise<Page> {
  const device = await stage.deviceOf(stage.community.me, { expected: away });
  const page = await device.open();
  await card(page);
  return page;
}

export const feedScreens: readonly Screen[] = [
  { name: "feed", show: at("/", me, card) },
  {
    name: "feed-end",
    async show(stage) {
      const page = await openFeed(stage);
      const end = page.getByText(stage.words("feed.end"));
      while (!(await end.isVisible())) {
        await page.mouse.wheel(0, 2_000);
        await nextFrame(page);
      }
      await end.scrollIntoViewIfNeeded();
      return page;
    },
  },
  {
    name: "feed-of-long-ago",
    async show(stage) {
      const device = await stage.deviceOf(stage.community.me);
      const yearMs = 400 * 24 * 60 * 60 * 1_000;
      await device.context.clock.setFixedTime(Date.now() + yearMs);
      const page = await device.open();
      await card(page);
      return page;
    },
  },
  { name: "feed-empty", show: at("/", newcomer, says("feed.empty.title")) },
  {
    name: "feed-loading",
    async show(stage) {
      const device = await stage.deviceOf(stage.community.me, { expected: away });
      await device.context.route("**/v1/feed?**", () => undefined);
      await device.context.route("**/v1/feed", () => undefined);
      const page = await device.open();
      await page.locator("[data-skeleton]").first().waitFor();
      return page;
    },
  },
  {
    name: "feed-failed",
    async show(stage) {
      const device = await stage.deviceOf(stage.community.me, { expected: away });
      await device.context.route(/\/v1\/feed(\?|$)/, (route) => route.abort());
      const page = await device.open();
      await says("list.failed")(page, stage);
      return page;
    },
  },
  {
    name: "feed-offline",
    async show(stage) {
      const page = await openFeed(stage);
      await page.context().setOffline(true);
      await says("app.offline")(page, stage);
      return page;
    },
  },
  {
    name: "feed-lost",
    async show(stage) {
      const device = await stage.deviceOf(stage.community.me, { expected: away });
      await device.context.route("**/v1/feed/live**", (route) => route.abort());
      const page = await device.open();
      await card(page);
      await says("app.lost")(page, stage);
      return page;
    },
  },
  {
    name: "feed-new",
    async show(stage) {
      const { community, words } = stage;
      const page = await openFeed(stage);
      // At the top, a reader who only watches is shown new stories without being asked.
      await page.evaluate(() => {
        scrollTo(0, 600);
      });
      await page.waitForFunction(() => scrollY > 0);
      await community.friend.publish(words("feed.title"));
      await button(page, stage, "feed.new", { count: 1 }).waitFor();
      return page;
    },
  },
];
