/**
 * What the clients of a run asked and were told, in the order in which they began. Times are
 * milliseconds on the monotonic clock of the one process in which all of the clients live, so that
 * "began after it was answered" can be said of any two.
 */

export type Visibility = "public" | "friends" | "self";

/** Why an attempt has no status. Only "refused" is sure to have reached nobody. */
export type NoAnswer = "refused" | "cut" | "timeout";

/** One request on the wire, at one of the two doors. */
export interface Attempt {
  readonly door: number;
  readonly begunAtMs: number;
  readonly endedAtMs: number;
  readonly answer: number | NoAnswer;
  /** The problem's code, where the answer has one. */
  readonly code: string | null;
}

/** What was asked for until one attempt had an answer that decides, or there was no more time. */
interface Asked {
  /** The account that asked. */
  readonly by: string;
  readonly begunAtMs: number;
  readonly endedAtMs: number;
  readonly attempts: readonly Attempt[];
}

export const relationKinds = [
  "befriend",
  "unfriend",
  "follow",
  "unfollow",
  "mute",
  "unmute",
  "block",
  "unblock",
] as const;
export type RelationKind = (typeof relationKinds)[number];
export const reactionKinds = ["like", "unlike", "reshare", "unreshare"] as const;
export type ReactionKind = (typeof reactionKinds)[number];

export type Command =
  | { readonly kind: "publish"; readonly text: string; readonly visibility: Visibility }
  | { readonly kind: "comment"; readonly storyId: string; readonly text: string }
  | { readonly kind: "delete-story"; readonly storyId: string }
  | { readonly kind: "delete-comment"; readonly commentId: string }
  | { readonly kind: "show-to"; readonly storyId: string; readonly visibility: Visibility }
  | { readonly kind: ReactionKind; readonly storyId: string }
  | { readonly kind: RelationKind; readonly otherId: string }
  | { readonly kind: "sign-in" }
  | { readonly kind: "sign-out"; readonly session: string };

export interface Write extends Asked {
  readonly command: Command;
  /** `Idempotency-Key`; null for what is idempotent by itself. */
  readonly key: string | null;
  /** "unknown": no attempt had an answer that decides, so that it was done or was not. */
  readonly outcome: "done" | "refused" | "unknown";
  /** Of what it made. */
  readonly id: string | null;
  /** Of `befriend`: what the two are now. */
  readonly state: string | null;
  readonly position: string | null;
}

export interface SeenItem {
  /** Of the item: the story's, or its reshare's. */
  readonly id: string;
  readonly atMs: number;
  readonly storyId: string;
  readonly authorId: string;
  readonly reason: string;
  /** Whose reshares are named as the reason. */
  readonly by: readonly string[];
}

export interface ScrollPage extends Asked {
  readonly items: readonly SeenItem[];
  readonly isLast: boolean;
}

/** Pages of one feed, each with the cursor of the one before. */
export interface Scroll {
  readonly by: string;
  /** Of its person's newest write, which it must see; null where it does not say. */
  readonly position: string | null;
  readonly pages: readonly ScrollPage[];
}

/** A story, or its comments, asked for by the story's id. */
export interface Look extends Asked {
  /** As of a scroll. */
  readonly position: string | null;
  readonly storyId: string;
  readonly what: "story" | "comments";
  readonly status: number | null;
  /** Of the story, or of each comment on the page. */
  readonly seen: readonly { readonly id: string; readonly authorId: string }[];
}

/** A request whose only interest is whether its session lives. */
export interface Entry extends Asked {
  readonly session: string;
  readonly status: number | null;
}

/** A read that has no answer that decides. */
export interface Unread extends Asked {
  readonly path: string;
  readonly status: number | null;
}

export type Told =
  | {
      readonly kind: "story";
      readonly atMs: number;
      readonly eventId: string;
      readonly storyId: string;
      readonly reason: string;
    }
  | { readonly kind: "reset"; readonly atMs: number }
  /** The feed as it was read when the stream began, or began anew. */
  | { readonly kind: "read"; readonly atMs: number; readonly storyIds: readonly string[] };

/** What one listener was told, over all of its connections. */
export interface Listening {
  readonly by: string;
  readonly begunAtMs: number;
  endedAtMs: number;
  connections: number;
  readonly told: Told[];
}

/** A stretch of time in which one fault was made and healed. */
export interface Round {
  readonly number: number;
  readonly kind: string;
  readonly target: string;
  readonly begunAtMs: number;
  /** When the fault was over and everything said that it was ready. */
  readonly healedAtMs: number;
  readonly endedAtMs: number;
}

export interface History {
  readonly people: string[];
  readonly writes: Write[];
  /** The same write sent once more after it was done, with the same key. */
  readonly replays: { readonly of: Write; readonly again: Write }[];
  readonly scrolls: Scroll[];
  readonly looks: Look[];
  readonly entries: Entry[];
  readonly unread: Unread[];
  readonly listenings: Listening[];
  readonly rounds: Round[];
  /** Answers that nothing explains, with what was asked. */
  readonly surprises: string[];
}

export function createHistory(): History {
  return {
    people: [],
    writes: [],
    replays: [],
    scrolls: [],
    looks: [],
    entries: [],
    unread: [],
    listenings: [],
    rounds: [],
    surprises: [],
  };
}

const serverErrorMin = 500;
const conflict = 409;
const tooMany = 429;
export const stillRunning = "idempotency.in_progress";

/** Whether the answer says how it ended. A server's 5xx does not: it may have been done all the same. */
export function isDecided({ answer, code }: Pick<Attempt, "answer" | "code">): boolean {
  if (typeof answer !== "number" || answer >= serverErrorMin || answer === tooMany) return false;
  return !(answer === conflict && code === stillRunning);
}

/** Whether it may be done without anybody knowing, now or later. */
export function isOpen(attempt: Attempt): boolean {
  return (
    !isDecided(attempt) &&
    attempt.answer !== "refused" &&
    attempt.answer !== tooMany &&
    attempt.code !== stillRunning
  );
}
