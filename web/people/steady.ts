import type { Person } from "../data/client.ts";

/**
 * A list of people that stays as it is under the reader's hand: whoever was acted on keeps their row,
 * also when the server does not list them any more or lists them elsewhere.
 */
export function keptInPlace(
  listed: readonly Person[],
  before: readonly Person[],
  acted: ReadonlySet<string>,
): readonly Person[] {
  const kept = before.filter(({ id }) => acted.has(id));
  if (kept.length === 0) {
    return listed;
  }
  const isKept = new Set(kept.map(({ id }) => id));
  const people = listed.filter(({ id }) => !isKept.has(id));
  for (const person of kept) {
    people.splice(placeFor(person, people, before), 0, person);
  }
  return people;
}

/** Behind whoever of those that are still there stood before this person. */
function placeFor(person: Person, people: readonly Person[], before: readonly Person[]): number {
  const places = new Map(people.map(({ id }, place) => [id, place]));
  const stoodAt = before.indexOf(person);
  for (let at = stoodAt - 1; at >= 0; at -= 1) {
    const place = places.get(before[at]?.id ?? "");
    if (place !== undefined) {
      return place + 1;
    }
  }
  return 0;
}

/** Nobody who is shown stands elsewhere in the next list: it only goes on further. */
export function onlyGrows(shown: readonly Person[], next: readonly Person[]): boolean {
  return shown.length <= next.length && shown.every(({ id }, place) => next[place]?.id === id);
}
