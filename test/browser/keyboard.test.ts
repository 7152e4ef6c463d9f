import type { Locator, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { usualPassword, type Person } from "../support/api-client.ts";
import { hasBrowser } from "./support/browser.ts";
import { cardOf } from "./support/cards.ts";
import {
  arrowTo,
  expectFocusSeen,
  hasFocus,
  tabAndPress,
  tabAndType,
  tabTo,
} from "./support/keyboard.ts";
import { answerTo } from "./support/network.ts";
import { startedSite } from "./support/site.ts";
import { wordsOf } from "./support/words.ts";

const words = wordsOf("en");

function button(within: Page | Locator, key: string, values = {}): Locator {
  return within.getByRole("button", { name: words(key, values), exact: true });
}

function link(within: Page | Locator, key: string): Locator {
  return within.getByRole("link", { name: words(key), exact: true });
}

function menuItem(page: Page, key: string): Locator {
  return page.getByRole("menuitem", { name: words(key), exact: true });
}

/** Nothing in these tests may be done by hand: no click, no fill. */
describe.skipIf(!hasBrowser)("by the keyboard alone", () => {
  const site = startedSite();

  async function friends(name: string): Promise<readonly [Person, Person]> {
    const [person, friend] = await site.api.people(name, `${name}_friend`);
    await person.befriend(friend);
    return [person, friend];
  }

  it("one signs in, goes everywhere, and signs out", async () => {
    const person = await site.api.signUp("comer");
    const device = await site.visitor();
    const page = await device.open("/sign-in");
    await tabAndType(page, page.getByLabel(words("entrance.handle.label")), person.handle);
    const password = page.getByLabel(words("entrance.password.label"), { exact: true });
    await tabAndType(page, password, usualPassword);
    await page.keyboard.press("Enter");
    await page.getByText(words("feed.empty.title")).waitFor();

    await page.reload();
    await page.getByText(words("feed.empty.title")).waitFor();
    const skip = link(page, "app.skip");
    await tabTo(page, skip);
    await page.keyboard.press("Enter");
    expect(await hasFocus(page.locator("#content"))).toBe(true);

    const menu = page.getByRole("navigation", { name: words("app.nav.label") });
    for (const place of ["search", "friends", "settings"] as const) {
      await tabAndPress(page, menu.getByRole("link", { name: words(`app.nav.${place}`) }));
      await page.getByRole("heading", { level: 1 }).waitFor();
      expect(new URL(page.url()).pathname).toBe(`/${place}`);
    }
    await tabAndPress(page, button(page, "settings.signOut.here"));
    await page.getByLabel(words("entrance.handle.label")).waitFor();
  });

  it("one signs up", async () => {
    const device = await site.visitor();
    const page = await device.open("/sign-up");
    await tabAndType(
      page,
      page.getByLabel(words("entrance.name.label"), { exact: true }),
      "Newly Here",
    );
    await tabAndType(page, page.getByLabel(words("entrance.handle.label")), "newly_here");
    const password = page.getByLabel(words("entrance.password.label"), { exact: true });
    await tabAndType(page, password, usualPassword);
    await tabAndPress(page, button(page, "entrance.signUp"));
    await page.getByText(words("feed.empty.title")).waitFor();
  });

  it("one writes, chooses who sees it, edits, deletes, and brings back", async () => {
    const [person] = await friends("writer");
    const device = await site.deviceOf(person);
    const page = await device.open();
    await tabAndPress(page, button(page.getByRole("navigation"), "app.nav.write"));
    await page.keyboard.type("Written without a mouse");
    const dialog = page.getByRole("dialog", { name: words("compose.title") });
    await tabAndPress(page, button(dialog, "compose.send"));
    const story = page.getByRole("article").filter({ hasText: "Written without a mouse" });
    await story.waitFor();
    await dialog.waitFor({ state: "hidden" });

    const more = story.getByRole("button", { name: /^More about the story/ });
    await tabAndPress(page, more);
    await arrowTo(page, menuItem(page, "story.edit"));
    await page.keyboard.press("Enter");
    const edit = page.getByRole("dialog", { name: words("compose.changeTitle") });
    await tabTo(page, edit.getByLabel(words("compose.label")));
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type("Changed without a mouse");
    await tabAndPress(page, button(edit, "compose.save"));
    const changed = page.getByRole("article").filter({ hasText: "Changed without a mouse" });
    await changed.waitFor();

    await tabAndPress(page, changed.getByRole("button", { name: /^More about the story/ }));
    await arrowTo(page, menuItem(page, "story.remove"));
    await page.keyboard.press("Enter");
    await changed.waitFor({ state: "hidden" });
    await tabAndPress(page, button(page, "app.undo"));
    await changed.waitFor();
    await expect
      .poll(async () => {
        const { items } = (await person.get(`/v1/accounts/${person.id}/stories`)).body;
        return items.map(({ text }) => text);
      })
      .toEqual(["Changed without a mouse"]);
  });

  it("one likes, reshares, comments and answers", async () => {
    const [person, friend] = await friends("answerer");
    const { id } = await friend.publish("Something to answer");
    const device = await site.deviceOf(person);
    const page = await device.open();
    const story = cardOf(page, id);
    const like = story.locator('[data-action="like"]');
    await tabAndPress(page, like, "Space");
    await expect.poll(() => like.getAttribute("aria-pressed")).toBe("true");
    const reshare = story.locator('[data-action="reshare"]');
    await tabAndPress(page, reshare, "Space");
    await expect.poll(() => reshare.getAttribute("aria-pressed")).toBe("true");

    await tabAndPress(page, story.locator('[data-action="comment"]'));
    const box = page.getByLabel(words("comments.write"), { exact: true });
    await expect.poll(() => hasFocus(box)).toBe(true);
    await page.keyboard.type("A comment by keys");
    await page.keyboard.press("ControlOrMeta+Enter");
    const comment = page.locator("[data-comment]").filter({ hasText: "A comment by keys" });
    await comment.waitFor();

    await tabAndPress(page, comment.getByRole("button", { name: /^Reply to/ }));
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.localName))
      .toBe("textarea");
    await page.keyboard.type("A reply by keys");
    const answer = page.getByRole("textbox", { name: /^Reply to/ });
    await tabAndPress(page, button(page.locator("form").filter({ has: answer }), "comments.send"));
    const reply = page.locator("[data-comment]").filter({ hasText: "A reply by keys" });
    await reply.waitFor();

    await tabAndPress(page, button(reply, "comments.remove"));
    await tabAndPress(page, button(page.getByRole("dialog"), "comments.remove"));
    await reply.waitFor({ state: "hidden" });
    await expect
      .poll(async () => (await person.get(`/v1/stories/${id}`)).body.story.counts)
      .toEqual({ likes: 1, comments: 1, reshares: 1 });
  });

  it("one finds people, asks, accepts, ends, blocks and unblocks", async () => {
    const [person, other] = await site.api.people("seeker", "sought");
    const device = await site.deviceOf(person);
    const page = await device.open("/search");
    await tabAndType(page, page.locator("[data-search]"), "sought");
    const found = page.locator('[data-person="sought"]');
    await found.waitFor();
    await page.keyboard.press("ArrowDown");
    await expect.poll(() => hasFocus(found)).toBe(true);
    await expectFocusSeen(page);
    await tabAndPress(page, page.getByRole("button", { name: /^Add friend/ }));
    await page.getByRole("button", { name: /^Withdraw/ }).waitFor();
    await other.put(`/v1/friends/${person.id}`);

    await tabAndPress(page, found);
    await page.getByRole("heading", { level: 1, name: "sought" }).waitFor();
    await tabAndPress(
      page,
      page.getByRole("button", { name: words("people.more", { name: "sought" }) }),
    );
    await arrowTo(page, menuItem(page, "people.action.block"));
    await page.keyboard.press("Enter");
    await tabAndPress(page, button(page.getByRole("dialog"), "people.action.block"));
    await page.getByText(words("people.state.blocked")).waitFor();
    // The page shows it before the server has it, and who is blocked cannot ask.
    await answerTo(page, "DELETE /v1/blocks/*", () =>
      tabAndPress(page, page.getByRole("button", { name: /^Unblock/ })),
    );
    await page.getByRole("button", { name: /^Add friend/ }).waitFor();

    expect((await other.put(`/v1/friends/${person.id}`)).status).toBe(200);
    await tabAndPress(page, page.getByRole("navigation").getByRole("link", { name: /^Friends/ }));
    const lists = page.getByRole("navigation", { name: words("people.lists") });
    await tabAndPress(page, lists.getByRole("link", { name: /^Requests/ }));
    const main = page.getByRole("main");
    await tabAndPress(page, main.getByRole("button", { name: "Accept: sought" }));
    await expect
      .poll(async () => (await person.get("/v1/friends")).body.items.map(({ handle }) => handle))
      .toEqual(["sought"]);
  });

  it("one changes the settings", async () => {
    const person = await site.api.signUp("settler");
    const device = await site.deviceOf(person);
    const page = await device.open("/settings");
    const list = page.getByRole("navigation", { name: words("settings.title") });
    await tabAndPress(page, list.getByRole("link", { name: /^Profile/ }));
    await tabAndType(
      page,
      page.getByLabel(words("settings.profile.bio"), { exact: true }),
      "No mouse here",
    );
    await tabAndPress(page, button(page, "settings.profile.save"));
    await expect
      .poll(async () => (await person.get("/v1/accounts/me")).body.account.bio)
      .toBe("No mouse here");

    await tabAndPress(page, button(page, "app.back"));
    await tabAndPress(page, list.getByRole("link", { name: /^Privacy/ }));
    await tabTo(page, page.getByRole("radio", { name: words("settings.privacy.friends") }));
    await page.keyboard.press("ArrowDown");
    await expect
      .poll(async () => (await person.get("/v1/accounts/me")).body.account.privacy)
      .toBe("nobody");
  });

  it("one goes from story to story by single keys, and does with them what there is to do", async () => {
    const [person, friend] = await friends("presser");
    const ids: string[] = [];
    for (let i = 1; i <= 40; i += 1) {
      ids.unshift((await friend.publish(`Story ${String(i)}`)).id);
    }
    const device = await site.deviceOf(person);
    const page = await device.open();
    await cardOf(page, ids[0]!).waitFor();
    for (const id of ids) {
      await page.keyboard.press("j");
      await expect.poll(() => hasFocus(cardOf(page, id))).toBe(true);
      await expectFocusSeen(page);
    }
    await page.keyboard.press("k");
    const before = cardOf(page, ids.at(-2)!);
    await expect.poll(() => hasFocus(before)).toBe(true);

    await page.keyboard.press("l");
    const like = before.locator('[data-action="like"]');
    await expect.poll(() => like.getAttribute("aria-pressed")).toBe("true");
    await page.keyboard.press("s");
    const reshare = before.locator('[data-action="reshare"]');
    await expect.poll(() => reshare.getAttribute("aria-pressed")).toBe("true");
    await page.keyboard.press("o");
    await page.waitForURL(`**/stories/${ids.at(-2)!}`);
    await page.keyboard.press("r");
    await expect.poll(() => hasFocus(page.getByLabel(words("comments.write")))).toBe(true);
    await page.keyboard.type("just a letter");
    expect(await page.getByLabel(words("comments.write")).inputValue()).toBe("just a letter");
  });

  it("one goes to each page by keys, and turns the keys off", async () => {
    const person = await site.api.signUp("pointer");
    const device = await site.deviceOf(person);
    const page = await device.open();
    await page.getByText(words("feed.empty.title")).waitFor();
    for (const [keys, path] of [
      ["gf", "/friends"],
      ["gs", "/settings"],
      ["gp", "/@pointer"],
      ["gh", "/"],
    ] as const) {
      await page.keyboard.type(keys);
      await page.waitForURL(`**${path}`);
    }
    await page.keyboard.press("/");
    await expect.poll(() => hasFocus(page.locator("[data-search]"))).toBe(true);
    await tabTo(page, button(page.getByRole("navigation"), "app.nav.write"));
    await page.keyboard.press("n");
    const composer = page.getByRole("dialog", { name: words("compose.title") });
    await composer.waitFor();
    await page.keyboard.press("Escape");
    await composer.waitFor({ state: "hidden" });

    await page.keyboard.press("?");
    const help = page.getByRole("dialog", { name: words("keys.title") });
    await tabAndPress(page, help.getByRole("checkbox", { name: words("keys.on") }), "Space");
    await page.keyboard.press("Escape");
    await help.waitFor({ state: "hidden" });
    await page.keyboard.type("gf?n");
    await page.reload();
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.keyboard.type("gf?n");
    expect(new URL(page.url()).pathname).toBe("/search");
    expect(await page.getByRole("dialog").count()).toBe(0);

    await tabAndPress(page, button(page.getByRole("navigation"), "app.nav.keys"));
    await tabAndPress(page, help.getByRole("checkbox", { name: words("keys.on") }), "Space");
    await page.keyboard.press("Escape");
    await page.keyboard.type("gf");
    await page.waitForURL("**/friends");
  });
});
