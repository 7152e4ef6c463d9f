import { EventSourceParserStream } from "eventsource-parser/stream";
import { problemOf } from "./problem.ts";
import type { components } from "./schema.d.ts";
import { retryDefaults, wait, waitMs, type RetryOptions } from "./retry.ts";

type Schemas = components["schemas"];

/** What happens in the feed. `reset`: read the feed again, something was missed for good. */
export type LiveEvent =
  | { readonly type: "ready"; readonly id: string }
  | { readonly type: "story"; readonly id: string; readonly item: Schemas["FeedItem"] }
  | { readonly type: "story.updated"; readonly id: string; readonly story: Schemas["Story"] }
  | { readonly type: "story.deleted"; readonly id: string; readonly storyId: string }
  | {
      readonly type: "counts";
      readonly id: string;
      readonly storyId: string;
      readonly counts: Schemas["StoryCounts"];
    }
  | { readonly type: "reset"; readonly id: string };

export interface LiveOptions {
  /** The `Maru-Live-After` of the page that was read, or an event's id: where to begin. */
  readonly after?: string;
  readonly signal?: AbortSignal;
}

export interface LiveDeps {
  readonly baseUrl: string;
  readonly headers: () => Readonly<Record<string, string>>;
  readonly fetch: (request: Request) => Promise<Response>;
  readonly retry?: RetryOptions;
}

const clientErrorMin = 400;
const serverErrorMin = 500;
const tooManyRequests = 429;

/**
 * The feed as it changes. It reconnects by itself and resumes after the last event, so that none
 * is missed; it ends when the signal aborts, and throws a MaruProblem when the server refuses.
 */
export async function* live(deps: LiveDeps, options: LiveOptions = {}): AsyncGenerator<LiveEvent> {
  const signal = options.signal ?? new AbortController().signal;
  const retry = deps.retry ?? retryDefaults;
  let lastId = options.after;
  let failures = 0;
  let serverRetryMs = 0;
  while (!signal.aborted) {
    const response = await connect(deps, lastId, signal);
    if (response !== null) {
      const events = parsed(response, (ms) => {
        serverRetryMs = ms;
      });
      try {
        for await (const event of events) {
          failures = 0;
          lastId = event.id === "" ? lastId : event.id;
          yield event;
        }
      } catch {
        // The connection broke: the next one resumes where this one ended.
      }
    }
    failures += 1;
    await wait(serverRetryMs + waitMs(failures, undefined, retry), signal).catch(() => undefined);
  }
}

/** Null when there is no connection now; throws when there will be none. */
async function connect(
  deps: LiveDeps,
  lastId: string | undefined,
  signal: AbortSignal,
): Promise<Response | null> {
  const headers = { ...deps.headers(), accept: "text/event-stream" };
  const request = new Request(`${deps.baseUrl}/v1/feed/live`, {
    headers: lastId === undefined ? headers : { ...headers, "last-event-id": lastId },
    signal,
  });
  const response = await deps.fetch(request).catch(() => null);
  if (response === null || response.ok) {
    return response;
  }
  const { status } = response;
  if (status >= clientErrorMin && status < serverErrorMin && status !== tooManyRequests) {
    throw await problemOf(response);
  }
  await response.body?.cancel();
  return null;
}

async function* parsed(
  response: Response,
  onRetry: (ms: number) => void,
): AsyncGenerator<LiveEvent> {
  if (response.body === null) {
    return;
  }
  const messages = response.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream({ onRetry }));
  for await (const { event = "message", id = "", data } of messages) {
    const known = liveEvent(event, id, data);
    if (known !== null) {
      yield known;
    }
  }
}

/** Null for a kind of event that this version does not know. */
function liveEvent(type: string, id: string, data: string): LiveEvent | null {
  switch (type) {
    case "ready":
    case "reset":
      return { type, id };
    case "story":
      return { type, id, ...(JSON.parse(data) as { item: Schemas["FeedItem"] }) };
    case "story.updated":
      return { type, id, ...(JSON.parse(data) as { story: Schemas["Story"] }) };
    case "story.deleted":
      return { type, id, storyId: (JSON.parse(data) as { id: string }).id };
    case "counts": {
      const told = JSON.parse(data) as { id: string; counts: Schemas["StoryCounts"] };
      return { type, id, storyId: told.id, counts: told.counts };
    }
    default:
      return null;
  }
}
