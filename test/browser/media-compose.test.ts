import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import {
  areThere,
  buttonOf,
  choose as chooseFiles,
  startWriting,
  storiesOf,
  tilesOf as tilesIn,
  type Published,
  type Writer,
} from "./support/attaching.ts";
import { hasBrowser, type ViewportName } from "./support/browser.ts";
import { cardOf } from "./support/cards.ts";
import { tabAndPress } from "./support/keyboard.ts";
import { photoFile, videoFile, type TestFile } from "./support/media.ts";
import { answerTo, spoil } from "./support/network.ts";
import { startedSite } from "./support/site.ts";
import { wordsOf } from "./support/words.ts";
import { openChange, openWriting, type Writing } from "./support/writing.ts";

const words = wordsOf("en");
const patience = { timeout: 60_000 };

const photo = (at: number, of: number): string => words("pictures.photo", { at, of });

describe.skipIf(!hasBrowser)("photos in a story that somebody writes", () => {
  const site = startedSite();

  const writer = (name: string, viewport: ViewportName = "desktop"): Promise<Writer> =>
    startWriting(site, words, name, { viewport });
  const tilesOf = (writing: Writing) => tilesIn(writing, words);
  const button = (writing: Writing, key: string, what?: string) =>
    buttonOf(writing, words, key, what);
  const choose = (page: Page, writing: Writing, files: readonly TestFile[]): Promise<void> =>
    chooseFiles(page, writing, words, files);

  /** Opens what is said of it. */
  function describing({ place }: Writing, what: string) {
    return place.getByRole("button", { name: `${what}, ${words("attach.alt")}`, exact: true });
  }

  it("are chosen, described, ordered, published, and seen by a friend", async () => {
    const { friend, person, page, writing } = await writer("chooser");
    const files = await Promise.all([1, 2, 3, 4].map((seed) => photoFile(seed, 640, 480)));
    await choose(page, writing, files);
    await areThere(writing, 4);

    await describing(writing, photo(2, 4)).click();
    const dialog = page.getByRole("dialog", { name: photo(2, 4) });
    await dialog.getByLabel(words("attach.label")).fill("Hills in the morning");
    await answerTo(page, "PATCH /v1/media/*", () => page.keyboard.press("Control+Enter"));
    await dialog.waitFor({ state: "hidden" });
    await writing.place.waitFor();
    await button(writing, "attach.before", photo(2, 4)).click();
    await button(writing, "attach.remove", photo(4, 4)).click();
    await expect.poll(() => tilesOf(writing).count()).toBe(3);
    await answerTo(page, "POST /v1/stories", () => writing.send.click());

    const [story] = await storiesOf(person);
    expect(story?.text).toBe("");
    expect(story?.media.map(({ alt }) => alt)).toEqual(["Hills in the morning", "", ""]);
    const theirs = await (await site.deviceOf(friend, { viewport: "phone" })).open("/");
    const card = cardOf(theirs, story!.id);
    await card.getByRole("button", { name: "Hills in the morning" }).waitFor(patience);
    const own = cardOf(page, story!.id);
    for (const place of [card, own]) {
      const pictures = place.locator("[data-media] img[data-loaded]");
      await expect.poll(() => pictures.count(), patience).toBe(3);
    }
  });

  it("are offered to be chosen in no format that is not taken, so that a phone sends another", async () => {
    const { page } = await writer("offered");
    const offered = async (): Promise<readonly string[]> => {
      const inputs = page.locator('input[type="file"]');
      const lists = await inputs.evaluateAll((all) =>
        all.map((one) => one.getAttribute("accept") ?? "*"),
      );
      return [...new Set(lists.flatMap((list) => list.split(",")))].sort();
    };
    const pictures = ["avif", "gif", "jpeg", "png", "tiff", "webp"].map((name) => `image/${name}`);
    expect(await offered()).toEqual([...pictures, "video/*"]);
    await page.goto(new URL("/settings/profile", site.url).href);
    await page
      .getByRole("button", { name: words("settings.profile.picture.choose") })
      .waitFor(patience);
    expect(await offered()).toEqual(pictures);
  });

  it("and a video are seen and heard by a friend", async () => {
    const { friend, page, writing } = await writer("filmer");
    await choose(page, writing, [await photoFile(1, 640, 480), await videoFile(2)]);
    await areThere(writing, 2);
    await writing.text.fill("A film");
    const answer = await answerTo(page, "POST /v1/stories", () => writing.send.click());
    const { story } = (await answer.json()) as { readonly story: Published };
    const theirs = await (await site.deviceOf(friend)).open("/");
    const video = cardOf(theirs, story.id).locator("video");
    await video.waitFor(patience);
    await expect
      .poll(() => video.evaluate((film: HTMLVideoElement) => film.currentTime), patience)
      .toBeGreaterThan(0);
  });

  it("are described later, too, and the friend who looks at them hears of it", async () => {
    const { friend, person, page, writing } = await writer("later");
    await choose(page, writing, [await photoFile(3, 640, 480)]);
    await areThere(writing, 1);
    const answer = await answerTo(page, "POST /v1/stories", () => writing.send.click());
    const { story } = (await answer.json()) as { readonly story: Published };
    const theirs = await (await site.deviceOf(friend)).open("/");
    await cardOf(theirs, story.id).locator("[data-media] img[data-loaded]").waitFor(patience);
    const change = await openChange(cardOf(page, story.id), words, person.handle);
    await describing(change, photo(1, 1)).click();
    await page.keyboard.type("A bright morning");
    await answerTo(page, "PATCH /v1/media/*", () => page.keyboard.press("Escape"));
    const described = cardOf(theirs, story.id).getByRole("button", { name: "A bright morning" });
    await described.waitFor(patience);
  });

  it("are dropped and pasted, and what is no photo is told apart", async () => {
    const { page, writing } = await writer("dropper");
    const { buffer } = await photoFile(5, 320, 240);
    const give = (kind: "drop" | "paste", name: string, type: string) =>
      writing.text.evaluate(
        (field, file) => {
          const bytes = Uint8Array.from(atob(file.base64), (character) => character.charCodeAt(0));
          const given = new DataTransfer();
          given.items.add(new File([bytes], file.name, { type: file.type }));
          const about = { bubbles: true, cancelable: true };
          const event =
            file.kind === "drop"
              ? new DragEvent("drop", { ...about, dataTransfer: given })
              : new ClipboardEvent("paste", { ...about, clipboardData: given });
          field.dispatchEvent(event);
        },
        { kind, name, type, base64: buffer.toString("base64") },
      );
    await give("drop", "dropped.jpg", "image/jpeg");
    await areThere(writing, 1);
    await give("paste", "pasted.jpg", "image/jpeg");
    await areThere(writing, 2);
    await give("drop", "letter.pdf", "application/pdf");
    await writing.said("pictures.problem.unsupported").waitFor();
    await writing.text.fill("Two, and a letter");
    expect(await writing.send.isDisabled()).toBe(true);
    await button(writing, "attach.remove", photo(3, 3)).click();
    await answerTo(page, "POST /v1/stories", () => writing.send.click());
  });

  it("are ten at most", async () => {
    const { page, writing } = await writer("many");
    const file = await photoFile(6, 200, 150);
    await choose(
      page,
      writing,
      Array.from({ length: 12 }, () => file),
    );
    await expect.poll(() => tilesOf(writing).count()).toBe(10);
    const left = words("attach.leftOut", { count: 2, max: 10 });
    await writing.place.getByText(left, { exact: true }).waitFor();
    await areThere(writing, 10);
  });

  it("are waited for, and published by themselves with the dialog closed", async () => {
    const { person, page, writing } = await writer("waiter");
    const held = Promise.withResolvers<undefined>();
    await page.route("**/v1/uploads/*", async (route) => {
      await held.promise;
      await route.fallback();
    });
    await choose(page, writing, [await photoFile(7)]);
    await writing.text.fill("With a photo, soon");
    await button(writing, "attach.sendThen").click();
    await writing.said("attach.willSend").waitFor();
    expect(await writing.text.getAttribute("readonly")).not.toBeNull();
    await page.keyboard.press("Escape");
    await writing.place.waitFor({ state: "hidden" });
    expect(await storiesOf(person)).toEqual([]);
    held.resolve(undefined);
    await page.getByRole("article").getByText("With a photo, soon").waitFor(patience);
    expect((await storiesOf(person)).map(({ media }) => media.length)).toEqual([1]);
  });

  it("come through a network that fails, and go on where they were", async () => {
    const { person, device, page, writing } = await writer("patient");
    const begun = await spoil(page, "POST /v1/uploads", ["unanswered"]);
    const calls = await spoil(page, "PATCH /v1/uploads/*", ["lost", "unanswered", { status: 503 }]);
    await choose(page, writing, [await photoFile(8)]);
    await areThere(writing, 1);
    expect(calls.madeAtMs.length).toBeGreaterThanOrEqual(2);
    expect(begun.madeAtMs).toHaveLength(2);
    const rows = await site.node.sql`SELECT FROM media.uploads WHERE owner_id = ${person.id}`;
    expect(rows).toHaveLength(1);

    await device.context.setOffline(true);
    await choose(page, writing, [await photoFile(9)]);
    await writing.place.getByText(words("app.waiting.offline"), { exact: true }).waitFor();
    await device.context.setOffline(false);
    await areThere(writing, 2);
  });

  it("that are large go on after a loss with what has not come yet", async () => {
    const { page, writing } = await writer("large");
    const { buffer, ...file } = await photoFile(9, 640, 480);
    // What stands behind the end of a picture is no part of it, and counts as any bytes do.
    const large = { ...file, buffer: Buffer.concat([buffer, Buffer.alloc(9 * 1024 * 1024)]) };
    const offsets: number[] = [];
    page.on("request", (request) => {
      if (request.method() === "PATCH") {
        offsets.push(Number(request.headers()["upload-offset"]));
      }
    });
    let pieces = 0;
    await page.route("**/v1/uploads/*", async (route) => {
      pieces += route.request().method() === "PATCH" ? 1 : 0;
      await (pieces === 2 ? route.abort("connectionreset") : route.fallback());
    });
    await choose(page, writing, [large]);
    await expect.poll(() => pieces, patience).toBe(2);
    const share = Number(await writing.place.locator("progress").getAttribute("value"));
    expect(share).toBeGreaterThan(0.5);
    expect(share).toBeLessThan(1);
    await page.unroute("**/v1/uploads/*");
    await areThere(writing, 1);
    const [first, second = 0, third] = offsets;
    expect(first).toBe(0);
    expect(second).toBeGreaterThan(0);
    expect(third).toBe(second);
  });

  it("go as a whole where something between does not let pieces through", async () => {
    const { person, page, writing } = await writer("whole");
    await page.route("**/v1/uploads", (route) => route.fulfill({ status: 405 }));
    const calls = await spoil(page, "POST /v1/media", ["unanswered"]);
    await choose(page, writing, [await photoFile(9, 320, 240)]);
    await areThere(writing, 1);
    expect(calls.madeAtMs).toHaveLength(2);
    // The first one was taken, too.
    const rows = await site.node.sql`SELECT FROM media.media WHERE owner_id = ${person.id}`;
    expect(rows).toHaveLength(1);
  });

  it("on their way hold the page: the browser asks before it leaves", async () => {
    const { page, writing } = await writer("leaver");
    await page.route("**/v1/uploads/*", () => undefined);
    await choose(page, writing, [await photoFile(9, 320, 240)]);
    await expect.poll(() => tilesOf(writing).count()).toBe(1);
    const asked = page.waitForEvent("dialog");
    const left = page.reload().catch(() => undefined);
    const dialog = await asked;
    expect(dialog.type()).toBe("beforeunload");
    await dialog.accept();
    await left;
    expect(await tilesOf(await openWriting(page, words)).count()).toBe(0);
  });

  it("are discarded with the text, and brought back", async () => {
    const { person, page, writing } = await writer("undoer");
    await choose(page, writing, [await photoFile(9, 320, 240)]);
    await areThere(writing, 1);
    await writing.text.fill("On second thought");
    await button(writing, "compose.discard").click();
    await page.getByRole("button", { name: words("app.undo"), exact: true }).click();
    const again = await openWriting(page, words);
    await areThere(again, 1);
    await answerTo(page, "POST /v1/stories", () => again.send.click());
    expect((await storiesOf(person))[0]?.media).toHaveLength(1);
  });

  it("are refused in words, with what was written kept", async () => {
    const { page, writing } = await writer("refused");
    await writing.text.fill("What I wrote");
    await choose(page, writing, [
      { name: "broken.jpg", mimeType: "image/jpeg", buffer: Buffer.from("no photo at all") },
    ]);
    await writing.said("pictures.problem.unsupported").waitFor();
    await writing.place.getByText(words("app.details")).click();
    await writing.place.getByText(/media\.unsupported/).waitFor();
    expect(await writing.text.inputValue()).toBe("What I wrote");
  });

  it("that are on the server are there after a reload, in every tab", async () => {
    const { device, page, writing } = await writer("keeper");
    await choose(page, writing, [await photoFile(10), await photoFile(11)]);
    await areThere(writing, 2);
    await page.reload();
    const again = await openWriting(page, words);
    await areThere(again, 2);
    const shown = () =>
      tilesOf(again)
        .locator("img")
        .evaluateAll((all) => all.filter((one) => (one as HTMLImageElement).naturalWidth > 0));
    await expect.poll(async () => (await shown()).length, patience).toBe(2);
    const other = await device.open("/");
    const there = await openWriting(other, words);
    await areThere(there, 2);
    await button(there, "attach.remove", photo(1, 2)).click();
    await areThere(again, 1);
    await answerTo(page, "POST /v1/stories", () => again.send.click());
    await expect.poll(() => tilesOf(there).count()).toBe(0);
  });

  it("are added and ordered by the keyboard alone, with the focus in sight", async () => {
    const { page, writing } = await writer("keys");
    const chooser = page.waitForEvent("filechooser");
    await tabAndPress(page, button(writing, "attach.add"));
    await (await chooser).setFiles(await Promise.all([12, 13, 14].map((seed) => photoFile(seed))));
    await areThere(writing, 3);
    await tabAndPress(page, button(writing, "attach.after", photo(1, 3)));
    await page.keyboard.press("Enter");
    // At the end of the way the other button has the focus.
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe(
      words("attach.before", { what: photo(3, 3) }),
    );
    await tabAndPress(page, describing(writing, photo(3, 3)));
    await page.keyboard.type("Was the first");
    await page.keyboard.press("Escape");
    await writing.place.waitFor();
    await tabAndPress(page, writing.send);
    const last = page.getByRole("article").getByRole("button", { name: "Was the first" });
    await last.waitFor(patience);
  });

  it("are moved by the hand", async () => {
    const { page, writing } = await writer("mover");
    await choose(page, writing, await Promise.all([15, 16].map((seed) => photoFile(seed))));
    await areThere(writing, 2);
    const order = () =>
      writing.place
        .locator("[data-tile]")
        .evaluateAll((all) => all.map((tile) => tile.getAttribute("data-tile")));
    const before = await order();
    const [first, second] = [
      await tilesOf(writing).nth(0).boundingBox(),
      await tilesOf(writing).nth(1).boundingBox(),
    ];
    await page.mouse.move(first!.x + 20, first!.y + 60);
    await page.mouse.down();
    await page.mouse.move(second!.x + 40, second!.y + 60, { steps: 5 });
    await page.mouse.up();
    expect(await order()).toEqual(before.toReversed());
  });

  it("come from the camera, too, on a phone", async () => {
    const { page, writing } = await writer("camera", "phone");
    await button(writing, "attach.add").click();
    const chooser = page.waitForEvent("filechooser");
    await page.getByRole("menuitem", { name: words("attach.camera") }).click();
    const { isMultiple } = await chooser.then((one) => ({ isMultiple: one.isMultiple() }));
    expect(isMultiple).toBe(false);
    expect(await writing.place.locator("input[capture]").getAttribute("capture")).toBe(
      "environment",
    );
    await (await chooser).setFiles([await photoFile(17)]);
    await areThere(writing, 1);
  });
});
