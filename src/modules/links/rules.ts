import type { Said } from "./page.ts";

/** What becomes of a link; times are milliseconds since 1970. */

/** `wanted`: nothing is known yet. `none`: there is no preview of it, for now. */
export type LinkState = "wanted" | "ready" | "none";

export interface Standing {
  readonly state: LinkState;
  /** A fetch is under way. */
  readonly isAsked: boolean;
  readonly refreshAfterMs: number;
  /** Fetches in a row that may yet come to something. */
  readonly attempts: number;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** Pages change their titles and pictures seldom, and a story shows what its author has seen. */
const freshMs = 7 * dayMs;
/** What is gone, forbidden or nothing to be shown is seldom another thing soon. */
const noneMs = dayMs;
/** What is known is good enough while the page, or its picture, is away. */
const awayMs = hourMs;
/** A server that is away is there again in a minute, after a restart, or after somebody's night. */
const retryAfterMs: readonly number[] = [minuteMs, 10 * minuteMs, hourMs];

/**
 * What a story that names a link gets: the preview, or a place among those who wait, for which the page
 * is fetched where nobody has asked for that. A preview is only too old for a story that is new to it.
 */
export function whenNamed(
  { state, isAsked, refreshAfterMs }: Standing,
  { isNew, nowMs }: { readonly isNew: boolean; readonly nowMs: number },
): "told" | "waits" | "asks" {
  const isStale = refreshAfterMs <= nowMs;
  if (state === "ready" && !(isNew && isStale)) {
    return "told";
  }
  return isStale && !isAsked ? "asks" : "waits";
}

/** What a fetch came to; `later`: the other side is away, which may pass. */
export type Fetched =
  | {
      readonly kind: "found";
      readonly said: Omit<Said, "imageUrl">;
      readonly picture: Picture | null;
      /** The page names a picture that was not to be had just now: it is asked for again before long. */
      readonly isPictureAway: boolean;
    }
  | { readonly kind: "nothing" }
  | { readonly kind: "later" }
  /** Nobody wanted it any more. */
  | { readonly kind: "unwanted" };

export interface Picture {
  readonly id: bigint;
  readonly path: string;
  /** Of the bytes that were fetched. */
  readonly hash: Buffer;
}

export interface Settled {
  readonly standing: Standing;
  /** What is to be shown from now on; "as before" where that stays. */
  readonly shown: Extract<Fetched, { kind: "found" }> | null | "as before";
}

export function whenFetched(before: Standing, fetched: Fetched, nowMs: number): Settled {
  const settled = (
    state: LinkState,
    afterMs: number,
    shown: Settled["shown"],
    attempts = 0,
  ): Settled => ({
    standing: { state, isAsked: false, refreshAfterMs: nowMs + afterMs, attempts },
    shown,
  });
  switch (fetched.kind) {
    case "found":
      return settled("ready", fetched.isPictureAway ? awayMs : freshMs, fetched);
    case "nothing":
      return settled("none", noneMs, null);
    case "unwanted":
      return settled(before.state, 0, "as before");
    case "later": {
      if (before.state === "ready") {
        return settled("ready", awayMs, "as before");
      }
      const nextMs = retryAfterMs[before.attempts];
      return nextMs === undefined
        ? settled("none", noneMs, null)
        : settled("wanted", nextMs, null, before.attempts + 1);
    }
  }
}
