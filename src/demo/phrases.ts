import type { Chance } from "./chance.ts";

/** Texts with choices in them, `Fresh {bread|rolls}, {still warm|just out}`, and how to use them sparingly. */

const choice = /\{([^{}]*)\}/u;

/** Every text that the choices of a phrase allow. */
export function variantsOf(phrase: string): readonly string[] {
  const found = choice.exec(phrase);
  if (found === null) {
    return [phrase];
  }
  const [whole, options = ""] = found;
  const before = phrase.slice(0, found.index);
  const after = phrase.slice(found.index + whole.length);
  return options.split("|").flatMap((option) => variantsOf(before + option + after));
}

export interface Phrase {
  readonly variants: readonly string[];
}

/** Remembers what was said when. */
export interface Memory {
  note(text: string, atMs: number): void;
  /** One of the phrases with a text that was not said of late, or null where all were. */
  choose<P extends Phrase>(
    phrases: readonly P[],
    nowMs: number,
  ): { readonly phrase: P; readonly text: string } | null;
}

const hourMs = 3_600_000;
/** The same text does not come back within a day. */
export const textRestMs = 24 * hourMs;
/** What differs in a word alone does not follow at once. */
export const phraseRestMs = 3 * hourMs;

export function createMemory(chance: Chance): Memory {
  const saidMs = new Map<string, number>();

  function forget(nowMs: number): void {
    for (const [text, atMs] of saidMs) {
      if (nowMs - atMs >= textRestMs) {
        saidMs.delete(text);
      }
    }
  }

  const restedMs = (text: string, nowMs: number): number =>
    nowMs - (saidMs.get(text) ?? Number.NEGATIVE_INFINITY);

  return {
    note(text, atMs) {
      saidMs.set(text, Math.max(atMs, saidMs.get(text) ?? 0));
    },
    choose(phrases, nowMs) {
      forget(nowMs);
      const rested = phrases.filter(({ variants }) =>
        variants.every((text) => restedMs(text, nowMs) >= phraseRestMs),
      );
      for (const phrase of chance.shuffled(rested)) {
        const fresh = phrase.variants.filter((text) => restedMs(text, nowMs) >= textRestMs);
        const text = chance.pick(fresh);
        if (text !== undefined) {
          return { phrase, text };
        }
      }
      return null;
    },
  };
}
