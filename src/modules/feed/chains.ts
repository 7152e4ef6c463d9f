import { assert } from "../../kernel/assert.ts";
import {
  accountMask,
  chainedBit,
  headHighAt,
  headWords,
  highAt,
  isOlderSlot,
  linkBit,
  linkOf,
  linkOlderAt,
  linkWords,
  lowAt,
  noLandmark,
  olderAt,
  olderOf,
  siblingAt,
  skipAt,
  slotWords,
  stateAt,
  targetAt,
  type IndexColumns,
} from "./entries.ts";
import { createColumn, noSlot } from "./packed.ts";

/**
 * The chains of the index: each account's entries, newest first, and each story's reshares, oldest
 * first, because a reshared story stands where the first reshare that the reader sees stands.
 *
 * About one entry in sixteen, chosen by its id, is a landmark and leads to the account's next older
 * landmark, so that a page far back skips what lies before it. A late entry is one more store: the
 * entry is complete before the store that makes it reachable.
 */
export interface Chains {
  /** Puts a complete slot into its account's chain: nearly always at one of the two ends. */
  add(slot: number): void;
  /** Puts a reshare into its story's chain: nearly always at the end. */
  join(reshare: number, story: number): void;
  /** Ends every chain above the id, whose slots below it are to be freed. */
  cutBelow(high: number, low: number, everUsed: number): void;
  /** Gives back what the slot has beside itself. */
  release(slot: number): void;
  firstReshare(story: number): number;
  nextReshare(reshare: number): number;
  storyOf(reshare: number): number;
  /** Links in use now, and how many there ever were. */
  links(): { readonly used: number; readonly ever: number };
}

const landmarkMultiplier = 0x9e37_79b1;
const landmarkShift = 28;

export function createChains(
  columns: IndexColumns,
  { accountsMax, linksMax }: { readonly accountsMax: number; readonly linksMax: number },
): Chains {
  const { slots, links, heads } = columns;
  /** By account: the oldest entry and the oldest landmark. Only the writer needs them. */
  const oldest = createColumn(accountsMax + 1);
  const oldestLandmark = createColumn(accountsMax + 1);
  let everLinked = 0;
  let linked = 0;
  /** Freed links form a chain through their first word. */
  let firstFree = 0;

  const accountOf = (slot: number): number =>
    (slots[slot * slotWords + stateAt] as number) & accountMask;
  const newestOf = (account: number): number => heads[account * headWords] as number;

  const isBefore = (a: number, b: number): boolean => isOlderSlot(slots, a, b);

  /** Where the words of the slot's link begin; it is given one if it has none. */
  function needLink(slot: number): number {
    const found = linkOf(slots, slot);
    if (found !== 0) {
      return found;
    }
    let link = firstFree;
    if (link === 0) {
      everLinked += 1;
      link = everLinked;
      assert(link <= linksMax, "there are as many links as slots");
    } else {
      firstFree = links[link * linkWords] as number;
    }
    linked += 1;
    const at = link * linkWords;
    links[at + linkOlderAt] = slots[slot * slotWords + olderAt] as number;
    links[at + targetAt] = noSlot;
    links[at + siblingAt] = noSlot;
    links[at + skipAt] = 0;
    Atomics.store(slots, slot * slotWords + olderAt, (linkBit + link) >>> 0);
    return at;
  }

  function setOlder(slot: number, older: number): void {
    const link = linkOf(slots, slot);
    if (link === 0) {
      Atomics.store(slots, slot * slotWords + olderAt, older);
    } else {
      Atomics.store(links, link + linkOlderAt, older);
    }
  }

  function setNewest(account: number, slot: number): void {
    // Readers compare the second word before they follow the first, so it is stored first: too new
    // a time makes them look in vain, too old a one would hide the entry.
    heads[account * headWords + headHighAt] = slots[slot * slotWords + highAt] as number;
    Atomics.store(heads, account * headWords, slot);
  }

  const isLandmark = (slot: number): boolean => {
    const link = linkOf(slots, slot);
    return link !== 0 && links[link + skipAt] !== 0;
  };

  function isChosen(slot: number): boolean {
    const mixed = Math.imul(slots[slot * slotWords + lowAt] as number, landmarkMultiplier);
    return mixed >>> landmarkShift === 0;
  }

  /** The first landmark from the slot on, in the direction of older ones. */
  function landmarkFrom(slot: number): number {
    let at = slot;
    while (at !== noSlot && !isLandmark(at)) {
      at = olderOf(columns, at);
    }
    return at;
  }

  function setSkip(slot: number, landmark: number): void {
    Atomics.store(links, needLink(slot) + skipAt, landmark === noSlot ? noLandmark : landmark);
  }

  function addNewest(account: number, slot: number, first: number): void {
    setOlder(slot, first);
    if (isChosen(slot)) {
      const next = landmarkFrom(first);
      setSkip(slot, next);
      if (next === noSlot) {
        oldestLandmark[account] = slot;
      }
    }
    setNewest(account, slot);
  }

  function addOldest(account: number, slot: number, last: number): void {
    setOlder(slot, noSlot);
    if (isChosen(slot)) {
      setSkip(slot, noSlot);
    }
    setOlder(last, slot);
    oldest[account] = slot;
    if (isChosen(slot)) {
      const before = oldestLandmark[account] as number;
      if (before !== noSlot) {
        setSkip(before, slot);
      }
      oldestLandmark[account] = slot;
    }
  }

  function addBetween(account: number, slot: number, first: number): void {
    let at = first;
    let landmark = noSlot;
    for (;;) {
      const link = linkOf(slots, at);
      const skip = link === 0 ? 0 : (links[link + skipAt] as number);
      if (skip !== 0) {
        landmark = at;
        if (skip !== noLandmark && isBefore(slot, skip)) {
          at = skip;
          continue;
        }
      }
      const next = olderOf(columns, at);
      if (!isBefore(slot, next)) {
        break;
      }
      at = next;
    }
    setOlder(slot, olderOf(columns, at));
    if (isChosen(slot)) {
      const next = landmarkFrom(olderOf(columns, at));
      setSkip(slot, next);
      if (next === noSlot) {
        oldestLandmark[account] = slot;
      }
    }
    setOlder(at, slot);
    if (isChosen(slot) && landmark !== noSlot) {
      setSkip(landmark, slot);
    }
  }

  function cutAfter(slot: number, isBelow: (slot: number) => boolean): void {
    const account = accountOf(slot);
    const next = olderOf(columns, slot);
    if (next !== noSlot && isBelow(next)) {
      setOlder(slot, noSlot);
      oldest[account] = slot;
    }
    const link = linkOf(slots, slot);
    const skip = link === 0 ? 0 : (links[link + skipAt] as number);
    if (skip !== 0 && skip !== noLandmark && isBelow(skip)) {
      setSkip(slot, noSlot);
      oldestLandmark[account] = slot;
    }
  }

  return {
    add(slot) {
      const account = accountOf(slot);
      const state = slot * slotWords + stateAt;
      slots[state] = (slots[state] as number) | chainedBit;
      const first = newestOf(account);
      if (first === noSlot) {
        oldest[account] = slot;
        oldestLandmark[account] = noSlot;
        addNewest(account, slot, noSlot);
      } else if (isBefore(first, slot)) {
        addNewest(account, slot, first);
      } else if (isBefore(slot, oldest[account] as number)) {
        addOldest(account, slot, oldest[account] as number);
      } else {
        addBetween(account, slot, first);
      }
    },

    join(reshare, story) {
      const own = needLink(reshare);
      const ofStory = needLink(story);
      links[own + targetAt] = story;
      const first = links[ofStory + targetAt] as number;
      const last = links[ofStory + siblingAt] as number;
      if (first === noSlot) {
        links[ofStory + siblingAt] = reshare;
        Atomics.store(links, ofStory + targetAt, reshare);
      } else if (isBefore(last, reshare)) {
        Atomics.store(links, linkOf(slots, last) + siblingAt, reshare);
        links[ofStory + siblingAt] = reshare;
      } else if (isBefore(reshare, first)) {
        links[own + siblingAt] = first;
        Atomics.store(links, ofStory + targetAt, reshare);
      } else {
        let at = linkOf(slots, first);
        while (isBefore(links[at + siblingAt] as number, reshare)) {
          at = linkOf(slots, links[at + siblingAt] as number);
        }
        links[own + siblingAt] = links[at + siblingAt] as number;
        Atomics.store(links, at + siblingAt, reshare);
      }
    },

    cutBelow(high, low, everUsed) {
      const isBelow = (slot: number): boolean =>
        (slots[slot * slotWords + highAt] as number) < high ||
        (slots[slot * slotWords + highAt] === high &&
          (slots[slot * slotWords + lowAt] as number) < low);
      for (let slot = 1; slot <= everUsed; slot += 1) {
        const state = slot * slotWords + stateAt;
        if (((slots[state] as number) & chainedBit) === 0) {
          continue;
        }
        if (!isBelow(slot)) {
          cutAfter(slot, isBelow);
          continue;
        }
        const account = accountOf(slot);
        if (isBelow(newestOf(account))) {
          Atomics.store(heads, account * headWords, noSlot);
          heads[account * headWords + headHighAt] = 0;
          oldest[account] = noSlot;
          oldestLandmark[account] = noSlot;
        }
        slots[state] = (slots[state] as number) & ~chainedBit;
        const link = linkOf(slots, slot);
        if (link !== 0) {
          links[link + skipAt] = 0;
        }
      }
    },

    release(slot) {
      const link = linkOf(slots, slot);
      if (link !== 0) {
        links[link] = firstFree;
        firstFree = link / linkWords;
        linked -= 1;
      }
    },

    firstReshare(story) {
      const link = linkOf(slots, story);
      return link === 0 ? noSlot : (links[link + targetAt] as number);
    },
    nextReshare: (reshare) => links[linkOf(slots, reshare) + siblingAt] as number,
    storyOf: (reshare) => links[linkOf(slots, reshare) + targetAt] as number,
    links: () => ({ used: linked, ever: everLinked }),
  };
}
