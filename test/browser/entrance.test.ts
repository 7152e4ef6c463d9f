import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { usualPassword } from "../support/api-client.ts";
import { hasBrowser } from "./support/browser.ts";
import { entranceOf, signInOn } from "./support/entering.ts";
import { answerTo, spoil, type Fate } from "./support/network.ts";
import { startedSite } from "./support/site.ts";
import { wordsOf } from "./support/words.ts";

const words = wordsOf("en");
/** What the browser says of requests that a test spoils. */
const spoiled = [/ERR_|^answer: .*: 50\d$|^request: /];
/** Long enough for several attempts, each of which waits longer. */
const patience = { timeout: 40_000 };
/** In the sample community, a name is no secret. */
const sample = { handle: "sample_tea", name: "Tea House", locale: "en", password: usualPassword };

const field = (page: Page, name: "name" | "handle" | "password") =>
  page.getByLabel(words(`entrance.${name}.label`), { exact: true });
const said = (page: Page, key: string) => page.getByText(words(key), { exact: true });
const press = (page: Page, key: string) =>
  page
    .getByRole("main")
    .getByRole("button", { name: words(key), exact: true })
    .click();
const frameOf = (page: Page) => page.getByRole("navigation", { name: words("app.nav.label") });

async function fillIn(
  page: Page,
  texts: Partial<Record<"name" | "handle" | "password", string>>,
): Promise<void> {
  for (const name of ["name", "handle", "password"] as const) {
    const text = texts[name];
    if (text !== undefined) {
      await field(page, name).fill(text);
    }
  }
}

describe.skipIf(!hasBrowser)("the way in", () => {
  const site = startedSite({ demo: { accounts: [{ ...sample, locale: "en" }] } });

  it.each<[string, readonly Fate[], string]>([
    ["the answer is lost", ["unanswered", "unanswered"], "app.waiting.unreachable"],
    ["the request is lost", ["lost"], "app.waiting.unreachable"],
    ["the server is busy", [{ status: 503, retryAfterS: 1 }], "app.waiting.busy"],
    ["too many ask", [{ status: 429, retryAfterS: 1 }], "app.waiting.busy"],
  ])("makes one account, by itself, although %s", async (what, fates, word) => {
    const device = await site.visitor({ expected: spoiled, timeZone: "Asia/Tokyo" });
    const page = await device.open("/sign-up");
    const calls = await spoil(page, "POST /v1/accounts", fates);
    const handle = `new_${what.replaceAll(" ", "_").slice(4)}`;
    const keys: (string | undefined)[] = [];
    page.on("request", (request) => {
      if (request.method() === "POST" && request.url().endsWith("/v1/accounts")) {
        keys.push(request.headers()["idempotency-key"]);
      }
    });
    await fillIn(page, { name: "Somebody New", handle, password: usualPassword });
    await press(page, "entrance.signUp");
    await said(page, word).waitFor();
    expect(await field(page, "password").inputValue()).toBe(usualPassword);
    await frameOf(page).waitFor(patience);
    expect(calls.madeAtMs.length).toBe(fates.length + 1);
    expect([...new Set(keys)]).toHaveLength(1);
    const answer = await page.evaluate(async () => (await fetch("/v1/accounts/me")).text());
    expect(JSON.parse(answer)).toMatchObject({
      account: { handle, name: "Somebody New", locale: "en", timeZone: "Asia/Tokyo" },
    });
  });

  it("says what is wrong with a field once it was left, and that a handle is taken", async () => {
    await site.api.signUp("taken_handle");
    const page = await (await site.visitor()).open("/sign-up");
    await field(page, "handle").pressSequentially("a-");
    expect(await said(page, "entrance.handle.characters").count()).toBe(0);
    await field(page, "password").focus();
    await said(page, "entrance.handle.characters").waitFor();
    await field(page, "handle").fill("taken_handle");
    await said(page, "entrance.handle.hint").waitFor();
    await fillIn(page, { password: "short" });
    await press(page, "entrance.signUp");
    await said(page, "entrance.name.empty").waitFor();
    await expect
      .poll(() => field(page, "name").evaluate((own) => own.matches(":focus")))
      .toBe(true);
    await fillIn(page, { name: "Me", password: usualPassword });
    await press(page, "entrance.signUp");
    await said(page, "entrance.handle.taken").waitFor();
    await field(page, "handle").fill("free_handle");
    await press(page, "entrance.signUp");
    await frameOf(page).waitFor();
  });

  it("keeps what was typed through a reload, all but the password", async () => {
    const page = await (await site.visitor()).open("/sign-up");
    await fillIn(page, { name: "Half Typed", handle: "half_typed", password: usualPassword });
    await page.reload();
    await expect.poll(() => field(page, "name").inputValue()).toBe("Half Typed");
    expect(await field(page, "handle").inputValue()).toBe("half_typed");
    expect(await field(page, "password").inputValue()).toBe("");
  });

  it("is open to the right password alone, however the handle is written", async () => {
    await site.api.signUp("careful");
    const page = await (await site.visitor()).open("/sign-in");
    await fillIn(page, { handle: " @Careful", password: "not this one" });
    await press(page, "entrance.signIn");
    await said(page, "entrance.wrong").waitFor();
    await field(page, "password").fill(usualPassword);
    expect(await said(page, "entrance.wrong").count()).toBe(0);
    await field(page, "password").press("Enter");
    await frameOf(page).waitFor();
  });

  it("says so where too many wrong passwords were tried, and does not try by itself", async () => {
    await site.api.signUp("tried_often");
    for (let status = 401; status === 401;) {
      const body = { handle: "tried_often", password: "not this one" };
      ({ status } = await site.api.send("POST", "/v1/sessions", { body }));
    }
    const page = await (await site.visitor({ expected: [/429/] })).open("/sign-in");
    await fillIn(page, { handle: "tried_often", password: usualPassword });
    await press(page, "entrance.signIn");
    await said(page, "entrance.tooMany").waitFor();
    expect(await said(page, "app.waiting.busy").count()).toBe(0);
  });

  it("waits for a network that is away, and goes on when it is back", async () => {
    await site.api.signUp("in_a_tunnel");
    const { context, open } = await site.visitor({ expected: spoiled });
    const page = await open("/sign-in");
    await fillIn(page, { handle: "in_a_tunnel", password: usualPassword });
    await context.setOffline(true);
    await press(page, "entrance.signIn");
    await said(page, "app.waiting.offline").waitFor();
    await context.setOffline(false);
    await frameOf(page).waitFor(patience);
  });

  it("leads to where one wanted to go, on this site alone", async () => {
    const person = await site.api.signUp("goes_on");
    const wishes = [
      ["/friends", "/friends"],
      ["/settings/privacy", "/settings/privacy"],
      [`/sign-in?to=${encodeURIComponent("/search?q=tea")}`, "/search?q=tea"],
      [`/sign-in?to=${encodeURIComponent("//evil.test")}`, "/"],
      [`/sign-in?to=${encodeURIComponent("/\\evil.test")}`, "/"],
    ] as const;
    for (const [from, to] of wishes) {
      const page = await (await site.visitor()).open(from);
      await entranceOf(page, words).waitFor();
      await signInOn(page, words, person);
      expect(page.url()).toBe(site.url + to);
    }
  });

  it("leads into a sample community by one press", async () => {
    await site.api.signUp(sample.handle, { name: sample.name });
    const page = await (await site.visitor()).open("/");
    await page.getByText(sample.password, { exact: true }).waitFor();
    const enter = page.getByRole("button", {
      name: words("entrance.demo.as", { name: sample.name }),
    });
    await answerTo(page, "POST /v1/sessions", () => enter.click());
    await frameOf(page).waitFor();
  });

  it("speaks the language that a visitor chooses, and then that of the account", async () => {
    const person = await site.api.signUp("speaks_ja", { locale: "ja" });
    const page = await (await site.visitor({ locale: "ko" })).open("/sign-in");
    await entranceOf(page, wordsOf("ko")).waitFor();
    await page.getByLabel(wordsOf("ko")("app.language")).selectOption("English");
    await entranceOf(page, words).waitFor();
    await page.reload();
    await entranceOf(page, words).waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe("en");
    await fillIn(page, { handle: person.handle, password: usualPassword });
    await press(page, "entrance.signIn");
    await page.getByRole("navigation", { name: wordsOf("ja")("app.nav.label") }).waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe("ja");
  });
});
