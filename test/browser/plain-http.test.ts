import { describe, expect, it, onTestFinished } from "vitest";
import { hasBrowser, hostWithoutTls } from "./support/browser.ts";
import { cardOf } from "./support/cards.ts";
import { entranceOf, signInOn, signOutOn } from "./support/entering.ts";
import { answerTo, streamsOf } from "./support/network.ts";
import { promptly } from "./support/promptly.ts";
import { startedSite } from "./support/site.ts";
import { startWire } from "./support/wire.ts";
import { wordsOf } from "./support/words.ts";
import { chooseFrom, openWriting } from "./support/writing.ts";

const words = wordsOf("en");

/** In a home network there is no TLS, and a browser keeps several of its parts from such pages. */
describe.skipIf(!hasBrowser)("a page over plain http", () => {
  const site = startedSite();

  it("signs in, writes once, hears what happens in another tab, and signs out in both", async () => {
    const [me, friend] = await site.api.people("homely", "homely_friend");
    await me.befriend(friend);
    const story = await friend.publish("At home");
    const wire = await startWire(site.url);
    onTestFinished(() => wire.close());
    const url = `http://${hostWithoutTls}:${new URL(wire.url).port}`;
    // The browser tells that it leaves aside what it does not grant such a page.
    const expected = [/ERR_|^request: |Cross-Origin-Opener-Policy header has been ignored/];
    const device = await site.browser.openDevice({ url, expected });
    const page = await device.open("/");
    expect(await page.evaluate(() => isSecureContext || "locks" in navigator)).toBe(false);
    await signInOn(page, words, me);
    await cardOf(page, story.id).waitFor();
    const other = await device.open("/");
    await cardOf(other, story.id).waitFor();
    // Without locks each tab has a connection of its own.
    await expect.poll(() => streamsOf(site.node)).toBe(2);

    wire.loseAnswerTo("POST /v1/stories");
    const writing = await openWriting(page, words);
    await writing.text.fill("Without a lock on the door");
    await writing.send.click();
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    const own = other.getByRole("article").getByText("Without a lock on the door");
    await own.waitFor();
    expect(wire.lost()).toBe(1);
    expect(await me.walk(`/v1/accounts/${me.id}/stories`)).toHaveLength(1);

    const likeOn = (tab: typeof page, count: number) =>
      cardOf(tab, story.id).getByRole("button", {
        name: words("story.like", { count }),
        exact: true,
      });
    await answerTo(page, "PUT /v1/stories/*/like", () => likeOn(page, 0).click());
    await promptly("a like over plain http, in another tab", () => likeOn(other, 1).isVisible());

    // The clipboard is out of reach: the address is shown, to be copied by hand.
    const card = cardOf(page, story.id);
    const asked = page.waitForEvent("dialog").then(async (question) => {
      await question.dismiss();
      return question.defaultValue();
    });
    await chooseFrom(card, words("story.more", { name: friend.handle }), words("story.copyLink"));
    expect(await asked).toBe(`${url}/stories/${story.id}`);

    await signOutOn(page, words);
    await promptly("a sign-out over plain http, in another tab", () =>
      entranceOf(other, words).isVisible(),
    );
  });
});
