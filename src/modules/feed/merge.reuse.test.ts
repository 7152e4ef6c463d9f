import { expect, test } from "vitest";
import { highWord, lowWord } from "../../kernel/words.ts";
import {
  headHighAt,
  headWords,
  highAt,
  kindPublic,
  kindShift,
  lowAt,
  olderAt,
  slotWords,
  stateAt,
} from "./entries.ts";
import { createMerge } from "./merge.ts";
import { createColumn } from "./packed.ts";

/** What a reading thread may meet while the writer uses slots anew: here a chain that leads back to where it began. */
test("a chain that is being used anew leads a page far back to an end", () => {
  const [slots, links, heads] = [createColumn(64), createColumn(64), createColumn(8)];
  const idOf = (n: number): bigint => (BigInt(n) << 32n) + 1n;
  const place = (slot: number, n: number, older: number): void => {
    slots[slot * slotWords + highAt] = highWord(idOf(n));
    slots[slot * slotWords + lowAt] = lowWord(idOf(n));
    slots[slot * slotWords + olderAt] = older;
    slots[slot * slotWords + stateAt] = 1 | (kindPublic << kindShift);
  };
  place(1, 9, 2);
  place(2, 8, 1);
  heads[headWords] = 1;
  heads[headWords + headHighAt] = highWord(idOf(9));
  const merge = createMerge({ slots, links, heads });
  const alone = { viewer: 1, version: 1, words: new Uint32Array(1), followedAt: 0, endAt: 0 };
  const audience = { ...alone, friendsAt: 0, excludedAt: 0 };
  expect(merge.collect(audience, { below: idOf(5), floor: 0n, limit: 10 })).toBe(0);
  expect(merge.collect(audience, { below: idOf(9), floor: 0n, limit: 10 })).toBe(1);
});
