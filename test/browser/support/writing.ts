import type { Locator, Page } from "playwright-core";
import type { Words } from "./words.ts";

/** Writing, as somebody does it on the page. */
export interface Writing {
  readonly place: Locator;
  readonly text: Locator;
  readonly send: Locator;
  /** What is said of it, such as `compose.waiting`. */
  said(key: string): Locator;
}

/** Opens the dialog for a new story by the button of the menu, which every page and width has. */
export async function openWriting(page: Page, words: Words): Promise<Writing> {
  await page
    .getByRole("navigation", { name: words("app.nav.label") })
    .getByRole("button", { name: words("app.nav.write"), exact: true })
    .click();
  return writingIn(page.getByRole("dialog", { name: words("compose.title") }), words);
}

/** Opens the dialog to change a story of one's own by its menu. */
export async function openChange(card: Locator, words: Words, name: string): Promise<Writing> {
  await chooseFrom(card, words("story.more", { name }), words("story.edit"));
  const dialog = card.page().getByRole("dialog", { name: words("compose.changeTitle") });
  return writingIn(dialog, words, "compose.save");
}

/** The form that is in this place. */
export function writingIn(place: Locator, words: Words, send = "compose.send"): Writing {
  return {
    text: place.getByRole("textbox", { name: words("compose.label"), exact: true }),
    send: place.getByRole("button", { name: words(send), exact: true }),
    place,
    said: (key) => place.getByText(words(key), { exact: true }),
  };
}

/** The field on a story's page, or the one under a comment that is answered. */
export function answeringOn(page: Page, words: Words, to?: string): Writing {
  const label = to === undefined ? words("comments.write") : words("comments.answer", { name: to });
  const form = page
    .locator("form")
    .filter({ has: page.getByRole("textbox", { name: label, exact: true }) });
  return {
    text: form.getByRole("textbox"),
    send: form.getByRole("button", { name: words("comments.send"), exact: true }),
    place: form,
    said: (key) => form.getByText(words(key), { exact: true }),
  };
}

/** Opens a menu and chooses from it. */
export async function chooseFrom(place: Locator, menu: string, item: string): Promise<void> {
  await place.getByRole("button", { name: menu, exact: true }).click();
  await place.page().getByRole("menuitem", { name: item, exact: true }).click();
}
