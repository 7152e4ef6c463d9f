import { describe, expect, it } from "vitest";
import { hasBrowser } from "./support/browser.ts";
import { cardOf } from "./support/cards.ts";
import { signInOn, signOutOn } from "./support/entering.ts";
import { answerTo } from "./support/network.ts";
import { startedSite } from "./support/site.ts";
import { wordsOf } from "./support/words.ts";
import { chooseFrom, openWriting } from "./support/writing.ts";

const words = wordsOf("en");

/**
 * What browsers have learned since the oldest of those that the client is built for, by the object
 * that has it: a page that uses one of these breaks for people whose device is some years old.
 */
const learnedSince = {
  URL: ["parse", "canParse"],
  Promise: ["withResolvers", "try"],
  Object: ["groupBy"],
  Map: ["groupBy"],
  Array: ["fromAsync"],
  RegExp: ["escape"],
  "Set.prototype": ["union", "difference", "intersection", "isSubsetOf", "isSupersetOf"],
  "Iterator.prototype": ["map", "filter", "take", "drop", "flatMap", "toArray", "some", "every"],
  "Map.prototype": ["getOrInsert", "getOrInsertComputed"],
  "Uint8Array.prototype": ["toBase64", "toHex"],
  "Response.prototype": ["bytes"],
  "Document.prototype": ["startViewTransition"],
  Intl: ["DurationFormat"],
  globalThis: ["scheduler", "Temporal"],
};

describe.skipIf(!hasBrowser)("in a browser that is some years old", () => {
  const site = startedSite();

  it("one signs in, reads, hears, writes, uses a menu, looks around, and signs out", async () => {
    const [me, friend] = await site.api.people("elder", "elder_friend");
    await me.befriend(friend);
    const story = await friend.publish("For every browser: https://example.org/path");
    const device = await site.visitor();
    await device.context.addInitScript((names) => {
      const memberOf = (owner: unknown, name: string): unknown =>
        (owner as Readonly<Record<string, unknown>> | undefined)?.[name];
      for (const [path, members] of Object.entries(names)) {
        const owner = path.split(".").reduce<unknown>(memberOf, globalThis);
        for (const member of members) {
          Reflect.deleteProperty(owner as object, member);
        }
      }
    }, learnedSince);
    const page = await device.open("/");
    expect(await page.evaluate(() => "parse" in URL || "withResolvers" in Promise)).toBe(false);
    await signInOn(page, words, me);
    const card = cardOf(page, story.id);
    await card.getByRole("link", { name: "example.org/path" }).first().waitFor();

    const next = await friend.publish("And live");
    await cardOf(page, next.id).waitFor();
    const writing = await openWriting(page, words);
    await writing.text.fill("Written on an old device");
    await answerTo(page, "POST /v1/stories", () => writing.send.click());
    await page.getByRole("article").getByText("Written on an old device").waitFor();
    await chooseFrom(
      card,
      words("story.more", { name: friend.handle }),
      words("people.action.mute"),
    );

    const paths = [
      `/stories/${story.id}`,
      `/@${friend.handle}`,
      "/friends",
      "/search",
      "/settings",
    ];
    const sections = ["profile", "language", "sessions", "export"].map((at) => `/settings/${at}`);
    for (const path of [...paths, ...sections]) {
      await page.goto(path);
      await page.getByRole("heading", { level: 1 }).waitFor();
      expect(await page.getByText(words("broken.title"), { exact: true }).count()).toBe(0);
    }
    // What a page tells of its own mistakes must not break itself.
    await page.evaluate(() => {
      setTimeout(() => {
        throw new Error("broken on purpose");
      });
    });
    device.problems.expect(/broken on purpose/);
    await signOutOn(page, words);
  });
});
