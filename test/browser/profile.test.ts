import type { Page, Route } from "playwright-core";
import { describe, expect, it } from "vitest";
import type { Person } from "../support/api-client.ts";
import { hasBrowser } from "./support/browser.ts";
import { cardInView, cardOf, cardsIn, scrollBy, stillness } from "./support/cards.ts";
import { answerTo, isCall, type Call } from "./support/network.ts";
import { offerOf, rowOf } from "./support/people.ts";
import { startedSite, type Site } from "./support/site.ts";
import { wordsOf } from "./support/words.ts";

const words = wordsOf("en");
/** What a reader's eye does not see. */
const stillPx = 1;

/** The server refuses the call, as it would with this code. */
async function refuse(page: Page, call: Call, code: string): Promise<void> {
  await page.route("**/v1/**", async (route: Route) => {
    if (!isCall(route.request(), call)) {
      await route.fallback();
      return;
    }
    const problem = { type: "about:blank", title: code, status: 409, detail: code, code };
    await route.fulfill({
      status: 409,
      contentType: "application/problem+json",
      body: JSON.stringify({ ...problem, requestId: "x" }),
    });
  });
}

describe.skipIf(!hasBrowser)("somebody's page", () => {
  const site = startedSite();

  async function openProfile(on: Site, me: Person, of: Person, path = ""): Promise<Page> {
    return (await on.deviceOf(me)).open(`/@${of.handle}${path}`);
  }

  it("is found where one left it, and at its top when one goes there anew", async () => {
    const [me, author] = await site.api.people("returns", "writes_much");
    for (let n = 0; n < 45; n += 1) {
      await author.publish(`${String(n)}\n${"line\n".repeat(n % 5)}`);
    }
    const page = await openProfile(site, me, author);
    await page.locator("article").first().waitFor();
    await scrollBy(page, 3_000);
    const before = await cardInView(page);
    await cardOf(page, before.id).locator("a:has(time)").click();
    await page.waitForURL(`**/stories/${before.id}`);
    await page.getByRole("button", { name: words("app.back"), exact: true }).waitFor();
    await page.goBack();
    await cardOf(page, before.id).waitFor();
    await stillness(page);
    const after = (await cardsIn(page)).find(({ id }) => id === before.id);
    expect(Math.abs(after!.topPx - before.topPx)).toBeLessThanOrEqual(stillPx);
    await page
      .getByRole("link", { name: words("app.nav.search") })
      .first()
      .click();
    await page.getByRole("searchbox").fill(author.handle);
    await rowOf(page, author).getByRole("link").click();
    await page.locator("article").first().waitFor();
    expect(await page.evaluate(() => scrollY)).toBe(0);
  });

  it("shows lists of people as far as the person allows", async () => {
    const [me, open, closed] = await site.api.people("looks", "shows_lists", "hides_lists");
    await open.patch("/v1/accounts/me", { privacy: "everyone" });
    await closed.patch("/v1/accounts/me", { privacy: "nobody" });
    await open.befriend(closed);
    const page = await openProfile(site, me, open);
    await page
      .getByRole("link", { name: words("profile.count.friends", { count: 1, number: 1 }) })
      .click();
    await rowOf(page, closed).getByRole("link").click();
    await page.getByRole("heading", { level: 1, name: closed.handle }).waitFor();
    await page
      .getByRole("link", { name: words("profile.count.friends", { count: 1, number: 1 }) })
      .click();
    await page.getByRole("heading", { name: words("profile.notShown.title") }).waitFor();
  });

  it("a block hides the page, also after a reload, until it is undone there", async () => {
    const [me, other] = await site.api.people("blocks", "is_blocked");
    await other.publish("Seen by everyone else");
    const page = await openProfile(site, me, other);
    await page.locator("article").first().waitFor();
    await page.getByRole("button", { name: words("people.more", { name: other.handle }) }).click();
    await page.getByRole("menuitem", { name: words("people.action.block") }).click();
    await answerTo(page, "PUT /v1/blocks/*", () =>
      page
        .getByRole("dialog")
        .getByRole("button", { name: words("people.action.block") })
        .click(),
    );
    await page.getByText(words("people.state.blocked")).waitFor();
    expect(await page.locator("article").count()).toBe(0);
    await page.reload();
    await page.getByText(words("people.state.blocked")).waitFor();
    await answerTo(page, "DELETE /v1/blocks/*", () => offerOf(page, "unblock").click());
    await offerOf(page, "befriend").waitFor();
    await page.locator("article").first().waitFor();
  });

  it("of somebody who blocks the reader is not there", async () => {
    const [me, other] = await site.api.people("shut_out", "shuts_out");
    await other.put(`/v1/blocks/${me.id}`);
    const page = await openProfile(site, me, other);
    await page.getByRole("heading", { level: 1, name: words("app.notFound.title") }).waitFor();
  });

  it("disappears while it is open, when the person blocks the reader", async () => {
    const [me, other] = await site.api.people("watches", "turns_away");
    const page = await openProfile(site, me, other);
    await offerOf(page, "befriend").waitFor();
    await other.put(`/v1/blocks/${me.id}`);
    await page.getByRole("heading", { level: 1, name: words("app.notFound.title") }).waitFor();
  });

  it("is read by visitors, who cannot do anything there", async () => {
    const author = await site.api.signUp("is_public");
    await author.publish("For everyone");
    const page = await (await site.visitor()).open(`/@${author.handle}`);
    await page.getByText("For everyone").waitFor();
    expect(await offerOf(page, "befriend").count()).toBe(0);
    expect(await offerOf(page, "follow").count()).toBe(0);
  });

  it("shows oneself the way to what can be changed, and a bio with safe links", async () => {
    const me = await site.api.signUp("tells_much");
    await me.patch("/v1/accounts/me", { bio: "See https://example.org/a and javascript:alert(1)" });
    const page = await openProfile(site, me, me);
    const link = page.getByRole("main").locator('a[target="_blank"]');
    await link.waitFor();
    expect(await link.count()).toBe(1);
    expect(await link.getAttribute("href")).toBe("https://example.org/a");
    expect(await link.getAttribute("rel")).toContain("noopener");
    await page.getByRole("link", { name: words("profile.edit") }).click();
    await page.waitForURL("**/settings/profile");
  });
});

describe.skipIf(!hasBrowser)("what the server refuses between two people", () => {
  const site = startedSite();

  it.each([
    ["befriend", "PUT /v1/friends/*", "graph.friend_limit", "friends"],
    ["befriend", "PUT /v1/friends/*", "graph.request_limit", "requests"],
    ["follow", "PUT /v1/follows/*", "graph.follow_limit", "follows"],
  ] as const)("%s is taken back, and said: %s %s", async (action, call, code, said) => {
    const [me, other] = await site.api.people(`no_${said}`, `no_${said}_other`);
    const page = await (await site.deviceOf(me)).open(`/@${other.handle}`);
    await offerOf(page, action).waitFor();
    await refuse(page, call, code);
    await offerOf(page, action).click();
    await page.getByText(words(`people.refused.${said}`)).waitFor();
    await offerOf(page, action).waitFor();
    expect(await page.getByText(code).count()).toBe(0);
  });
});
