import type { Page } from "playwright-core";
import type { Person } from "../../support/api-client.ts";
import { answerTo } from "./network.ts";
import type { Words } from "./words.ts";

/** The ways in and out, as somebody goes them on the page. */

export async function signInOn(
  page: Page,
  words: Words,
  { handle, password }: Pick<Person, "handle" | "password">,
): Promise<void> {
  const fieldOf = (name: string) =>
    page.getByLabel(words(`entrance.${name}.label`), { exact: true });
  await fieldOf("handle").fill(handle);
  await fieldOf("password").fill(password);
  const enter = page.getByRole("main").getByRole("button", { name: words("entrance.signIn") });
  await answerTo(page, "POST /v1/sessions", () => enter.click());
  await page.getByRole("navigation", { name: words("app.nav.label") }).waitFor();
}

/** The heading of the way in. */
export function entranceOf(page: Page, words: Words) {
  return page.getByRole("heading", { name: words("entrance.signIn"), level: 1 });
}

export function farewellOf(page: Page, words: Words, kind: "ended" | "left" | "deleted") {
  return page.getByText(words(`entrance.farewell.${kind}`), { exact: true });
}

export async function signOutOn(page: Page, words: Words): Promise<void> {
  await page.goto("/settings");
  const leave = page.getByRole("button", { name: words("settings.signOut.here"), exact: true });
  await answerTo(page, "DELETE /v1/sessions/current", () => leave.click());
  await entranceOf(page, words).waitFor();
}

/** Asks for something that is confirmed in a dialog by a button of the same name. */
export async function pressAndConfirm(page: Page, name: string): Promise<void> {
  await page.getByRole("main").getByRole("button", { name, exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name, exact: true }).click();
}
