import type { BrowserContext, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { expectStatus, usualPassword, type Person } from "../support/api-client.ts";
import { hasBrowser, type Device } from "./support/browser.ts";
import { cardOf } from "./support/cards.ts";
import {
  entranceOf,
  farewellOf,
  pressAndConfirm,
  signInOn,
  signOutOn,
} from "./support/entering.ts";
import { answerTo } from "./support/network.ts";
import { promptly } from "./support/promptly.ts";
import { startedSite } from "./support/site.ts";
import { wordsOf } from "./support/words.ts";
import { openWriting } from "./support/writing.ts";

const words = wordsOf("en");
const nextPassword = "another long sentence";

describe.skipIf(!hasBrowser)("a session", () => {
  const site = startedSite();

  async function signedIn(person: Person, path = "/"): Promise<Device & { readonly page: Page }> {
    const device = await site.visitor();
    const page = await device.open("/");
    await signInOn(page, words, person);
    await page.goto(path);
    return { ...device, page };
  }

  const fillIn = (page: Page, label: string, text: string) =>
    page.getByLabel(label, { exact: true }).fill(text);
  const isAtEntrance = (page: Page) => entranceOf(page, words).isVisible();

  it("ends in all tabs of a browser at once, and on no other device", async () => {
    const [person] = await site.api.people("leaves");
    const { page, open } = await signedIn(person);
    const tabs = [await open("/"), await open("/friends"), await open(`/@${person.handle}`)];
    const other = await signedIn(person);
    await signOutOn(page, words);
    await Promise.all([
      promptly("a sign-out, where it was pressed", () =>
        farewellOf(page, words, "left").isVisible(),
      ),
      ...tabs
        .slice(0, 2)
        .map((tab, at) =>
          promptly(`a sign-out, in tab ${String(at + 2)}`, () => isAtEntrance(tab)),
        ),
      promptly("a sign-out, on an open profile", () =>
        tabs[2]!.getByRole("link", { name: words("entrance.signIn") }).isVisible(),
      ),
    ]);
    await other.page.reload();
    await other.page.getByRole("heading", { name: words("feed.title"), level: 1 }).waitFor();
  });

  it("ends on every device when one signs out everywhere", async () => {
    const [person] = await site.api.people("everywhere");
    const devices = [await signedIn(person), await signedIn(person), await signedIn(person)];
    const [{ page }, ...others] = devices as [Device & { page: Page }];
    await page.goto("/settings/sessions");
    await expect.poll(() => page.getByRole("main").getByRole("listitem").count()).toBe(4);
    await answerTo(page, "DELETE /v1/sessions", () =>
      pressAndConfirm(page, words("settings.signOut.everywhere")),
    );
    await Promise.all(
      others.map(({ page: there }, at) =>
        promptly(`a sign-out from elsewhere, on device ${String(at + 2)}`, () =>
          farewellOf(there, words, "ended").isVisible(),
        ),
      ),
    );
    await farewellOf(page, words, "left").waitFor();
    expect((await person.get("/v1/accounts/me")).status).toBe(401);
  });

  it("ends elsewhere when the password is changed, and goes on here", async () => {
    const [person] = await site.api.people("changes");
    const here = await signedIn(person, "/settings/password");
    const there = await signedIn(person);
    const { page } = here;
    await fillIn(page, words("settings.password.current"), usualPassword);
    await fillIn(page, words("settings.password.next"), nextPassword);
    await answerTo(page, "PUT /v1/accounts/me/password", () =>
      page.getByRole("button", { name: words("settings.password.save"), exact: true }).click(),
    );
    await promptly("a new password, on another device", () =>
      farewellOf(there.page, words, "ended").isVisible(),
    );
    await page.getByText(words("settings.password.saved"), { exact: true }).waitFor();
    await page.goto("/");
    await page.getByRole("heading", { name: words("feed.title"), level: 1 }).waitFor();
    await signInOn(there.page, words, { ...person, password: nextPassword });
  });

  it("that ends elsewhere keeps what is being typed for when one is back", async () => {
    const [person] = await site.api.people("types");
    const { page } = await signedIn(person);
    await (await openWriting(page, words)).text.fill("In the middle of a");
    expectStatus(await person.delete("/v1/sessions"), 204);
    await farewellOf(page, words, "ended").waitFor();
    await signInOn(page, words, person);
    const writing = await openWriting(page, words);
    expect(await writing.text.inputValue()).toBe("In the middle of a");
  });

  it("ends with the account, whose stories are gone from open pages", async () => {
    const [person, friend] = await site.api.people("deleted", "deleted_friend");
    await person.befriend(friend);
    const story = await person.publish("Soon gone");
    const friendsPage = await (await site.deviceOf(friend)).open("/");
    await cardOf(friendsPage, story.id).waitFor();
    const there = await signedIn(person);
    const { page } = await signedIn(person, "/settings/deletion");
    await fillIn(page, words("entrance.password.label"), usualPassword);
    await fillIn(page, words("settings.deletion.confirm"), person.handle);
    await answerTo(page, "DELETE /v1/accounts/me", () =>
      page.getByRole("button", { name: words("settings.deletion.delete"), exact: true }).click(),
    );
    await Promise.all([
      promptly("a deleted account, where it was deleted", () =>
        farewellOf(page, words, "deleted").isVisible(),
      ),
      promptly("a deleted account, on another device", () => isAtEntrance(there.page)),
      promptly("a deleted account, to a friend", () => cardOf(friendsPage, story.id).count(), 0),
    ]);
  });

  it("of one person leaves nothing to be seen by the next in the same browser", async () => {
    const [first, second, friend] = await site.api.people("zyxwv", "second", "zyxwv_friend");
    await first.befriend(friend);
    await first.publish("Confidential, of the first", { visibility: "self" });
    await friend.publish("Confidential, for the first", { visibility: "friends" });
    await second.publish("Of the second");
    const { context, page, open } = await signedIn(first);
    await page.getByText("Confidential, of the first").waitFor();
    for (const path of [`/@${first.handle}`, "/friends", "/settings/profile"]) {
      await page.goto(path);
      await page.getByRole("heading", { level: 1 }).waitFor();
    }
    const otherTab = await open("/");
    await otherTab.getByText("Confidential, for the first").waitFor();
    await signOutOn(page, words);
    await entranceOf(otherTab, words).waitFor();

    await complainOf(context, { always: "Confidential", elsewhereThanAt: first.handle });
    await page.goto("/sign-in");
    await signInOn(page, words, second);
    await page.getByText("Of the second").waitFor();
    await otherTab.getByText("Of the second").waitFor();
    for (const path of [`/@${second.handle}`, "/friends", "/search", "/settings", "/"]) {
      await page.goto(path);
      await page.getByRole("heading", { level: 1 }).waitFor();
    }
    // The browser's way back leads to pages of the one before.
    while ((await page.goBack()) !== null && page.url() !== "about:blank") {
      await page.getByRole("main").waitFor();
    }
  });
});

/**
 * From now on, a page that shows one of these words complains, in whatever moment it does so. A handle may be
 * seen on the profile that it is the address of.
 */
async function complainOf(
  context: BrowserContext,
  words: { readonly always: string; readonly elsewhereThanAt: string },
): Promise<void> {
  await context.addInitScript(({ always, elsewhereThanAt: handle }) => {
    const unwanted = location.pathname === `/@${handle}` ? [always] : [always, handle];
    const look = (): void => {
      const shown = document.documentElement.textContent;
      const found = unwanted.filter((word) => shown.includes(word));
      if (found.length > 0) {
        console.error(`shown to the next at ${location.pathname}: ${found.join(", ")}`);
      }
    };
    new MutationObserver(look).observe(document, {
      subtree: true,
      childList: true,
      characterData: true,
    });
  }, words);
}
