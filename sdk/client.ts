import createClient, { type Client } from "openapi-fetch";
import { idempotencyKey } from "./key.ts";
import { live, type LiveEvent, type LiveOptions } from "./live.ts";
import { createPositionMemory } from "./position.ts";
import { problemOf } from "./problem.ts";
import { retryDefaults, retryingFetch, type RetryOptions } from "./retry.ts";
import type { paths } from "./schema.d.ts";

/**
 * A typed client of the Maru API.
 *
 *     const maru = createMaruClient({ baseUrl: "http://localhost:8080", token });
 *     const { story } = await maru.data(maru.api.POST("/v1/stories", { body: { text: "Hello" } }));
 *     const page = (query: PageQuery) => maru.api.GET("/v1/feed", { params: { query } });
 *     for await (const item of maru.items(page)) …
 *     for await (const event of maru.live()) …
 *
 * Every call takes a `signal`, which ends it, its waits between attempts included.
 */
export interface MaruClient {
  /** Every call of the API by method and path. A failure is thrown as a MaruProblem. */
  readonly api: Client<paths>;
  /** The body of an answer, or what it failed with. */
  data<T>(call: Promise<{ data?: T }>): Promise<NonNullable<T>>;
  /** Everything in a list, page by page, for as long as there is more. */
  items<T>(page: (query: PageQuery) => Promise<{ data?: Page<T> }>): AsyncGenerator<T>;
  /** The feed as it changes; see `live`. */
  live(options?: LiveOptions): AsyncGenerator<LiveEvent, undefined, undefined>;
  /** For what is asked from now on; null: nobody, or whom the cookie names. */
  setToken(token: string | null): void;
}

/** Which page of a list; the first where there is no cursor. */
export interface PageQuery {
  cursor?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export interface MaruClientOptions {
  /** Where the server is, without a slash at the end; a page may leave it out for its own server. */
  readonly baseUrl?: string;
  readonly token?: string | null;
  /** Whether a browser sends its cookie: by default to the page's own server. */
  readonly credentials?: NonNullable<RequestInit["credentials"]>;
  readonly retry?: Partial<RetryOptions>;
  /** Reads of the next seconds see the client's own writes, whichever node answers. */
  readonly rememberPosition?: boolean;
  /** Told of the `Maru-Position` of each write. */
  readonly onPosition?: (position: string) => void;
  readonly fetch?: (request: Request) => Promise<Response>;
}

const idempotencyHeader = "idempotency-key";
const positionHeader = "maru-position";
const notModified = 304;

export function createMaruClient(options: MaruClientOptions = {}): MaruClient {
  const { baseUrl = "", credentials = "same-origin", onPosition } = options;
  const send = options.fetch ?? ((request: Request) => fetch(request));
  const positions = createPositionMemory();
  let token = options.token ?? null;
  const headers = (): Record<string, string> =>
    token === null ? {} : { authorization: `Bearer ${token}` };

  const api = createClient<paths>({
    baseUrl,
    credentials,
    fetch: retryingFetch(send, { ...retryDefaults, ...options.retry }),
  });
  api.use({
    onRequest({ request }) {
      for (const [name, value] of Object.entries(headers())) {
        request.headers.set(name, value);
      }
      if (request.method === "POST" && !request.headers.has(idempotencyHeader)) {
        request.headers.set(idempotencyHeader, idempotencyKey());
      }
      const position = options.rememberPosition === true ? positions.current() : null;
      if (position !== null && request.method === "GET" && !request.headers.has(positionHeader)) {
        request.headers.set(positionHeader, position);
      }
      return request;
    },
    async onResponse({ request, response }) {
      if (!response.ok && response.status !== notModified) {
        throw await problemOf(response);
      }
      const position = response.headers.get(positionHeader);
      if (position !== null && request.method !== "GET") {
        positions.note(position);
        onPosition?.(position);
      }
    },
  });

  return {
    api,
    async data(call) {
      const { data } = await call;
      if (data === undefined || data === null) {
        throw new TypeError("the answer has no body");
      }
      return data;
    },
    async *items(page) {
      let query: PageQuery | null = {};
      while (query !== null) {
        const { data } = await page(query);
        yield* data?.items ?? [];
        const cursor = data?.nextCursor ?? null;
        query = cursor === null ? null : { cursor };
      }
    },
    live: (liveOptions) => live({ baseUrl, credentials, headers, fetch: send }, liveOptions),
    setToken(next) {
      token = next;
    },
  };
}
