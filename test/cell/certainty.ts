/**
 * What was certainly so during a stretch of time, of something that commands change and that
 * nobody could watch all the while.
 */

export interface Effect<Value> {
  readonly value: Value;
  readonly by: string;
  readonly begunAtMs: number;
  /** When it was answered that it is done; null where nobody knows whether it was. */
  readonly doneAtMs: number | null;
  /** Until when it may still come into force. */
  readonly untilMs: number;
}

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  /**
   * What others did counts from so long after its answer; what the viewer did, at once. Undefined:
   * everything counts at once.
   */
  readonly lag?: { readonly viewer: string; readonly ms: number };
}

export function hadCome<Value>(effect: Effect<Value>, { fromMs, lag }: Span): boolean {
  const lagMs = lag === undefined || lag.viewer === effect.by ? 0 : lag.ms;
  return effect.doneAtMs !== null && effect.doneAtMs + lagMs <= fromMs;
}

/** Whether it may have changed something after the other began, and before the span was over. */
function mayFollow<Value>(effect: Effect<Value>, sinceMs: number, span: Span): boolean {
  return effect.untilMs > sinceMs && effect.begunAtMs <= span.toMs;
}

/** The one whose effect nothing before can undo: the latest to begin of those that had come. */
function newest<Value>(effects: readonly Effect<Value>[], span: Span): Effect<Value> | null {
  let found: Effect<Value> | null = null;
  for (const effect of effects) {
    if (hadCome(effect, span) && (found === null || effect.begunAtMs > found.begunAtMs)) {
      found = effect;
    }
  }
  return found;
}

/** Something that has the value of whoever wrote last. */
export interface Register<Value> {
  add(effect: Effect<Value>): void;
  /** Null where it is not certain. */
  during(span: Span): { readonly value: Value; readonly since: Effect<Value> | null } | null;
  readonly effects: readonly Effect<Value>[];
}

export function createRegister<Value>(initial: Value): Register<Value> {
  const effects: Effect<Value>[] = [];
  return {
    effects,
    add: (effect) => void effects.push(effect),
    during(span) {
      const since = newest(effects, span);
      const value = since === null ? initial : since.value;
      const sinceMs = since?.begunAtMs ?? Number.NEGATIVE_INFINITY;
      const isDoubted = effects.some(
        (other) => other !== since && other.value !== value && mayFollow(other, sinceMs, span),
      );
      return isDoubted ? null : { value, since };
    },
  };
}

/**
 * A friendship, which takes both to begin and one to end. "friends" is written by whoever was
 * answered so; "ask" by who asked and was answered something else, or nothing.
 */
export type FriendStep = "friends" | "ask" | "none";

export interface Friendship {
  add(effect: Effect<FriendStep>): void;
  during(span: Span): {
    readonly value: "friends" | "none";
    readonly since: Effect<FriendStep> | null;
  } | null;
  readonly effects: readonly Effect<FriendStep>[];
}

export function createFriendship(): Friendship {
  const effects: Effect<FriendStep>[] = [];

  function areFriends(span: Span): Effect<FriendStep> | null {
    const since = newest(
      effects.filter(({ value }) => value === "friends"),
      span,
    );
    if (since === null) return null;
    const mayEnd = effects.some(
      (other) => other.value === "none" && mayFollow(other, since.begunAtMs, span),
    );
    return mayEnd ? null : since;
  }

  function areNone(span: Span): { readonly since: Effect<FriendStep> | null } | null {
    const since = newest(
      effects.filter(({ value }) => value === "none"),
      span,
    );
    const sinceMs = since?.begunAtMs ?? Number.NEGATIVE_INFINITY;
    const askers = new Set(
      effects
        .filter((other) => other.value !== "none" && mayFollow(other, sinceMs, span))
        .map(({ by }) => by),
    );
    const isAccepted = effects.some(
      (other) => other.value === "friends" && mayFollow(other, sinceMs, span),
    );
    return askers.size > 1 || isAccepted ? null : { since };
  }

  return {
    effects,
    add: (effect) => void effects.push(effect),
    during(span) {
      const friends = areFriends(span);
      if (friends !== null) return { value: "friends", since: friends };
      const none = areNone(span);
      return none === null ? null : { value: "none", since: none.since };
    },
  };
}
