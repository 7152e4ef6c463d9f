import type { Proof } from "./finding.ts";
import type { History, Listening, Scroll, SeenItem } from "./history.ts";
import type { FinalState } from "./prove-rows.ts";
import { prove, type Verdict } from "./prove.ts";
import { createVillage, type Village } from "./village.ts";

/** A history in which faults are planted. */

export const bounds = { openMs: 1_000, visibleMs: 100, toldMs: 500 };
export const people = ["1", "2", "3", "4"] as const;
export const [ann, bob, cyd] = people;

export function befriend(village: Village, one: string, other: string): void {
  village.write(one, { kind: "befriend", otherId: other });
  village.write(other, { kind: "befriend", otherId: one });
}

let texts = 0;
export function publish(
  village: Village,
  by: string,
  visibility: "public" | "friends" = "public",
): string {
  texts += 1;
  const { id } = village.write(by, { kind: "publish", text: `text ${texts}`, visibility });
  return id!;
}

/** Bob is Ann's friend and listens to her; Cyd follows Bob. Ann and Bob have written two stories each. */
export interface Scene {
  readonly village: Village;
  readonly anns: readonly string[];
  readonly bobs: readonly string[];
  readonly listening: Listening;
}

export function createScene(): Scene {
  const village = createVillage(people);
  befriend(village, ann, bob);
  village.write(cyd, { kind: "follow", otherId: bob });
  const listening = village.listen(bob);
  const anns = [publish(village, ann), publish(village, ann, "friends")];
  const bobs = [publish(village, bob), publish(village, bob, "friends")];
  village.write(bob, { kind: "like", storyId: anns[0]! });
  village.write(bob, { kind: "comment", storyId: anns[0]!, text: "well" });
  village.wait(1_000);
  return { village, anns, bobs, listening };
}

export function verdictOf(
  village: Village,
  spoil: (final: Draft<FinalState>) => void = () => undefined,
) {
  const final = structuredClone(village.final()) as Draft<FinalState>;
  spoil(final);
  return prove(village.history, final, bounds);
}

export type Draft<T> = {
  -readonly [Key in keyof T]: T[Key] extends readonly (infer One)[] ? One[] : T[Key];
};

export const proofsOf = ({ findings }: Verdict): Proof[] => [
  ...new Set(findings.map(({ proof }) => proof)),
];

/** A page that shows a story all the same. */
export function show(history: History, scroll: Scroll, item: SeenItem): void {
  const [page] = scroll.pages;
  const items = [...page!.items, item].sort((a, b) => Number(BigInt(b.id) - BigInt(a.id)));
  history.scrolls[history.scrolls.indexOf(scroll)] = { ...scroll, pages: [{ ...page!, items }] };
}

export function changeItems(
  history: History,
  scroll: Scroll,
  change: (items: readonly SeenItem[]) => readonly SeenItem[],
): void {
  const pages = scroll.pages.map((page) => ({ ...page, items: change(page.items) }));
  history.scrolls[history.scrolls.indexOf(scroll)] = { ...scroll, pages };
}
