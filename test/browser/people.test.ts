import type { Locator, Page, Route } from "playwright-core";
import { describe, expect, it } from "vitest";
import type { Person } from "../support/api-client.ts";
import { hasBrowser, type ViewportName } from "./support/browser.ts";
import { cardInView, cardOf, cardsIn, scrollBy, stillness } from "./support/cards.ts";
import { answerTo, isCall, type Call } from "./support/network.ts";
import { startedSite, type Site } from "./support/site.ts";
import { wordsOf } from "./support/words.ts";

const words = wordsOf("en");
/** What a reader's eye does not see. */
const stillPx = 1;
/** On a busy machine. */
const patience = { timeout: 20_000 };
const viewports = ["phone", "desktop"] as const satisfies readonly ViewportName[];

/** A person's row in the list of the page. */
function rowOf(page: Page, { handle }: Pick<Person, "handle">): Locator {
  return page
    .getByRole("main")
    .getByRole("listitem")
    .filter({ has: page.locator(`a[data-person="${handle}"]`) });
}

/** Buttons of rows say whom they are about; what they do comes first. */
function actionIn(row: Locator, action: string): Locator {
  return row.getByRole("button", { name: new RegExp(`^${words(`people.action.${action}`)}:`) });
}

function offerOf(page: Page, action: string): Locator {
  return page.getByRole("button", { name: words(`people.action.${action}`), exact: true });
}

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

async function handlesOf(person: Person, target: string): Promise<readonly string[]> {
  return (await person.walk(target)).map(({ handle }) => handle);
}

/** Where each of the rows stands in the window, in pixels from its top. */
function placesOf(page: Page, people: readonly Person[]): Promise<readonly number[]> {
  return Promise.all(people.map(async (one) => (await rowOf(page, one).boundingBox())!.y));
}

/** Handles of the people in the list of the page. */
function handlesIn(page: Page): Promise<readonly (string | null)[]> {
  return page
    .getByRole("main")
    .locator("a[data-person]")
    .evaluateAll((links) => links.map((link) => link.getAttribute("data-person")));
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

describe.skipIf(!hasBrowser)("searching people", () => {
  const site = startedSite();

  const fieldOf = (page: Page) =>
    page.getByRole("searchbox", { name: words("people.search.label") });
  const focused = (page: Page) =>
    page.evaluate(
      () => document.activeElement?.getAttribute("data-person") ?? document.activeElement?.tagName,
    );

  it("finds as one types, keeps what was typed last, and can be gone through by keys", async () => {
    const [me, mina, minsu] = await site.api.people("seeker", "mina_found", "minsu_found");
    const page = await (await site.deviceOf(me)).open("/");
    await page.getByRole("main").waitFor();
    await page.keyboard.press("/");
    await fieldOf(page).waitFor();
    await expect.poll(() => focused(page), patience).toBe("INPUT");
    // The first answer comes after the second.
    const late = Promise.withResolvers<undefined>();
    await page.route(
      ({ searchParams }) => searchParams.get("handle") === "min",
      async (route) => {
        await late.promise;
        await route.fallback();
      },
    );
    const asked = page.waitForRequest((request) => request.url().includes("handle=min"));
    await page.keyboard.type("min");
    await asked;
    await page.keyboard.type("a_found");
    await rowOf(page, mina).waitFor();
    late.resolve(undefined);
    await page.waitForURL("**/search?q=mina_found");
    expect(await handlesIn(page)).toEqual([mina.handle]);

    await page.unrouteAll({ behavior: "wait" });
    await fieldOf(page).fill("min");
    await rowOf(page, minsu).waitFor();
    await page.keyboard.press("Enter");
    await expect.poll(() => focused(page), patience).toBe(mina.handle);
    await page.keyboard.press("ArrowDown");
    expect(await focused(page)).toBe(minsu.handle);
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    expect(await focused(page)).toBe("INPUT");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: mina.handle }).waitFor();
    await page.goBack();
    await rowOf(page, minsu).waitFor();
    expect(await fieldOf(page).inputValue()).toBe("min");
  });

  it("offers what stands between the two in each row", async () => {
    const [me, one, two] = await site.api.people("row_me", "rows_one", "rows_two");
    await two.put(`/v1/friends/${me.id}`);
    const page = await (await site.deviceOf(me)).open("/search?q=rows_");
    await answerTo(page, "PUT /v1/friends/*", () => actionIn(rowOf(page, one), "befriend").click());
    await actionIn(rowOf(page, one), "withdraw").waitFor();
    await answerTo(page, "PUT /v1/friends/*", () => actionIn(rowOf(page, two), "accept").click());
    await rowOf(page, two).getByText(words("people.state.friends"), { exact: true }).waitFor();
  });

  it("remembers what one looked for until it is cleared", async () => {
    const [me, other] = await site.api.people("remembers", "remembered");
    const device = await site.deviceOf(me);
    const page = await device.open("/search?q=remembered");
    await rowOf(page, other).getByRole("link").click();
    await page.getByRole("heading", { level: 1, name: other.handle }).waitFor();
    await page.goto("/search");
    await page.getByRole("button", { name: "remembered", exact: true }).click();
    await rowOf(page, other).waitFor();
    await page.getByRole("button", { name: words("people.search.clear") }).click();
    await page.getByRole("button", { name: words("people.search.forget") }).click();
    await page.getByRole("heading", { name: words("people.search.begin.title") }).waitFor();
  });

  it("says so when nobody is called so", async () => {
    const me = await site.api.signUp("finds_none");
    const page = await (await site.deviceOf(me)).open("/search?q=nobody_is_called_so");
    await page.getByRole("heading", { name: words("people.search.none.title") }).waitFor();
  });
});

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
