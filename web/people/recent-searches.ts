import { lasting } from "../data/memory.ts";
import { createSignal } from "../data/signal.ts";

/** What a person has looked for in this browser: never shown to another person who signs in here. */

const keptMax = 8;
const changed = createSignal();
/** The same list for as long as nothing changes, as React wants it. */
let read: { readonly kept: string | null; readonly texts: readonly string[] } = {
  kept: null,
  texts: [],
};

const keyOf = (accountId: string): string => `maru.searches.${accountId}`;

export function recentSearches(accountId: string): readonly string[] {
  const kept = lasting.read(keyOf(accountId));
  if (kept !== read.kept) {
    read = { kept, texts: parsed(kept) };
  }
  return read.texts;
}

function parsed(kept: string | null): readonly string[] {
  try {
    const texts: unknown = JSON.parse(kept ?? "[]");
    return Array.isArray(texts) ? texts.filter((text) => typeof text === "string") : [];
  } catch {
    return [];
  }
}

/** The newest first; what begins like it was only on the way to it. */
export function rememberSearch(accountId: string, text: string): void {
  const others = recentSearches(accountId).filter((other) => !text.startsWith(other));
  lasting.write(keyOf(accountId), JSON.stringify([text, ...others].slice(0, keptMax)));
  changed.tell();
}

export function forgetSearches(accountId: string): void {
  lasting.remove(keyOf(accountId));
  changed.tell();
}

export function listenToSearches(listener: () => void): () => void {
  return changed.listen(listener);
}
