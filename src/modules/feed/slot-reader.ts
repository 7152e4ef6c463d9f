import type { Id } from "../../kernel/id.ts";
import { joinWords } from "../../kernel/words.ts";
import {
  chainedBit,
  highAt,
  kindEndedReshare,
  kindMask,
  kindReshare,
  kindShift,
  lowAt,
  slotWords,
  stateAt,
} from "./entries.ts";
import type { Column } from "./packed.ts";

/** What a slot of the index says. */
export interface SlotReader {
  stateOf(slot: number): number;
  idOf(slot: number): Id;
  /** Whether it is in its account's chain, and so in the window. */
  isChained(slot: number): boolean;
  kindOf(slot: number): number;
  isReshare(slot: number): boolean;
}

export function createSlotReader(slots: Column): SlotReader {
  const stateOf = (slot: number): number => slots[slot * slotWords + stateAt] as number;
  const kindOf = (slot: number): number => (stateOf(slot) >>> kindShift) & kindMask;
  return {
    stateOf,
    kindOf,
    idOf: (slot) =>
      joinWords(
        slots[slot * slotWords + highAt] as number,
        slots[slot * slotWords + lowAt] as number,
      ),
    isChained: (slot) => (stateOf(slot) & chainedBit) !== 0,
    isReshare(slot) {
      const kind = kindOf(slot);
      return kind === kindReshare || kind === kindEndedReshare;
    },
  };
}
