import type { Person } from "../data/client.ts";

const fold = (text: string): string => text.normalize("NFKC").toLocaleLowerCase();

/** Whether each word that was typed is in the person's name or handle. */
export function matches({ name, handle }: Person, typed: string): boolean {
  const names = fold(name);
  return fold(typed)
    .replaceAll("@", " ")
    .split(/\s+/u)
    .every((word) => names.includes(word) || handle.includes(word));
}
