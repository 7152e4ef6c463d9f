import {
  createFriendship,
  createRegister,
  type Effect,
  type Friendship,
  type Register,
  type Span,
} from "./certainty.ts";
import {
  isOpen,
  relationKinds,
  type Command,
  type History,
  type RelationKind,
  type Visibility,
  type Write,
} from "./history.ts";

/** What the commands of a history did, or may have done, to each thing that they are about. */

export interface StoryFacts {
  readonly id: string;
  readonly authorId: string;
  readonly published: Write;
  readonly visibility: Register<Visibility>;
  readonly isDeleted: Register<boolean>;
}

export interface CommentFacts {
  readonly id: string;
  readonly storyId: string;
  readonly authorId: string;
  readonly written: Write;
  readonly isDeleted: Register<boolean>;
}

export interface Facts {
  readonly stories: ReadonlyMap<string, StoryFacts>;
  readonly comments: ReadonlyMap<string, CommentFacts>;
  friendship(one: string, other: string): Friendship;
  /** Whether the first has done this to the second. */
  isFollowing(one: string, other: string): Register<boolean>;
  isMuting(one: string, other: string): Register<boolean>;
  isBlocking(one: string, other: string): Register<boolean>;
  likes(one: string, storyId: string): Register<boolean>;
  reshares(one: string, storyId: string): Register<boolean>;
  hasEnded(session: string): Register<boolean>;
  /** Everyone who ever had a relation to the account that a feed might show. */
  acquaintances(account: string): ReadonlySet<string>;
  /** Pairs "one other" about which anything was ever asked. */
  readonly pairs: ReadonlySet<string>;
  /** Pairs "account story" of which the reaction was ever changed. */
  readonly liked: ReadonlySet<string>;
  readonly reshared: ReadonlySet<string>;
  /** Effects on relations in which the account has a part, for "nothing changed meanwhile". */
  relationEffects(account: string): readonly Pick<Effect<unknown>, "begunAtMs" | "untilMs">[];
}

function createMap<Value>(create: () => Value) {
  const values = new Map<string, Value>();
  return (key: string): Value => {
    const value = values.get(key) ?? create();
    values.set(key, value);
    return value;
  };
}

const pairKey = (one: string, other: string): string =>
  one < other ? `${one} ${other}` : `${other} ${one}`;

/**
 * The times of what a write may have done. An attempt without an answer may still be carried out
 * when its server wakes up, unless it had a key: then whoever repeats it gets the first one's answer.
 */
export function timesOf(write: Write, openMs: number): Omit<Effect<never>, "value"> | null {
  const { by, begunAtMs, endedAtMs, outcome, attempts, key } = write;
  const isDone = outcome === "done";
  const open = isDone && key !== null ? [] : attempts.filter(isOpen);
  if (!isDone && open.length === 0) return null;
  const untilMs = Math.max(
    isDone ? endedAtMs : 0,
    ...open.map((attempt) => attempt.begunAtMs + openMs),
  );
  return { by, begunAtMs, doneAtMs: isDone ? endedAtMs : null, untilMs };
}

const isRelation = (command: Command): command is Extract<Command, { otherId: string }> =>
  (relationKinds as readonly string[]).includes(command.kind);

export function createFacts(history: History, openMs: number): Facts {
  const stories = new Map<string, StoryFacts>();
  const comments = new Map<string, CommentFacts>();
  const friendships = createMap(createFriendship);
  const follows = createMap(() => createRegister(false));
  const mutes = createMap(() => createRegister(false));
  const blocks = createMap(() => createRegister(false));
  const likes = createMap(() => createRegister(false));
  const reshares = createMap(() => createRegister(false));
  const sessions = createMap(() => createRegister(false));
  const acquaintances = createMap(() => new Set<string>());
  const relationEffects = createMap((): Pick<Effect<unknown>, "begunAtMs" | "untilMs">[] => []);
  const pairs = new Set<string>();
  const liked = new Set<string>();
  const reshared = new Set<string>();
  type Times = Omit<Effect<never>, "value">;

  function relate(kind: RelationKind, write: Write, otherId: string, times: Times): void {
    const { by, state } = write;
    const key = `${by} ${otherId}`;
    const friendship = friendships(pairKey(by, otherId));
    pairs.add(key);
    for (const [one, other] of [
      [by, otherId],
      [otherId, by],
    ] as const) {
      acquaintances(one).add(other);
      relationEffects(one).push(times);
    }
    switch (kind) {
      case "befriend":
        friendship.add({ ...times, value: state === "friends" ? "friends" : "ask" });
        break;
      case "unfriend":
        friendship.add({ ...times, value: "none" });
        break;
      case "block":
        blocks(key).add({ ...times, value: true });
        friendship.add({ ...times, value: "none" });
        follows(key).add({ ...times, value: false });
        follows(`${otherId} ${by}`).add({ ...times, value: false });
        break;
      case "unblock":
        blocks(key).add({ ...times, value: false });
        break;
      case "follow":
      case "unfollow":
        follows(key).add({ ...times, value: kind === "follow" });
        break;
      case "mute":
      case "unmute":
        mutes(key).add({ ...times, value: kind === "mute" });
        break;
    }
  }

  function make(write: Write, command: Command): void {
    if (write.outcome !== "done" || write.id === null) return;
    const [id, authorId] = [write.id, write.by];
    if (command.kind === "publish") {
      const isDeleted = createRegister(false);
      const visibility = createRegister<Visibility>(command.visibility);
      stories.set(id, { id, authorId, published: write, visibility, isDeleted });
    } else if (command.kind === "comment") {
      const isDeleted = createRegister(false);
      comments.set(id, { id, authorId, storyId: command.storyId, written: write, isDeleted });
    }
  }

  function change(write: Write, command: Command, times: Times): void {
    switch (command.kind) {
      case "delete-story":
        stories.get(command.storyId)?.isDeleted.add({ ...times, value: true });
        break;
      case "delete-comment":
        comments.get(command.commentId)?.isDeleted.add({ ...times, value: true });
        break;
      case "show-to":
        stories.get(command.storyId)?.visibility.add({ ...times, value: command.visibility });
        break;
      case "like":
      case "unlike":
        liked.add(`${write.by} ${command.storyId}`);
        likes(`${write.by} ${command.storyId}`).add({ ...times, value: command.kind === "like" });
        break;
      case "reshare":
      case "unreshare":
        reshared.add(`${write.by} ${command.storyId}`);
        reshares(`${write.by} ${command.storyId}`).add({
          ...times,
          value: command.kind === "reshare",
        });
        break;
      case "sign-out":
        sessions(command.session).add({ ...times, value: true });
        break;
      default:
        if (isRelation(command)) relate(command.kind, write, command.otherId, times);
    }
  }

  // What was made comes first: a write is recorded when it ends, after others that it made possible.
  for (const write of history.writes) make(write, write.command);
  for (const write of history.writes) {
    const times = timesOf(write, openMs);
    if (times !== null) change(write, write.command, times);
  }

  return {
    stories,
    comments,
    pairs,
    liked,
    reshared,
    friendship: (one, other) => friendships(pairKey(one, other)),
    isFollowing: (one, other) => follows(`${one} ${other}`),
    isMuting: (one, other) => mutes(`${one} ${other}`),
    isBlocking: (one, other) => blocks(`${one} ${other}`),
    likes: (one, storyId) => likes(`${one} ${storyId}`),
    reshares: (one, storyId) => reshares(`${one} ${storyId}`),
    hasEnded: sessions,
    acquaintances,
    relationEffects,
  };
}

export type Place = "feed" | "story" | "comments";

/** Why the viewer certainly could not see the story during the span; null where that is not certain. */
export function whyHidden(
  facts: Facts,
  story: StoryFacts,
  viewer: string,
  place: Place,
  span: Span,
): string | null {
  const author = story.authorId;
  if (story.isDeleted.during(span)?.value === true) return "it was deleted";
  if (viewer === author) return null;
  if (facts.isBlocking(viewer, author).during(span)?.value === true) return "its author is blocked";
  if (facts.isBlocking(author, viewer).during(span)?.value === true) {
    return "its author has blocked the reader";
  }
  const areStrangers = facts.friendship(viewer, author).during(span)?.value === "none";
  const visibility = story.visibility.during(span)?.value;
  if (visibility === "self") return "it is for its author alone";
  if (visibility === "friends" && areStrangers) return "it is for friends, and they are none";
  if (place !== "feed") return null;
  if (facts.isMuting(viewer, author).during(span)?.value === true) return "its author is muted";
  return null;
}

/** Why an account's stories, or reshares, are certainly not a part of the viewer's feed. */
export function whyUnseen(
  facts: Facts,
  account: string,
  viewer: string,
  span: Span,
): string | null {
  if (account === viewer) return null;
  if (facts.isBlocking(viewer, account).during(span)?.value === true) return "blocked";
  if (facts.isBlocking(account, viewer).during(span)?.value === true) return "has blocked";
  if (facts.isMuting(viewer, account).during(span)?.value === true) return "muted";
  const areStrangers = facts.friendship(viewer, account).during(span)?.value === "none";
  const follows = facts.isFollowing(viewer, account).during(span)?.value;
  return areStrangers && follows === false ? "neither friend nor followed" : null;
}

/**
 * Since when the viewer certainly could see the story in this place, if so during the whole span; null
 * where that is not certain.
 */
export function seenSince(
  facts: Facts,
  story: StoryFacts,
  viewer: string,
  place: Place,
  span: Span,
): number | null {
  const { authorId: author, published } = story;
  const lagMs = span.lag === undefined || span.lag.viewer === author ? 0 : span.lag.ms;
  if (published.endedAtMs + lagMs > span.fromMs) return null;
  const causes: (Effect<unknown> | null)[] = [];
  const is = <Value>(thing: During<Value>, ...wanted: readonly Value[]): boolean => {
    const now = thing.during(span);
    if (now === null || !wanted.includes(now.value)) return false;
    causes.push(now.since);
    return true;
  };

  function isSeen(): boolean {
    if (!is(story.isDeleted, false)) return false;
    if (viewer === author) return true;
    if (!is(facts.isBlocking(viewer, author), false)) return false;
    if (!is(facts.isBlocking(author, viewer), false)) return false;
    if (place === "feed" && !is(facts.isMuting(viewer, author), false)) return false;
    if (!is(story.visibility, "public", "friends")) return false;
    if (is(facts.friendship(viewer, author), "friends")) return true;
    if (!is(story.visibility, "public")) return false;
    return place !== "feed" || is(facts.isFollowing(viewer, author), true);
  }

  return isSeen()
    ? Math.max(published.endedAtMs, ...causes.map((cause) => cause?.doneAtMs ?? 0))
    : null;
}

type During<Value> = {
  during(span: Span): { readonly value: Value; readonly since: Effect<unknown> | null } | null;
};
