import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";
import type { Person } from "../../support/api-client.ts";
import type { Device } from "./browser.ts";
import type { TestFile } from "./media.ts";
import type { Site, SiteDeviceOptions } from "./site.ts";
import type { Words } from "./words.ts";
import { openWriting, type Writing } from "./writing.ts";

/** Photos and videos in what is written, as somebody adds them on the page. */

/** What the browser says of requests that a test spoils. */
const spoiled = [/ERR_|^answer: .*: (?:404|50\d)$|^request: /];
const patience = { timeout: 60_000 };

export interface Writer {
  readonly person: Person;
  readonly friend: Person;
  readonly device: Device;
  readonly page: Page;
  readonly writing: Writing;
}

/** A story as its author reads it. */
export interface Published {
  readonly id: string;
  readonly text: string;
  readonly media: readonly { readonly id: string; readonly alt: string }[];
}

/** Somebody with a friend, who is about to write. */
export async function startWriting(
  site: Site,
  words: Words,
  name: string,
  options: SiteDeviceOptions = {},
): Promise<Writer> {
  const [person, friend] = await site.api.people(name, `${name}_friend`);
  await person.befriend(friend);
  const device = await site.deviceOf(person, { expected: spoiled, ...options });
  const page = await device.open("/");
  await page.getByRole("heading", { name: words("feed.title"), level: 1 }).waitFor();
  return { person, friend, device, page, writing: await openWriting(page, words) };
}

export function tilesOf({ place }: Writing, words: Words): Locator {
  return place.getByRole("list", { name: words("attach.list") }).getByRole("listitem");
}

/** `what`: which of them, such as "Photo 1 of 2". */
export function buttonOf({ place }: Writing, words: Words, key: string, what?: string): Locator {
  const name = words(key, what === undefined ? {} : { what });
  return place.getByRole("button", { name, exact: true });
}

/** By the device's own choice, as the button of the form opens it; on a phone by its menu. */
export async function choose(
  page: Page,
  writing: Writing,
  words: Words,
  files: readonly TestFile[],
): Promise<void> {
  const chooser = page.waitForEvent("filechooser");
  const add = buttonOf(writing, words, "attach.add");
  await add.click();
  if ((await add.getAttribute("aria-haspopup")) === "menu") {
    await page.getByRole("menuitem", { name: words("attach.choose") }).click();
  }
  await (await chooser).setFiles([...files]);
}

export async function areThere(writing: Writing, count: number): Promise<void> {
  const there = writing.place.locator('[data-tile][data-phase="there"]');
  await expect.poll(() => there.count(), patience).toBe(count);
}

export async function storiesOf(person: Person): Promise<readonly Published[]> {
  const { text } = await person.get(`/v1/accounts/${person.id}/stories`);
  return (JSON.parse(text) as { readonly items: readonly Published[] }).items;
}
