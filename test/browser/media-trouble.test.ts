import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import {
  areThere,
  buttonOf,
  choose,
  startWriting,
  storiesOf,
  tilesOf,
} from "./support/attaching.ts";
import { hasBrowser } from "./support/browser.ts";
import { hasFocus } from "./support/keyboard.ts";
import { halfPhoto, photoFile } from "./support/media.ts";
import { answerTo, isCall } from "./support/network.ts";
import { startedSite } from "./support/site.ts";
import { wordsOf } from "./support/words.ts";
import { openWriting } from "./support/writing.ts";

const words = wordsOf("en");

const photo = (at: number, of: number): string => words("pictures.photo", { at, of });
const small = (seed: number) => photoFile(seed, 320, 240);

/** The server has nothing any more of what was uploaded. */
async function forgetMedia(page: Page): Promise<void> {
  await page.route("**/v1/media/*", async (route) => {
    const json = { type: "about:blank", title: "", status: 404, code: "not_found" };
    await (isCall(route.request(), "GET /v1/media/*")
      ? route.fulfill({ status: 404, contentType: "application/problem+json", json })
      : route.fallback());
  });
}

describe.skipIf(!hasBrowser)("photos that come to nothing", () => {
  const site = startedSite();
  const write = (name: string) => startWriting(site, words, name);

  it("are told apart when the server cannot make them, and hold the story up until they are removed", async () => {
    const { page, person, writing } = await write("broken");
    await choose(page, writing, words, [await halfPhoto(1)]);
    await writing.text.fill("With what?");
    await writing.said("pictures.problem.broken").waitFor({ timeout: 60_000 });
    expect(await writing.send.isDisabled()).toBe(true);
    expect(await buttonOf(writing, words, "app.retry").count()).toBe(0);
    await buttonOf(writing, words, "attach.remove", photo(1, 1)).click();
    expect(await hasFocus(buttonOf(writing, words, "attach.add"))).toBe(true);
    await answerTo(page, "POST /v1/stories", () => writing.send.click());
    expect((await storiesOf(person))[0]?.media).toEqual([]);
  });

  it("are told apart after a reload, when the server has them no more", async () => {
    const { page, writing } = await write("expired");
    await choose(page, writing, words, [await small(1)]);
    await areThere(writing, 1);
    await forgetMedia(page);
    await page.reload();
    const again = await openWriting(page, words);
    await again.said("pictures.problem.gone").waitFor();
    expect(await tilesOf(again, words).first().getAttribute("data-phase")).toBe("refused");
    expect(await again.send.isDisabled()).toBe(true);
  });

  it("are told apart when they are too old to be published, while the server has them still", async () => {
    const { page, person, writing } = await write("late");
    await choose(page, writing, words, [await small(1), await small(2)]);
    await areThere(writing, 2);
    await writing.text.fill("From yesterday");
    // What is about to be removed is shown in no story any more.
    const [old] = await site.node.sql<{ id: string }[]>`
      UPDATE media.media SET remove_after = now() + interval '30 minutes'
      WHERE id = (SELECT min(id) FROM media.media WHERE owner_id = ${person.id})
      RETURNING id::text`;
    expect(old).toBeDefined();
    await writing.send.click();
    await writing.said("pictures.problem.gone").first().waitFor();
    const phases = () =>
      tilesOf(writing, words).evaluateAll((tiles) =>
        tiles.map((tile) => tile.getAttribute("data-phase")),
      );
    await expect.poll(async () => (await phases()).toSorted()).toEqual(["refused", "there"]);
    const at = (await phases()).indexOf("refused") + 1;
    await buttonOf(writing, words, "attach.remove", photo(at, 2)).click();
    await writing.send.click();
    await expect
      .poll(async () => (await storiesOf(person)).map(({ text }) => text))
      .toEqual(["From yesterday"]);
    const [story] = await storiesOf(person);
    expect(story?.media).toHaveLength(1);
    expect(story?.media[0]?.id).not.toBe(old?.id);
  });

  it("are not described, and no description is lost, before it is known what is said of them", async () => {
    const { page, writing } = await write("described");
    await choose(page, writing, words, [await small(1)]);
    await areThere(writing, 1);
    const describe = (of: typeof writing, key: string) =>
      of.place.getByRole("button", { name: `${photo(1, 1)}, ${words(key)}`, exact: true });
    await describe(writing, "attach.alt").click();
    await page.keyboard.type("A hill");
    await answerTo(page, "PATCH /v1/media/*", () => page.keyboard.press("Escape"));
    const held = Promise.withResolvers<undefined>();
    await page.route("**/v1/media/*", async (route) => {
      await held.promise;
      await route.fallback();
    });
    await page.reload();
    const again = await openWriting(page, words);
    await areThere(again, 1);
    expect(await describe(again, "attach.alt").count()).toBe(0);
    held.resolve(undefined);
    let saves = 0;
    page.on("request", (request) => (saves += isCall(request, "PATCH /v1/media/*") ? 1 : 0));
    await describe(again, "attach.described").click();
    expect(await page.getByLabel(words("attach.label")).inputValue()).toBe("A hill");
    await page.keyboard.press("Escape");
    await describe(again, "attach.described").waitFor();
    expect(saves).toBe(0);
  });

  it("are tried again by hand when the server had no room, with the focus kept", async () => {
    const { page, writing } = await write("retried");
    let isFull = true;
    await page.route("**/v1/uploads", async (route) => {
      const body = { type: "about:blank", title: "", status: 507, code: "media.full" };
      await (isFull
        ? route.fulfill({ status: 507, contentType: "application/problem+json", json: body })
        : route.fallback());
    });
    await choose(page, writing, words, [await small(1)]);
    await writing.said("pictures.problem.full").waitFor();
    isFull = false;
    await buttonOf(writing, words, "app.retry").click();
    expect(await hasFocus(buttonOf(writing, words, "attach.remove", photo(1, 1)))).toBe(true);
    await areThere(writing, 1);
  });

  it("are given up on their way, and the next has the focus", async () => {
    const { page, person, writing } = await write("cancels");
    const held = Promise.withResolvers<undefined>();
    await page.route("**/v1/uploads/*", async (route) => {
      if (route.request().method() === "PATCH") {
        await held.promise;
      }
      await route.fallback();
    });
    await choose(page, writing, words, [await small(1), await small(2)]);
    await writing.text.fill("One of two");
    await expect.poll(() => tilesOf(writing, words).count()).toBe(2);
    await buttonOf(writing, words, "attach.remove", photo(1, 2)).click();
    const other = buttonOf(writing, words, "attach.remove", photo(1, 1));
    expect(await hasFocus(other)).toBe(true);
    await writing.place.getByText(words("attach.removed", { what: photo(1, 2) })).waitFor();
    held.resolve(undefined);
    await areThere(writing, 1);
    await answerTo(page, "POST /v1/stories", () => writing.send.click());
    expect((await storiesOf(person))[0]?.media).toHaveLength(1);
  });

  it("and were on their way come back, too, when they are discarded and that is undone", async () => {
    const { page, writing } = await write("undone");
    const held = Promise.withResolvers<undefined>();
    await choose(page, writing, words, [await small(1)]);
    await areThere(writing, 1);
    await page.route("**/v1/uploads", async (route) => {
      await held.promise;
      await route.fallback();
    });
    await choose(page, writing, words, [await small(2)]);
    await expect.poll(() => tilesOf(writing, words).count()).toBe(2);
    await buttonOf(writing, words, "compose.discard").click();
    await page.getByRole("button", { name: words("app.undo"), exact: true }).click();
    held.resolve(undefined);
    await areThere(await openWriting(page, words), 2);
  });

  it("and are chosen before their part of the page has come are waited for", async () => {
    const { page, person, writing } = await write("early");
    const held = Promise.withResolvers<undefined>();
    await page.route(/assets\/media-desk-/, async (route) => {
      await held.promise;
      await route.fallback();
    });
    await writing.text.fill("With a photo");
    await choose(page, writing, words, [await small(1)]);
    await writing.place.getByText(words("app.loading"), { exact: true }).waitFor();
    expect(await writing.send.isDisabled()).toBe(true);
    held.resolve(undefined);
    await areThere(writing, 1);
    await answerTo(page, "POST /v1/stories", () => writing.send.click());
    expect((await storiesOf(person))[0]?.media).toHaveLength(1);
  });

  it("and are on their way hold nobody back who signs out", async () => {
    const { page, writing } = await write("signs_out");
    let asked = 0;
    page.on("dialog", (dialog) => {
      asked += 1;
      void dialog.accept();
    });
    await page.route("**/v1/uploads/*", () => undefined);
    await choose(page, writing, words, [await small(1)]);
    await expect.poll(() => tilesOf(writing, words).count()).toBe(1);
    await page.keyboard.press("Escape");
    await writing.place.waitFor({ state: "hidden" });
    await page
      .getByRole("navigation", { name: words("app.nav.label") })
      .getByRole("link", { name: words("app.nav.settings"), exact: true })
      .click();
    await page.getByRole("button", { name: words("settings.signOut.here"), exact: true }).click();
    await page.waitForURL("**/sign-in*");
    expect(asked).toBe(0);
  });
});
