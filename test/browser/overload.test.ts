import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Page } from "playwright-core";
import { describe, expect, it, onTestFinished } from "vitest";
import { unguarded } from "../../src/http/load-guard.ts";
import { httpSettingsDefault } from "../../src/http/settings.ts";
import type { Item } from "../support/api-client.ts";
import { getRoute, startTestHost } from "../support/http.ts";
import { randomFrom } from "../support/random.ts";
import { printedSeed } from "../support/seed.ts";
import { hasBrowser, startBrowser } from "./support/browser.ts";
import { cardOf } from "./support/cards.ts";
import { refuse } from "./support/network.ts";
import { picturesFolder } from "./support/pictures.ts";
import { startedSite } from "./support/site.ts";
import { wordsOf } from "./support/words.ts";
import { openWriting } from "./support/writing.ts";

/** What people see while the server is asked for more than it can do. */

const words = wordsOf("en");
const refused = [/^answer: .*: 503|ERR_/];
const patience = { timeout: 60_000 };
/** Refused of a hundred calls at twice and at ten times the capacity, and where nothing is let in. */
const surges = [
  ["twice as many", 50],
  ["ten times as many", 90],
  ["more than can be counted", 100],
] as const;
const surgeLastsMs = 8_000;

async function picture(page: Page, name: string): Promise<void> {
  if (picturesFolder !== undefined) {
    await mkdir(picturesFolder, { recursive: true });
    await page.screenshot({
      path: join(picturesFolder, `overload-${name.replaceAll(" ", "-")}.png`),
    });
  }
}

describe.skipIf(!hasBrowser)("while too many come", () => {
  const site = startedSite();

  it.each(surges)(
    "%s: nothing typed is lost, and all comes by itself once it is over",
    async (many, percent) => {
      const random = randomFrom(printedSeed("overload"));
      const me = await site.api.signUp(`surge_${String(percent)}`);
      const story = await me.publish("From before it began");
      const device = await site.deviceOf(me, { viewport: "phone", expected: refused });
      const page = await device.open("/");
      await cardOf(page, story.id).waitFor();
      const surge = await refuse(page, percent, random);
      const writing = await openWriting(page, words);
      const text = `Written while there came ${many}`;
      await writing.text.fill(text);
      await writing.send.click();
      if (percent === 100) {
        await writing.said("compose.busy").waitFor();
      }
      await pause(surgeLastsMs);
      await picture(page, `${many} sending`);
      await surge.end();
      await page.getByRole("article").getByText(text, { exact: true }).waitFor(patience);
      await picture(page, `${many} over`);
      const mine: readonly Item[] = await me.walk(`/v1/accounts/${me.id}/stories`);
      expect(mine.map((item) => item.text)).toEqual([text, "From before it began"]);
    },
  );

  it.each(surges)(
    "%s: who opens the page sees why it takes long, and then the page",
    async (many, percent) => {
      const random = randomFrom(printedSeed("overload"));
      const me = await site.api.signUp(`opens_${String(percent)}`);
      const story = await me.publish("Worth waiting for");
      const device = await site.deviceOf(me, { viewport: "phone", expected: refused });
      const page = await device.context.newPage();
      const surge = await refuse(page, percent, random);
      await page.goto("/");
      if (percent === 100) {
        await page.getByRole("heading", { name: words("app.busy.title") }).waitFor(patience);
      }
      await pause(surgeLastsMs);
      await picture(page, `${many} opening`);
      await surge.end();
      await cardOf(page, story.id).waitFor(patience);
    },
  );
});

describe.skipIf(!hasBrowser)("who opens a page that is refused", () => {
  it("is told so in their language, and has it by itself once there is room", async () => {
    const waiting: (() => void)[] = [];
    const server = await startTestHost(
      [
        getRoute("/held", async () => {
          await new Promise<void>((resolve) => waiting.push(resolve));
          return { status: 200, body: "read" };
        }),
        getRoute("/page", () => ({ status: 200, body: "there is room" })),
      ],
      { settings: { ...httpSettingsDefault, load: { ...unguarded, adaptiveLimit: true } } },
    );
    onTestFinished(() => server.host.close());
    const held = Array.from({ length: 256 }, () => server.fetch("/held"));
    await expect.poll(() => waiting.length).toBe(256);
    const browser = await startBrowser();
    onTestFinished(browser.close);
    const device = await browser.openDevice({
      url: server.url,
      locale: "ko",
      viewport: "phone",
      expected: refused,
    });
    const page = await device.context.newPage();
    const answer = await page.goto(`${server.url}/page`);
    expect(answer?.status()).toBe(503);
    await page.getByRole("heading", { name: "지금 사람이 많아요" }).waitFor();
    await picture(page, "refused page");
    for (const letGo of waiting.splice(0)) letGo();
    await Promise.all(held);
    await page.getByText("there is room").waitFor(patience);
  });
});
