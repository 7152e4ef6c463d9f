/** Where something is written: each place has one draft. */
export type Place =
  | { readonly kind: "story" }
  | { readonly kind: "change"; readonly id: string }
  | { readonly kind: "comment"; readonly storyId: string; readonly parentId: string | null };

/** Under which the draft of a place is kept. */
export function nameOf(place: Place): string {
  switch (place.kind) {
    case "story":
      return "story";
    case "change":
      return `change.${place.id}`;
    case "comment":
      return `comment.${place.storyId}${place.parentId === null ? "" : `.${place.parentId}`}`;
  }
}

export function placeOf(name: string): Place | null {
  const [kind, id = "", parentId = null] = name.split(".");
  switch (kind) {
    case "story":
      return { kind };
    case "change":
      return { kind, id };
    case "comment":
      return { kind, storyId: id, parentId };
    default:
      return null;
  }
}
