import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import type { Person } from "../support/api-client.ts";
import { hasBrowser, type ViewportName } from "./support/browser.ts";
import { answerTo } from "./support/network.ts";
import { actionIn, handlesIn, handlesOf, patience, rowOf } from "./support/people.ts";
import { startedSite } from "./support/site.ts";
import { wordsOf } from "./support/words.ts";

const words = wordsOf("en");
/** What a reader's eye does not see. */
const stillPx = 1;
const viewports = ["phone", "desktop"] as const satisfies readonly ViewportName[];

/** Where each of the rows stands in the window, in pixels from its top. */
function placesOf(page: Page, people: readonly Person[]): Promise<readonly number[]> {
  return Promise.all(people.map(async (one) => (await rowOf(page, one).boundingBox())!.y));
}

describe.skipIf(!hasBrowser)("the lists of people", () => {
  const site = startedSite();

  it.each(viewports)(
    "requests are answered where they stand, and no row moves (%s)",
    async (viewport) => {
      const [me, one, two, three] = await site.api.people(
        `${viewport}_me`,
        `${viewport}_one`,
        `${viewport}_two`,
        `${viewport}_three`,
      );
      for (const asker of [one, two, three]) {
        await asker.put(`/v1/friends/${me.id}`);
      }
      const device = await site.deviceOf(me, { viewport });
      await device.context.clock.install();
      const page = await device.open("/friends/received");
      await rowOf(page, one).waitFor();
      const before = await handlesIn(page);
      const places = await placesOf(page, [one, two, three]);
      await answerTo(page, "PUT /v1/friends/*", () => actionIn(rowOf(page, two), "accept").click());
      await rowOf(page, two).getByText(words("people.state.friends"), { exact: true }).waitFor();
      await answerTo(page, "DELETE /v1/friends/*", () =>
        actionIn(rowOf(page, three), "decline").click(),
      );
      await rowOf(page, three).getByText(words("people.state.declined")).waitFor();
      await page
        .getByRole("link", { name: words("app.nav.waiting", { count: 1 }).trim() })
        .waitFor();
      // Long enough for a reader to be at rest, and for what comes and goes above them.
      await device.context.clock.fastForward(5_000);
      expect(await handlesIn(page)).toEqual(before);
      for (const [at, placePx] of (await placesOf(page, [one, two, three])).entries()) {
        expect(Math.abs(placePx - places[at]!)).toBeLessThanOrEqual(stillPx);
      }
      expect(await handlesOf(me, "/v1/friends")).toEqual([two.handle]);
      expect(await handlesOf(me, "/v1/friends/requests")).toEqual([one.handle]);
      await page.reload();
      await rowOf(page, one).waitFor();
      expect(await handlesIn(page)).toEqual([one.handle]);
      await page
        .getByRole("link", { name: words("people.list.friends") })
        .last()
        .click();
      await rowOf(page, two).waitFor();
    },
  );

  it("a request that is withdrawn can be sent again in the same row", async () => {
    const [me, other] = await site.api.people("withdraws", "withdrawn");
    await me.put(`/v1/friends/${other.id}`);
    const page = await (await site.deviceOf(me)).open("/friends/sent");
    const row = rowOf(page, other);
    await answerTo(page, "DELETE /v1/friends/*", () => actionIn(row, "withdraw").click());
    expect(await handlesOf(other, "/v1/friends/requests")).toEqual([]);
    await answerTo(page, "PUT /v1/friends/*", () => actionIn(row, "befriend").click());
    await actionIn(row, "withdraw").waitFor();
    expect(await handlesOf(other, "/v1/friends/requests")).toEqual([me.handle]);
  });

  it.each([
    ["following", "follows", "unfollow", "follow"],
    ["muted", "mutes", "unmute", "mute"],
    ["blocked", "blocks", "unblock", "block"],
  ] as const)("of those %s each can be let go, and taken back", async (list, noun, end, begin) => {
    const [me, other] = await site.api.people(`${noun}_me`, `${noun}_other`);
    await me.put(`/v1/${noun}/${other.id}`);
    const page = await (await site.deviceOf(me)).open(`/friends/${list}`);
    const row = rowOf(page, other);
    await answerTo(page, `DELETE /v1/${noun}/*`, () => actionIn(row, end).click());
    expect(await handlesOf(me, `/v1/${noun}`)).toEqual([]);
    await answerTo(page, `PUT /v1/${noun}/*`, () => actionIn(row, begin).click());
    await actionIn(row, end).waitFor();
    expect(await handlesOf(me, `/v1/${noun}`)).toEqual([other.handle]);
  });

  it("a friendship ends after a question, by keyboard, and the focus stays in the row", async () => {
    const [me, other] = await site.api.people("parts", "parted");
    await me.befriend(other);
    const page = await (await site.deviceOf(me)).open("/friends");
    const row = rowOf(page, other);
    await row.getByRole("button", { name: words("people.more", { name: other.handle }) }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("menuitem", { name: words("people.action.unfriend") }).waitFor();
    await page.keyboard.press("Enter");
    const question = page.getByRole("dialog");
    await question.waitFor();
    await answerTo(page, "DELETE /v1/friends/*", () =>
      question.getByRole("button", { name: words("people.action.unfriend") }).press("Enter"),
    );
    await actionIn(row, "befriend").waitFor();
    expect(await handlesOf(me, "/v1/friends")).toEqual([]);
    await expect
      .poll(
        () => page.evaluate(() => document.activeElement?.closest("li")?.textContent ?? "nowhere"),
        patience,
      )
      .toContain(other.handle);
  });

  it("is read on as one scrolls, and narrowed by name", async () => {
    const me = await site.api.signUp("has_many");
    const friends: Person[] = [];
    for (let n = 10; n < 70; n += 1) {
      const friend = await site.api.signUp(`many_${String(n)}`);
      await me.befriend(friend);
      friends.push(friend);
    }
    const page = await (await site.deviceOf(me)).open("/friends");
    await rowOf(page, friends.at(-1)!).waitFor();
    const filter = page.getByRole("searchbox", { name: words("people.filter.label") });
    await filter.fill("many_10");
    await rowOf(page, friends[0]!).waitFor();
    await expect.poll(() => handlesIn(page), patience).toEqual(["many_10"]);
    await filter.fill("nobody");
    await page.getByRole("heading", { name: words("people.filter.none") }).waitFor();
    await page.reload();
    await expect
      .poll(async () => {
        await page.mouse.wheel(0, 2_000);
        return (await handlesIn(page)).length;
      }, patience)
      .toBe(60);
  });

  it.each(["friends", "received", "sent", "following", "muted", "blocked"])(
    "says so where nobody is in the list: %s",
    async (list) => {
      const me = await site.api.signUp(`alone_${list}`);
      const page = await (await site.deviceOf(me)).open(`/friends/${list}`);
      await page.getByRole("heading", { name: words(`people.empty.${list}.title`) }).waitFor();
    },
  );

  it("tries again by itself when it could not be read", async () => {
    const [me, friend] = await site.api.people("patient", "patient_friend");
    await me.befriend(friend);
    const device = await site.deviceOf(me, { expected: [/v1\/friends/] });
    const page = await device.open("/search");
    await page.getByRole("searchbox").waitFor();
    let isBroken = true;
    await page.route("**/v1/friends?*", (route) =>
      isBroken ? route.abort("connectionreset") : route.fallback(),
    );
    await page
      .getByRole("link", { name: words("app.nav.friends") })
      .first()
      .click();
    await page.getByRole("heading", { name: words("people.failed.title") }).waitFor();
    isBroken = false;
    await rowOf(page, friend).waitFor();
  });
});
