import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import type { Item, Person } from "../support/api-client.ts";
import { hasBrowser, type Device } from "./support/browser.ts";
import { cardOf } from "./support/cards.ts";
import { answerTo, spoil, type Fate } from "./support/network.ts";
import { startedSite } from "./support/site.ts";
import { wordsOf } from "./support/words.ts";
import { answeringOn, openChange, openWriting, writingIn } from "./support/writing.ts";

const words = wordsOf("en");
/** What the browser says of requests that a test spoils. */
const spoiled = [/ERR_|^answer: .*: 50\d$|^request: /];
/** Long enough for several attempts, each of which waits longer. */
const patience = { timeout: 40_000 };

const storiesOf = ({ id, ...person }: Person): Promise<readonly Item[]> =>
  person.walk(`/v1/accounts/${id}/stories`);
const textsOf = (items: readonly Item[]): readonly string[] => items.map(({ text }) => text);

/** What is said after the first of them: a server that is busy is another thing than one that is away. */
function wordsFor([first]: readonly Fate[]): string {
  const isBusy = typeof first === "object" && [429, 503].includes(first.status);
  return isBusy ? "compose.busy" : "compose.waiting";
}

describe.skipIf(!hasBrowser)("what someone writes", () => {
  const site = startedSite();

  interface Writer {
    readonly person: Person;
    readonly device: Device;
    readonly page: Page;
  }

  async function writer(name: string): Promise<Writer> {
    const person = await site.api.signUp(name);
    const device = await site.deviceOf(person, { expected: spoiled });
    return { person, device, page: await openFeed(device) };
  }

  async function openFeed(device: Device): Promise<Page> {
    const page = await device.open("/");
    await page.getByRole("heading", { name: words("feed.title"), level: 1 }).waitFor();
    return page;
  }

  /** The story is in the feed, and nothing of it waits any more. */
  async function isOut(page: Page, text: string): Promise<void> {
    await page.getByRole("article").getByText(text, { exact: true }).waitFor(patience);
    await page.getByRole("dialog").waitFor({ state: "hidden" });
  }

  it.each<[string, readonly Fate[]]>([
    ["were lost on their way", ["lost", "lost"]],
    ["were carried out, and their answers were lost", ["unanswered", "unanswered"]],
    ["met a server that failed", [{ status: 500 }, { status: 502 }]],
    ["came to a server that was busy", [{ status: 503, retryAfterS: 1 }]],
    ["were too many", [{ status: 429, retryAfterS: 1 }]],
    ["had each another fate", ["unanswered", { status: 500 }, "lost"]],
  ])("is published once, by itself, when the first requests %s", async (fate, fates) => {
    const { person, page } = await writer(`fate_${fate.replaceAll(/[ ,]/g, "").slice(-14)}`);
    const calls = await spoil(page, "POST /v1/stories", fates);
    const text = `Written while requests ${fate}`;
    const writing = await openWriting(page, words);
    await writing.text.fill(text);
    await writing.send.click();
    await writing.said(wordsFor(fates)).waitFor();
    expect(await writing.text.inputValue()).toBe(text);

    await isOut(page, text);
    expect(calls.madeAtMs.length).toBe(fates.length + 1);
    expect(textsOf(await storiesOf(person))).toEqual([text]);
    const [first] = fates;
    if (typeof first === "object" && first.retryAfterS !== undefined) {
      const [sentAtMs = 0, againAtMs = 0] = calls.madeAtMs;
      expect(againAtMs - sentAtMs).toBeGreaterThanOrEqual(first.retryAfterS * 1_000);
    }
  });

  it("is published once when its button is pressed twice, and in two tabs at once", async () => {
    const { person, device, page } = await writer("twice");
    const writing = await openWriting(page, words);
    await writing.text.fill("Pressed in a hurry");
    await writing.send.dblclick({ noWaitAfter: true });
    await isOut(page, "Pressed in a hurry");

    const other = await openFeed(device);
    await (await openWriting(page, words)).text.fill("From two tabs");
    const there = await openWriting(other, words);
    await expect.poll(() => there.text.inputValue()).toBe("From two tabs");
    await Promise.all([page, other].map((tab) => tab.keyboard.press("Control+Enter")));
    for (const tab of [page, other]) {
      await tab.getByRole("article").getByText("From two tabs", { exact: true }).waitFor();
    }
    expect(textsOf(await storiesOf(person))).toEqual(["From two tabs", "Pressed in a hurry"]);
  });

  it("is published as it was written last, when it is changed while nobody knows whether it is out", async () => {
    const { person, page } = await writer("changer");
    const calls = await spoil(page, "POST /v1/stories", ["unanswered", "lost", "lost", "lost"]);
    const writing = await openWriting(page, words);
    await writing.text.fill("The first thought");
    await writing.send.click();
    await writing.said("compose.waiting").waitFor();
    await writing.place.getByRole("button", { name: words("compose.takeBack") }).click();
    await writing.text.fill("The second thought");
    await calls.end();
    await writing.send.click();
    await isOut(page, "The second thought");
    expect(textsOf(await storiesOf(person))).toEqual(["The second thought"]);
  });

  it.each<[string, readonly Fate[]]>([
    ["lost on its way", ["lost"]],
    ["carried out without an answer", ["unanswered"]],
  ])("changes a story when the first request is %s", async (fate, fates) => {
    const { person, page } = await writer(`edits_${fate.slice(0, 4)}`);
    const story = await person.publish("With a mistakee");
    await spoil(page, "PATCH /v1/stories/*", fates);
    const card = cardOf(page, story.id);
    const writing = await openChange(card, words, person.handle);
    await writing.text.fill("Without a mistake");
    await writing.send.click();
    await page.getByRole("dialog").waitFor({ state: "hidden", ...patience });
    await card.getByText("Without a mistake", { exact: true }).waitFor();
    await card.getByText(words("story.edited"), { exact: true }).waitFor();
    expect(textsOf(await storiesOf(person))).toEqual(["Without a mistake"]);
  });

  it.each<[string, readonly Fate[]]>([
    ["lost on its way", ["lost", { status: 503, retryAfterS: 1 }]],
    ["carried out without an answer", ["unanswered", { status: 500 }]],
  ])("answers a story once when the first request is %s", async (fate, fates) => {
    const { person, device } = await writer(`answers_${fate.slice(0, 4)}`);
    const story = await person.publish("A question");
    const page = await device.open(`/stories/${story.id}`);
    const answering = answeringOn(page, words);
    await spoil(page, "POST /v1/stories/*/comments", fates);
    await answering.text.fill("An answer");
    await answering.send.click();
    await answering.said(wordsFor(fates)).waitFor();
    const list = page.getByRole("list", { name: words("comments.list") });
    await list.getByText("An answer", { exact: true }).waitFor(patience);
    await expect.poll(() => answering.text.inputValue(), patience).toBe("");
    const comments = await person.walk(`/v1/stories/${story.id}/comments`);
    expect(textsOf(comments)).toEqual(["An answer"]);
    expect(await list.getByRole("article").count()).toBe(1);
  });

  it("is there again when its tab was closed while it was typed", async () => {
    const { person, device, page } = await writer("closer");
    const writing = await openWriting(page, words);
    await writing.text.pressSequentially("Half a thou");
    const closed = page.waitForEvent("close");
    await page.close({ runBeforeUnload: true });
    await closed;
    const next = await openFeed(device);
    const inline = writingIn(next.getByRole("region", { name: words("compose.title") }), words);
    await expect.poll(() => inline.text.inputValue()).toBe("Half a thou");
    await inline.text.press("End");
    await inline.text.pressSequentially("ght");
    await answerTo(next, "POST /v1/stories", () => inline.send.click());
    await isOut(next, "Half a thought");
    expect(textsOf(await storiesOf(person))).toEqual(["Half a thought"]);
  });

  it("is there again when its tab broke down while it was typed", async () => {
    const { device, page } = await writer("crasher");
    device.problems.expect(/^crash/);
    await (await openWriting(page, words)).text.pressSequentially("Just in time");
    const kept = () => page.evaluate(() => JSON.stringify(localStorage));
    await expect.poll(kept).toContain("Just in time");
    const crashed = page.waitForEvent("crash");
    const session = await device.context.newCDPSession(page);
    void session.send("Page.crash").catch(() => undefined);
    await crashed;
    const next = await openFeed(device);
    expect(await (await openWriting(next, words)).text.inputValue()).toBe("Just in time");
  });

  it.each<[string, Fate]>([
    ["before the server had it", "lost"],
    ["while the server carried it out", "held"],
  ])("is published once when its tab was closed while it was sent, %s", async (when, fate) => {
    const { person, device, page } = await writer(`sender_${when.slice(0, 4).trim()}`);
    const calls = await spoil(page, "POST /v1/stories", [fate]);
    const writing = await openWriting(page, words);
    await writing.text.fill("Off it goes");
    await writing.send.click();
    await expect.poll(() => calls.madeAtMs.length).toBe(1);
    await page.close();
    const next = await openFeed(device);
    await next.getByRole("article").getByText("Off it goes", { exact: true }).waitFor(patience);
    const inline = writingIn(next.getByRole("region", { name: words("compose.title") }), words);
    await expect.poll(() => inline.text.inputValue(), patience).toBe("");
    expect(textsOf(await storiesOf(person))).toEqual(["Off it goes"]);
  });

  it("is sent although the browser has no room to keep it, and stays while the page is open", async () => {
    const { person, page } = await writer("full");
    await page.evaluate(() => {
      for (let size = 2 ** 20; size >= 1; size /= 2) {
        try {
          for (let at = 0; ; at += 1) {
            localStorage.setItem(`full.${String(size)}.${String(at)}`, "x".repeat(size));
          }
        } catch {
          // Nothing of this size fits any more.
        }
      }
    });
    const text = "No room for this. ".repeat(20).trim();
    await (await openWriting(page, words)).text.fill(text);
    await page.keyboard.press("Escape");
    await page.getByRole("link", { name: words("app.nav.search"), exact: true }).click();
    await page.getByRole("heading", { name: words("people.search.title"), level: 1 }).waitFor();
    await page.goBack();
    const writing = await openWriting(page, words);
    expect(await writing.text.inputValue()).toBe(text);
    await spoil(page, "POST /v1/stories", ["unanswered"]);
    await writing.send.click();
    await isOut(page, text);
    expect(textsOf(await storiesOf(person))).toEqual([text]);
  });

  it("is sent although the browser may not keep anything", async () => {
    const person = await site.api.signUp("forbidden");
    const device = await site.deviceOf(person, { expected: spoiled });
    await device.context.addInitScript(() => {
      for (const name of ["localStorage", "sessionStorage"]) {
        Object.defineProperty(globalThis, name, {
          get() {
            throw new DOMException("forbidden", "SecurityError");
          },
        });
      }
    });
    const page = await openFeed(device);
    const writing = await openWriting(page, words);
    await spoil(page, "POST /v1/stories", ["unanswered"]);
    await writing.text.fill("Kept nowhere");
    await writing.send.click();
    await isOut(page, "Kept nowhere");
    expect(textsOf(await storiesOf(person))).toEqual(["Kept nowhere"]);
  });

  it("stays, with a word, when the server refuses it", async () => {
    const { person, page } = await writer("refused");
    await spoil(page, "POST /v1/stories", [{ status: 422 }]);
    const writing = await openWriting(page, words);
    await writing.text.fill("Not like this");
    await writing.send.click();
    await writing.said("compose.refused").waitFor();
    expect(await writing.text.inputValue()).toBe("Not like this");
    await writing.text.fill("But like this");
    await writing.send.click();
    await isOut(page, "But like this");
    expect(textsOf(await storiesOf(person))).toEqual(["But like this"]);
  });
});
