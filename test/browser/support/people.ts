import type { Locator, Page } from "playwright-core";
import type { Person } from "../../support/api-client.ts";
import { wordsOf } from "./words.ts";

const words = wordsOf("en");
/** Of what is shown, on a busy machine. */
export const patience = { timeout: 20_000 };

/** A person's row in the list of the page. */
export function rowOf(page: Page, { handle }: Pick<Person, "handle">): Locator {
  return page
    .getByRole("main")
    .getByRole("listitem")
    .filter({ has: page.locator(`a[data-person="${handle}"]`) });
}

/** Buttons of rows say whom they are about; what they do comes first. */
export function actionIn(row: Locator, action: string): Locator {
  return row.getByRole("button", { name: new RegExp(`^${words(`people.action.${action}`)}:`) });
}

export function offerOf(page: Page, action: string): Locator {
  return page.getByRole("button", { name: words(`people.action.${action}`), exact: true });
}

export async function handlesOf(person: Person, target: string): Promise<readonly string[]> {
  return (await person.walk(target)).map(({ handle }) => handle);
}

/** Handles of the people in the list of the page. */
export function handlesIn(page: Page): Promise<readonly (string | null)[]> {
  return page
    .getByRole("main")
    .locator("a[data-person]")
    .evaluateAll((links) => links.map((link) => link.getAttribute("data-person")));
}
