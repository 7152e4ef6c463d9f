import type { Relationship } from "../data/client.ts";
import type { RelationAction } from "../data/people.ts";

/** What a list of people is about: its rows offer what changes that. */
export type About = "anyone" | "friends" | "received" | "following" | "muted" | "blocked";

/** Something that can be done, and the message that names it. */
export interface Offer {
  readonly action: RelationAction;
  readonly words: RelationAction | "accept" | "decline" | "withdraw";
  /** The one that is most likely wanted. */
  readonly isMain: boolean;
}

function offer(action: RelationAction, words: Offer["words"] = action, isMain = false): Offer {
  return { action, words, isMain };
}

const asking: Readonly<Record<Relationship["friend"], readonly Offer[]>> = {
  none: [offer("befriend")],
  requested: [offer("unfriend", "withdraw")],
  received: [offer("befriend", "accept", true), offer("unfriend", "decline")],
  friends: [],
};

export const following = ({ following: isOn }: Relationship): Offer =>
  offer(isOn ? "unfollow" : "follow");
export const muting = ({ muted: isOn }: Relationship): Offer => offer(isOn ? "unmute" : "mute");
const blocking = ({ blocked: isOn }: Relationship): Offer => offer(isOn ? "unblock" : "block");

/** On a row of a list. Who was answered there, one way or the other, has nothing left to offer. */
export function rowOffers(about: About, relationship: Relationship): readonly Offer[] {
  const { friend, blocked } = relationship;
  switch (about) {
    case "following":
      return [following(relationship)];
    case "muted":
      return [muting(relationship)];
    case "blocked":
      return [blocking(relationship)];
    case "received":
      return friend === "none" ? [] : asking[friend];
    case "anyone":
    case "friends":
      // One thing alone, so that the row is as high as it was before this was known.
      return blocked ? [blocking(relationship)] : asking[friend].slice(0, 1);
  }
}

/** On somebody's page, beside what is in its menu. */
export function profileOffers(relationship: Relationship): readonly Offer[] {
  const { friend, blocked } = relationship;
  if (blocked) {
    return [blocking(relationship)];
  }
  const offers = asking[friend].map((one) => ({ ...one, isMain: one.action === "befriend" }));
  return friend === "friends" ? offers : [...offers, following(relationship)];
}
