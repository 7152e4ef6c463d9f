import { request } from "node:http";
import { createParser } from "eventsource-parser";
import type { Item, Person, Story } from "./api-client.ts";

/** One event of a live stream. */
export interface LiveEvent {
  readonly type: string;
  readonly id: string;
  readonly data: LiveData;
}

/** Every member that some event has. */
interface LiveData {
  readonly item: Item;
  readonly story: Story;
  readonly id: string;
  readonly counts: Story["counts"];
  readonly viewer: Story["viewer"];
  readonly relationship: Readonly<Record<string, unknown>>;
  /** An id in `relationship`, and everything in `account`. */
  readonly account: unknown;
}

/** A live stream and everything that it has said so far. */
export interface LiveStream {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly events: readonly LiveEvent[];
  readonly comments: readonly string[];
  /** After how long the server last asked to be connected to again. */
  retryMs(): number | null;
  /** Events of one type. */
  of(type: string): readonly LiveEvent[];
  /** Waits until the condition holds, which is looked at whenever something arrives. */
  until(what: string, condition: (stream: LiveStream) => boolean): Promise<void>;
  /** Waits until the server ends the stream. */
  ended(): Promise<void>;
  close(): void;
}

interface ListenOptions {
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Longer than the 15 s within which a stream says something at least. */
const patienceMs = 20_000;

/** Opens a live stream and waits until it has begun: its first event tells so. */
export async function listen(
  url: string,
  person: Pick<Person, "token" | "handle">,
  options: ListenOptions = {},
): Promise<LiveStream> {
  const stream = await openStream(url, person, options);
  await stream.until("the stream begins", ({ events }) => events.length > 0);
  return stream;
}

function openStream(
  url: string,
  { token, handle }: Pick<Person, "token" | "handle">,
  { query = "", headers = {} }: ListenOptions,
): Promise<LiveStream> {
  const events: LiveEvent[] = [];
  const comments: string[] = [];
  let retryMs: number | null = null;
  const checks = new Set<() => void>();
  let hasEnded = false;
  const arrived = (): void => {
    for (const check of [...checks]) check();
  };
  const parser = createParser({
    onEvent({ event = "message", id = "", data }) {
      events.push({ type: event, id, data: JSON.parse(data) as LiveData });
      arrived();
    },
    onRetry(ms) {
      retryMs = ms;
    },
    onComment(comment) {
      comments.push(comment);
      arrived();
    },
  });

  function wait(what: string, isDone: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        if (isDone()) {
          clearTimeout(timer);
          checks.delete(check);
          resolve();
        } else if (hasEnded) {
          fail("the stream ended");
        }
      };
      const fail = (why: string): void => {
        clearTimeout(timer);
        checks.delete(check);
        const said = events.map(({ type, id }) => `${type} ${id}`).join(", ");
        reject(new Error(`${handle}: ${what}: ${why} after ${said === "" ? "nothing" : said}`));
      };
      const timer = setTimeout(() => {
        fail("not in time");
      }, patienceMs);
      checks.add(check);
      check();
    });
  }

  return new Promise((resolve, reject) => {
    const authorization = headers["cookie"] === undefined ? `Bearer ${token}` : undefined;
    const sent = request(new URL(`/v1/feed/live${query}`, url), {
      agent: false,
      headers: { ...(authorization === undefined ? {} : { authorization }), ...headers },
    });
    sent.on("error", reject);
    sent.on("response", (response) => {
      const end = (): void => {
        hasEnded = true;
        arrived();
      };
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        parser.feed(text);
      });
      response.on("error", end);
      response.on("close", end);
      if (response.statusCode !== 200) {
        reject(new Error(`${handle} may not listen: ${String(response.statusCode)}`));
        return;
      }
      const stream: LiveStream = {
        headers: Object.fromEntries(
          Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
        ),
        events,
        comments,
        retryMs: () => retryMs,
        of: (type) => events.filter((event) => event.type === type),
        until: (what, condition) => wait(what, () => condition(stream)),
        ended: () => wait("the stream ends", () => hasEnded),
        close() {
          sent.destroy();
        },
      };
      resolve(stream);
    });
    sent.end();
  });
}
