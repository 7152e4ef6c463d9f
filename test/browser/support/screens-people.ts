import type { Page } from "playwright-core";
import { at, card, me, newcomer, nobody, says, type Screen, type Stage } from "./stage.ts";

/** Somebody in a list. */
const person = (page: Page): Promise<unknown> =>
  page.locator("#content [data-person]").first().waitFor();

const lists = ["friends", "received", "sent", "following", "muted", "blocked"] as const;
const pathOf = (list: (typeof lists)[number]): string =>
  list === "friends" ? "/friends" : `/friends/${list}`;

const profileOf =
  (who: "me" | "friend" | "asking" | "closed" | "blocked" | "newcomer", rest = "") =>
  ({ community }: Stage): string =>
    `/@${community[who].handle}${rest}`;

export const peopleScreens: readonly Screen[] = [
  ...lists.map((list) => ({ name: `friends-${list}`, show: at(pathOf(list), me, person) })),
  ...lists.map((list) => ({
    name: `friends-${list}-empty`,
    show: at(pathOf(list), newcomer, says(`people.empty.${list}.title`)),
  })),
  { name: "search", show: at("/search", me, says("people.search.begin.title")) },
  { name: "search-found", show: at("/search?q=reader", me, person) },
  {
    name: "search-nothing",
    show: at("/search?q=zzzzzz", me, says("people.search.none.title")),
  },
  { name: "profile-own", show: at(profileOf("me"), me, card) },
  { name: "profile-of-friend", show: at(profileOf("friend"), me, card) },
  { name: "profile-of-asking", show: at(profileOf("asking"), me, card) },
  {
    name: "profile-of-blocked",
    show: at(profileOf("blocked"), me, says("people.state.blocked")),
  },
  { name: "profile-without-stories", show: at(profileOf("me"), newcomer, card) },
  {
    name: "profile-own-empty",
    show: at(profileOf("newcomer"), newcomer, says("profile.noOwn.title")),
  },
  { name: "profile-friends", show: at(profileOf("friend", "/friends"), me, person) },
  {
    name: "profile-not-shown",
    show: at(profileOf("closed", "/friends"), me, says("profile.notShown.title")),
  },
  { name: "profile-for-visitors", show: at(profileOf("friend"), nobody, card) },
];
