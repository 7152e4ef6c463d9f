import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { usualPassword, type Person } from "../support/api-client.ts";
import { hasBrowser, type Device } from "./support/browser.ts";
import { cardOf } from "./support/cards.ts";
import { answerTo, spoil } from "./support/network.ts";
import { promptly } from "./support/promptly.ts";
import { startedSite, type SiteDeviceOptions } from "./support/site.ts";
import { wordsOf } from "./support/words.ts";

const words = wordsOf("en");
/** What the browser says of requests that a test spoils. */
const spoiled = [/ERR_|^answer: .*: 50\d$|^request: /];
/** Long enough for several attempts, each of which waits longer. */
const patience = { timeout: 40_000 };

const said = (page: Page, key: string, values = {}) =>
  page.getByText(words(key, values), { exact: true });
const field = (page: Page, key: string) => page.getByLabel(words(key), { exact: true });
const button = (page: Page, key: string) =>
  page.getByRole("main").getByRole("button", { name: words(key), exact: true });
const accountOf = async (person: Person) => (await person.get("/v1/accounts/me")).body.account;

/** The languages that the page turns to from now on, in order. */
async function languagesSpoken(page: Page): Promise<() => Promise<readonly string[]>> {
  const spoken = await page.evaluateHandle(() => {
    const root = document.documentElement;
    const seen: string[] = [];
    new MutationObserver(() => seen.push(root.lang)).observe(root, { attributeFilter: ["lang"] });
    return seen;
  });
  return () => spoken.jsonValue();
}

describe.skipIf(!hasBrowser)("the settings", () => {
  const site = startedSite();

  async function open(
    path: string,
    person: Person,
    options: SiteDeviceOptions = {},
  ): Promise<Device & { readonly page: Page }> {
    const device = await site.deviceOf(person, options);
    return { ...device, page: await device.open(path) };
  }

  it("keep what is typed of a profile until it is saved, and say what is wrong with it", async () => {
    const person = await site.api.signUp("typing");
    const { page } = await open("/settings/profile", person);
    await field(page, "settings.profile.name").fill("Typed, not saved");
    await field(page, "settings.profile.bio").fill("é".repeat(503));
    await said(page, "settings.profile.over", { count: 3 }).waitFor();
    await page.reload();
    await said(page, "settings.profile.over", { count: 3 }).waitFor();
    expect(await field(page, "settings.profile.name").inputValue()).toBe("Typed, not saved");
    await button(page, "settings.profile.save").click();
    expect((await accountOf(person)).name).toBe("typing");

    await field(page, "settings.profile.bio").fill("Two\nlines");
    await answerTo(page, "PATCH /v1/accounts/me", () =>
      button(page, "settings.profile.save").click(),
    );
    await said(page, "settings.progress.saved").waitFor();
    expect(await accountOf(person)).toMatchObject({ name: "Typed, not saved", bio: "Two\nlines" });
    await page.reload();
    await expect.poll(() => field(page, "settings.profile.bio").inputValue()).toBe("Two\nlines");
  });

  it("change the language at once, in other tabs and on other devices, too", async () => {
    const person = await site.api.signUp("polyglot");
    const { page, open: openTab } = await open("/settings/language", person);
    const tab = await openTab("/settings");
    const other = await open("/friends", person);
    const speaksKorean = (there: Page) => there.evaluate(() => document.documentElement.lang);
    const spokenInTab = await languagesSpoken(tab);
    await page.getByRole("radio", { name: "한국어" }).check();
    await page.getByRole("heading", { name: wordsOf("ko")("settings.language.title") }).waitFor();
    await Promise.all([
      promptly("another language, in another tab", () => speaksKorean(tab), "ko"),
      promptly("another language, on another device", () => speaksKorean(other.page), "ko"),
    ]);
    expect((await accountOf(person)).locale).toBe("ko");
    expect(await spokenInTab()).toEqual(["ko"]);
  });

  it("tell times by the clock of the time zone that was chosen", async () => {
    const person = await site.api.signUp("traveller");
    const story = await person.publish("Somewhere else");
    const { page } = await open("/settings/language", person);
    await field(page, "settings.language.timeZone").selectOption("Pacific/Auckland");
    await page.getByText(/\(GMT\+1[23]\)/).waitFor();
    await page.goto("/");
    const there = new Intl.DateTimeFormat("en", {
      dateStyle: "full",
      timeStyle: "short",
      timeZone: "Pacific/Auckland",
    }).format(Date.parse(story.createdAt));
    const time = cardOf(page, story.id).locator("time").first();
    const shown = ((await time.getAttribute("title")) ?? "").replace(/\s/g, " ");
    expect(shown).toBe(there.replace(/\s/g, " "));
  });

  it("put a theme in place in every tab, and before anything is painted", async () => {
    const person = await site.api.signUp("nocturnal");
    const { page, open: openTab } = await open("/settings/appearance", person, {
      expected: spoiled,
    });
    const tab = await openTab("/settings");
    const themeOf = (there: Page) =>
      there.evaluate(() => document.documentElement.dataset["theme"]);
    const frames = (there: Page) =>
      there
        .locator('meta[name="theme-color"]')
        .evaluateAll((metas) => metas.map((meta) => meta.getAttribute("content")));
    const [, dark] = await frames(page);
    await page.getByRole("radio", { name: words("settings.appearance.dark") }).check();
    await expect.poll(() => themeOf(tab)).toBe("dark");
    expect(await frames(page)).toEqual([dark, dark]);

    // Without the script of the page, what is before it has done so.
    const next = await page.context().newPage();
    await next.route("**/assets/index-*.js", (route) => route.abort());
    await next.goto("/");
    expect(await themeOf(next)).toBe("dark");
    await next.close();
  });

  it("are found on a phone, and so is the way out", async () => {
    const person = await site.api.signUp("pocket");
    const { page } = await open("/", person, { viewport: "phone" });
    const menu = page.getByRole("navigation", { name: words("app.nav.label") });
    await menu.getByRole("link", { name: words("app.nav.me") }).click();
    await page
      .getByRole("main")
      .getByRole("link", { name: words("app.nav.settings"), exact: true })
      .click();
    await button(page, "settings.signOut.here").click();
    await said(page, "entrance.farewell.left").waitFor();
  });

  it("say who may see one's friends", async () => {
    const [person, friend, stranger] = await site.api.people("private_p", "private_f", "private_s");
    await person.befriend(friend);
    const { page } = await open("/settings/privacy", person);
    const seenBy = async (viewer: Person) =>
      (await viewer.get(`/v1/accounts/${person.id}/friends`)).status;
    expect([await seenBy(friend), await seenBy(stranger)]).toEqual([200, 404]);
    await page.getByRole("radio", { name: words("settings.privacy.nobody") }).check();
    await said(page, "settings.progress.saved").waitFor();
    expect([await seenBy(friend), await seenBy(stranger)]).toEqual([404, 404]);
  });

  it("change the password for whoever knows it, although the answer gets lost", async () => {
    const person = await site.api.signUp("forgetful");
    const { page } = await open("/settings/password", person, { expected: spoiled });
    await field(page, "settings.password.current").fill("not this one");
    await field(page, "settings.password.next").fill("a new long sentence");
    await button(page, "settings.password.save").click();
    await said(page, "settings.password.wrong").waitFor();
    await field(page, "settings.password.current").fill(usualPassword);
    await spoil(page, "PUT /v1/accounts/me/password", ["unanswered"]);
    await button(page, "settings.password.save").click();
    await said(page, "app.waiting.unreachable").waitFor();
    await said(page, "settings.password.saved").waitFor(patience);
    const signIn = (password: string) =>
      site.api.send("POST", "/v1/sessions", { body: { handle: person.handle, password } });
    expect((await signIn(usualPassword)).status).toBe(401);
    expect((await signIn("a new long sentence")).status).toBe(201);
  });

  it("show where one is signed in, and end one of these places", async () => {
    const person = await site.api.signUp("everywhere_else");
    const other = await open("/friends", person);
    const body = { handle: person.handle, password: usualPassword };
    const headers = { "user-agent": "curl/8.5.0" };
    const { token } = (await site.api.send("POST", "/v1/sessions", { body, headers })).body;
    const { page } = await open("/settings/sessions", person);
    const row = page.getByRole("listitem").filter({ hasText: "curl" });
    await row.waitFor();
    await answerTo(page, "DELETE /v1/sessions/*", () =>
      row
        .getByRole("button", { name: words("settings.sessions.endOf", { device: "curl" }) })
        .click(),
    );
    await row.waitFor({ state: "hidden" });
    const status = (await site.api.send("GET", "/v1/accounts/me", { token })).status;
    expect(status).toBe(401);
    expect(await other.page.getByRole("navigation").count()).toBeGreaterThan(0);
  });

  it("export everything that one wrote, going on where a page could not be read", async () => {
    const [person, friend] = await site.api.people("writes_much", "reads_much");
    await person.befriend(friend);
    const texts = Array.from({ length: 130 }, (_, n) => `Story ${String(n)}`);
    for (const [n, text] of texts.entries()) {
      const visibility = (["public", "friends", "self"] as const)[n % 3];
      await person.publish(text, { visibility });
    }
    const foreign = await friend.publish("Of a friend");
    const path = `/v1/stories/${foreign.id}/comments`;
    expect((await person.post(path, { text: "My comment" })).status).toBe(201);

    const { page } = await open("/settings/export", person, { expected: spoiled });
    const calls = await spoil(page, "GET /v1/accounts/*/stories", ["lost", { status: 503 }]);
    const downloaded = page.waitForEvent("download", patience);
    await button(page, "settings.export.start").click();
    await page.getByText(/tried again by itself/).waitFor();
    const download = await downloaded;
    await said(page, "settings.export.done").waitFor();
    expect(calls.madeAtMs).toHaveLength(4);
    expect(download.suggestedFilename()).toMatch(/^maru-writes_much-\d{4}-\d\d-\d\d\.json$/);
    const file = JSON.parse(await readFile(await download.path(), "utf8")) as {
      readonly account: { readonly handle: string };
      readonly stories: readonly { readonly text: string }[];
      readonly comments: readonly { readonly text: string }[];
    };
    expect(file.account.handle).toBe("writes_much");
    expect(file.stories.map(({ text }) => text)).toEqual(texts.toReversed());
    expect(file.comments.map(({ text }) => text)).toEqual(["My comment"]);
  });

  it("let nobody delete an account who does not mean it", async () => {
    const person = await site.api.signUp("stays_here");
    const { page } = await open("/settings/deletion", person);
    const remove = button(page, "settings.deletion.delete");
    await remove.click();
    await said(page, "entrance.password.empty").waitFor();
    await field(page, "entrance.password.label").fill(usualPassword);
    await field(page, "settings.deletion.confirm").fill("somebody_else");
    await remove.click();
    await expect
      .poll(() => field(page, "settings.deletion.confirm").evaluate((own) => own.matches(":focus")))
      .toBe(true);
    await field(page, "entrance.password.label").fill("not this one");
    await field(page, "settings.deletion.confirm").fill("@Stays_Here");
    await remove.click();
    await said(page, "settings.password.wrong").waitFor();
    expect((await accountOf(person)).handle).toBe("stays_here");
  });
});
