import type { Locator, Page } from "playwright-core";
import type { Person } from "../../support/api-client.ts";
import type { Device, LocaleName } from "./browser.ts";
import type { Community } from "./community.ts";
import type { Site, SiteDeviceOptions } from "./site.ts";
import type { Words } from "./words.ts";

/** Where pages are brought into a state, to be looked at. */
export interface Stage {
  readonly locale: LocaleName;
  readonly words: Words;
  readonly community: Community;
  readonly site: Site;
  /** A phone of this person, or of nobody. */
  deviceOf(person: Person | null, options?: SiteDeviceOptions): Promise<Device>;
}

/** A page in one of its states. */
export interface Screen {
  /** Also the name of its picture. */
  readonly name: string;
  /** Brings it into that state; the page is looked at as it is then. */
  show(stage: Stage): Promise<Page>;
  /** What stands on the page moves on by itself: it is looked at in one size and theme alone. */
  readonly isFleeting?: boolean;
}

export type Shows = (stage: Stage) => Promise<Page>;

/** The page at a path, as this person has it, once this text or that element is there. */
export function at(
  path: string | ((stage: Stage) => string),
  who: (stage: Stage) => Person | null,
  isThere: (page: Page, stage: Stage) => Promise<unknown>,
): Shows {
  return async (stage) => {
    const device = await stage.deviceOf(who(stage));
    const page = await device.open(typeof path === "string" ? path : path(stage));
    await isThere(page, stage);
    return page;
  };
}

export const me = ({ community }: Stage): Person => community.me;
export const newcomer = ({ community }: Stage): Person => community.newcomer;
export const nobody = (): null => null;

/** Something that is said on the page. */
export function says(key: string): (page: Page, stage: Stage) => Promise<unknown> {
  return (page, { words }) =>
    page.getByText(words(key), { exact: true }).filter({ visible: true }).first().waitFor();
}

export function card(page: Page): Promise<unknown> {
  return page.locator("article[data-story]").first().waitFor();
}

export function button(within: Page | Locator, { words }: Stage, key: string, values = {}) {
  return within.getByRole("button", { name: words(key, values), exact: true });
}
