import { describe, expect, it } from "vitest";
import { metricOf } from "../support/metric.ts";
import { hasBrowser } from "./support/browser.ts";
import { cardOf } from "./support/cards.ts";
import { startedSite } from "./support/site.ts";
import { wordsOf } from "./support/words.ts";

const words = wordsOf("en");

describe.skipIf(!hasBrowser)("what a page tells its server", () => {
  const site = startedSite();
  /** Zero as long as there was none. */
  const count = (metric: string): Promise<number> => metricOf(site.node, metric).catch(() => 0);
  const logged = (): Promise<number> => count('maru_web_client_errors_total{outcome="logged"}');

  it("is what broke, and nothing of whom or what the page was about", async () => {
    const person = await site.api.signUp("unlucky");
    const story = await person.publish("Something that stays here");
    const device = await site.deviceOf(person, { expected: [/Something that stays here/] });
    // The browser shows what a beacon carries only where it passes through a hand.
    await device.context.route("**/v1/client-errors", (route) => route.continue());
    const page = await device.open(`/stories/${story.id}`);
    await cardOf(page, story.id).waitFor();
    const before = await logged();
    const told = page.waitForRequest("**/v1/client-errors");
    await page.evaluate(() => {
      setTimeout(() => {
        throw new SyntaxError(`unexpected "Something that stays here"`);
      });
    });
    const body = (await told).postDataJSON() as Record<string, unknown>;
    expect(body).toMatchObject({
      message: "SyntaxError: unexpected …",
      page: "/stories/-",
      kind: "error",
    });
    expect(JSON.stringify(body)).not.toContain(story.id);
    await expect.poll(logged).toBe(before + 1);
  });

  it("is which page broke, which says so and leaves the frame as it is", async () => {
    const person = await site.api.signUp("unluckier");
    const device = await site.deviceOf(person, { expected: [/TypeError/] });
    await device.context.route(/\/v1\/friends(\?|$)/, (route) =>
      route.fulfill({ json: { items: [null], nextCursor: null } }),
    );
    const page = await device.context.newPage();
    const told = page.waitForRequest("**/v1/client-errors");
    await page.goto("/friends");
    await page.getByRole("heading", { level: 1, name: words("broken.title") }).waitFor();
    expect((await told).postDataJSON()).toMatchObject({ kind: "render", page: "/friends" });

    const menu = page.getByRole("navigation", { name: words("app.nav.label") });
    await menu.getByRole("link", { name: words("app.nav.feed"), exact: true }).click();
    await page.getByText(words("feed.empty.title")).waitFor();
  });

  it("is how long it took, once, when it is left", async () => {
    const person = await site.api.signUp("patient");
    const story = await person.publish("Worth the wait");
    const device = await site.deviceOf(person);
    const page = await device.open();
    await cardOf(page, story.id).waitFor();
    await page.goto("/openapi.json");
    await page.goto("about:blank");
    for (const name of ["dns", "connect", "first_byte", "download", "ready", "largest_paint"]) {
      const metric = `maru_web_${name}_seconds_count{page="feed"}`;
      await expect.poll(() => count(metric), { message: name }).toBe(1);
    }
    await expect.poll(() => count('maru_web_layout_shift_count{page="feed"}')).toBe(1);
    expect(await count('maru_web_tls_seconds_count{page="feed"}')).toBe(0);
  });
});
