import { api, isProblem, isRefusal, type Comment, type Story } from "./client.ts";
import { isBusy } from "./busy.ts";
import type { Outcome, Sender } from "./draft-attempt.ts";
import { mediaOf, type Written } from "./draft-record.ts";
import { tidied } from "./text-bounds.ts";

/** How what is written goes to the server: one request each, the draft itself tries again. */

/** A long text takes its time over a slow network. */
const answerMsMax = 30_000;
const msPerSecond = 1_000;
const once = (request: Request): Promise<Response> => fetch(request);

function optionsOf(key: string) {
  return {
    headers: { "idempotency-key": key },
    signal: AbortSignal.timeout(answerMsMax),
    fetch: once,
  };
}

export function storySender(): Sender<Story> {
  return {
    idOf: ({ id }) => id,
    post: (key, written) =>
      outcomeOf(
        api.POST("/v1/stories", { ...optionsOf(key), body: storyOf(written) }),
        ({ story }) => story,
      ),
    patch: (id, change) =>
      outcomeOf(
        api.PATCH("/v1/stories/{id}", {
          params: { path: { id } },
          signal: AbortSignal.timeout(answerMsMax),
          fetch: once,
          body: changeOf(change),
        }),
        ({ story }) => story,
      ),
  };
}

function storyOf(written: Written) {
  const mediaIds = [...mediaOf(written)];
  return {
    text: tidied(written.text),
    visibility: written.visibility ?? "public",
    ...(mediaIds.length === 0 ? {} : { mediaIds }),
  };
}

/** What stands is not changed by a comment: what arrived is what there is. */
export function commentSender(storyId: string, parentId: string | null): Sender<Comment> {
  return {
    idOf: ({ id }) => id,
    post: (key, { text }) =>
      outcomeOf(
        api.POST("/v1/stories/{id}/comments", {
          ...optionsOf(key),
          params: { path: { id: storyId } },
          body: { text: tidied(text), ...(parentId === null ? {} : { parentId }) },
        }),
        ({ comment }) => comment,
      ),
  };
}

function changeOf({ text, visibility }: Partial<Written>) {
  return {
    ...(text === undefined ? {} : { text: tidied(text) }),
    ...(visibility === undefined || visibility === null ? {} : { visibility }),
  };
}

export async function outcomeOf<A, T>(
  call: Promise<{ readonly data?: A }>,
  valueOf: (answer: A) => T,
): Promise<Outcome<T>> {
  const wasOnline = navigator.onLine;
  try {
    const { data } = await call;
    return data === undefined
      ? { kind: "passing", retryAfterMs: 0, isUnheard: false }
      : { kind: "done", value: valueOf(data) };
  } catch (error) {
    if (isProblem(error, "idempotency.mismatch")) {
      return { kind: "mismatch" };
    }
    if (isRefusal(error) && !isPassing(error)) {
      return { kind: "refused", error };
    }
    const retryAfterS = isProblem(error) ? (error.retryAfterS ?? 0) : 0;
    return {
      kind: "passing",
      retryAfterMs: retryAfterS * msPerSecond,
      isBusy: isBusy(error),
      isUnheard: isProblem(error) ? error.status === tooMany : !wasOnline && !navigator.onLine,
    };
  }
}

const unauthenticated = 401;
const tooMany = 429;

/** The first attempt is still at work; or the session is over, and whoever signs in again goes on. */
function isPassing(error: { readonly code: string; readonly status: number }): boolean {
  return error.code === "idempotency.in_progress" || error.status === unauthenticated;
}
