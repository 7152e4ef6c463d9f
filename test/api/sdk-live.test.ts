import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  live,
  type LiveEvent,
  type LiveOptions,
  type LiveState,
  type LiveWait,
  type Wake,
} from "../../sdk/live.ts";

/** The SDK's live stream over connections that the test holds in its hands. */

interface Served {
  readonly lastEventId: string | null;
  say(text: string | Uint8Array): void;
  end(): void;
  /** As when the network goes: the reader sees an error. */
  cut(): void;
  readonly isAborted: () => boolean;
}

/** What the server does with the next request; a Response instead of a stream, or no answer. */
type Serve = () => Response | "stream" | "unreachable" | "silence";

let served: Served[];
let states: LiveState[];
let waits: LiveWait[];
let events: LiveEvent[];
let stop: AbortController;
let nowMs: number;

beforeEach(() => {
  served = [];
  states = [];
  waits = [];
  events = [];
  stop = new AbortController();
  nowMs = 1_000_000;
});
afterEach(() => {
  stop.abort();
});

function serveStream(request: Request): Response {
  const encoder = new TextEncoder();
  let controller: ReadableStreamDefaultController<Uint8Array>;
  let isAborted = false;
  const body = new ReadableStream<Uint8Array>({
    start(made) {
      controller = made;
    },
    cancel() {
      isAborted = true;
    },
  });
  request.signal.addEventListener("abort", () => {
    isAborted = true;
    controller.error(new DOMException("aborted", "AbortError"));
  });
  served.push({
    lastEventId: request.headers.get("last-event-id"),
    say: (text) => {
      controller.enqueue(typeof text === "string" ? encoder.encode(text) : text);
    },
    end: () => {
      controller.close();
    },
    cut: () => {
      controller.error(new TypeError("network error"));
    },
    isAborted: () => isAborted,
  });
  return new Response(body, { headers: { "content-type": "text/event-stream; charset=utf-8" } });
}

/** The answers in their order; then streams. */
function listen(options: LiveOptions = {}, answers: Serve[] = []) {
  let asked = 0;
  let wake: (how?: Wake) => void = () => undefined;
  const stream = live(
    {
      baseUrl: "http://maru.example",
      credentials: "same-origin",
      headers: () => ({}),
      nowMs: () => nowMs,
      fetch(request) {
        const answer = answers[asked]?.() ?? "stream";
        asked += 1;
        if (answer === "stream") {
          return Promise.resolve(serveStream(request));
        }
        if (answer instanceof Response) {
          return Promise.resolve(answer);
        }
        return new Promise((_resolve, reject) => {
          if (answer === "unreachable") {
            reject(new TypeError("fetch failed"));
          }
          request.signal.addEventListener("abort", () => {
            reject(request.signal.reason as Error);
          });
        });
      },
    },
    {
      signal: stop.signal,
      backoffMs: 1,
      onState(state, wait) {
        states.push(state);
        waits.push(...(wait === undefined ? [] : [wait]));
      },
      wake(listener) {
        wake = listener;
        return () => {
          wake = () => undefined;
        };
      },
      ...options,
    },
  );
  const done = (async () => {
    for await (const event of stream) {
      events.push(event);
    }
  })();
  done.catch(() => undefined);
  return {
    wake: (how?: Wake) => {
      wake(how);
    },
    done,
    asked: () => asked,
  };
}

const ready = (id: string): string => `event: ready\nid: ${id}\ndata: {}\n\n`;
const isOpen = (): boolean => states.at(-1) === "open";

describe("events", () => {
  test("are given with what they say", async () => {
    listen();
    await expect.poll(isOpen).toBe(true);
    const relationship = { friend: "friends", following: false };
    for (const [type, data] of [
      ["viewer", { id: "7", viewer: { liked: true, reshared: false } }],
      ["relationship", { account: "8", relationship }],
      ["account", { account: { id: "9" } }],
      ["counts", { id: "7", counts: { likes: 1 } }],
      ["something.new", {}],
      ["reset", {}],
    ] as const) {
      served[0]?.say(`event: ${type}\nid: 1.1\ndata: ${JSON.stringify(data)}\n\n`);
    }
    await expect.poll(() => events.at(-1)?.type).toBe("reset");
    expect(events).toEqual([
      { type: "viewer", id: "1.1", storyId: "7", viewer: { liked: true, reshared: false } },
      { type: "relationship", id: "1.1", accountId: "8", relationship },
      { type: "account", id: "1.1", account: { id: "9" } },
      { type: "counts", id: "1.1", storyId: "7", counts: { likes: 1 } },
      { type: "reset", id: "1.1" },
    ]);
  });

  test("come whole, however the network cuts the text, with other line ends, too", async () => {
    listen();
    await expect.poll(isOpen).toBe(true);
    const text = `: hello\r\nevent: story.deleted\r\nid: 1.1\r\ndata: {"id":\r\ndata: "가7"}\r\n\r\n`;
    for (const byte of new TextEncoder().encode(text)) {
      served[0]?.say(Uint8Array.of(byte));
    }
    await expect.poll(() => events).toEqual([{ type: "story.deleted", id: "1.1", storyId: "가7" }]);
  });
});

describe("a connection", () => {
  test("that ends is made again, from the last id, also of a block without an event", async () => {
    listen({ after: "1.0" });
    await expect.poll(isOpen).toBe(true);
    served[0]?.say(`retry: 1\n\n${ready("1.1")}: still here\nid: 1.5\n\n`);
    await expect.poll(() => events.length).toBe(1);
    served[0]?.end();
    await expect.poll(() => served.length).toBe(2);
    served[1]?.say(ready("1.6"));
    await expect.poll(() => events.length).toBe(2);
    served[1]?.cut();
    await expect.poll(() => served.length).toBe(3);
    expect(served.map(({ lastEventId }) => lastEventId)).toEqual(["1.0", "1.5", "1.6"]);
    expect(states.slice(0, 4)).toEqual(["connecting", "open", "waiting", "connecting"]);
  });

  test("is made again at once when the server asks for that", async () => {
    listen({ backoffMs: 1e9, backoffMsMax: 1e9 });
    await expect.poll(isOpen).toBe(true);
    served[0]?.say(`${ready("1.1")}retry: 0\n\n`);
    await expect.poll(() => events.length).toBe(1);
    served[0]?.end();
    await expect.poll(() => served.length).toBe(2);
  });

  test("that has gone silent is replaced", async () => {
    listen({ staleMs: 20 });
    await expect.poll(isOpen).toBe(true);
    nowMs += 19;
    served[0]?.say(": still here\n\n");
    nowMs += 19;
    await expect.poll(() => served[0]?.isAborted()).toBe(false);
    nowMs += 20;
    await expect.poll(() => served.length, { timeout: 5_000 }).toBe(2);
    expect(served[0]?.isAborted()).toBe(true);
  });

  test("that never comes about is tried again", async () => {
    listen({ staleMs: 20 }, [() => "silence"]);
    await expect.poll(() => states.length).toBe(1);
    nowMs += 20;
    await expect.poll(() => served.length, { timeout: 5_000 }).toBe(1);
  });

  test("is not taken from a page that asks to sign in to a network", async () => {
    const page = () => new Response("<html>", { headers: { "content-type": "text/html" } });
    listen({}, [page]);
    await expect.poll(() => served.length).toBe(1);
    expect(events).toEqual([]);
    expect(states).toEqual(["connecting", "waiting", "connecting", "open"]);
  });

  test("that is refused ends the stream with the problem; a busy server does not", async () => {
    const busy = [408, 425, 429, 500, 502, 503, 504].map(
      (status) => () => new Response(null, { status }),
    );
    const { done, asked } = listen({}, [...busy, () => new Response(null, { status: 401 })]);
    await expect(done).rejects.toMatchObject({ status: 401 });
    expect(asked()).toBe(busy.length + 1);
  });

  test("ends at once with its signal, also while it waits or connects", async () => {
    const waitingFor = listen({ backoffMs: 1e9, backoffMsMax: 1e9 }, [() => "unreachable"]);
    await expect.poll(() => waits.length).toBe(1);
    stop.abort();
    await waitingFor.done;
    stop = new AbortController();
    const connecting = listen({ signal: stop.signal }, [() => "silence"]);
    await expect.poll(connecting.asked).toBe(1);
    stop.abort();
    await connecting.done;
  });

  test("is let go by who stops listening", async () => {
    const stream = live({
      baseUrl: "http://maru.example",
      credentials: "same-origin",
      headers: () => ({}),
      fetch(request) {
        const response = serveStream(request);
        served[0]?.say(ready("1.1"));
        return Promise.resolve(response);
      },
    });
    for await (const event of stream) {
      expect(event.type).toBe("ready");
      break;
    }
    expect(served[0]?.isAborted()).toBe(true);
  });
});

describe("the wait before the next attempt", () => {
  test("is a random part of a doubling span with a bound", async () => {
    const answers = Array.from({ length: 12 }, (): Serve => () => "unreachable");
    listen({ backoffMs: 1, backoffMsMax: 4 }, answers);
    await expect.poll(() => served.length).toBe(1);
    const spans = [1, 2, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4];
    waits.forEach(({ ms }, i) => {
      expect(ms).toBeLessThanOrEqual(spans[i] ?? 0);
    });
    expect(new Set(waits.map(({ ms }) => ms)).size).toBe(12);
    expect(waits.map(({ failures }) => failures)).toEqual(answers.map((_, i) => i + 1));
  });

  test("is at most 30 s by itself", async () => {
    const answers: Serve[] = [() => "unreachable"];
    listen({ backoffMs: 1e6 }, answers);
    await expect.poll(() => waits.length).toBe(1);
    expect(waits[0]?.ms).toBeLessThanOrEqual(30_000);
  });

  test("honours Retry-After, also when it is woken", async () => {
    const headers = { "retry-after": "2" };
    const { wake, asked } = listen({}, [() => new Response(null, { status: 503, headers })]);
    await expect.poll(() => waits.length).toBe(1);
    expect(waits[0]?.ms).toBeGreaterThanOrEqual(2_000);
    wake();
    wake("reconnect");
    const sinceMs = performance.now();
    await expect.poll(() => served.length, { timeout: 10_000 }).toBe(1);
    expect(performance.now() - sinceMs).toBeGreaterThan(1_500);
    expect(asked()).toBe(2);
  });

  test("differs for everybody whom one server lets go, as that server says", async () => {
    const ms: number[] = [];
    const clients = 200;
    for (let client = 0; client < clients; client += 1) {
      listen({
        backoffMs: 1_000,
        onState(_state, wait) {
          ms.push(...(wait === undefined ? [] : [wait.ms]));
        },
      });
    }
    await expect.poll(() => served.length).toBe(clients);
    served.forEach(({ say, end }, client) => {
      // As the server spreads them.
      say(`retry: ${String(1_000 + ((client * 997) % 3_000))}\n\n${ready("1.1")}`);
      end();
    });
    await expect.poll(() => ms.length).toBe(clients);
    const bySecondTenth = Map.groupBy(ms, (wait) => Math.floor(wait / 100));
    expect(Math.max(...Array.from(bySecondTenth.values(), (same) => same.length))).toBeLessThan(25);
    expect(Math.min(...ms)).toBeGreaterThanOrEqual(1_000);
    expect(Math.max(...ms)).toBeLessThanOrEqual(5_000);
  });
});

describe("waking", () => {
  test("cuts a wait short", async () => {
    const { wake } = listen({ backoffMs: 1e9, backoffMsMax: 1e9 }, [() => "unreachable"]);
    await expect.poll(() => waits.length).toBe(1);
    wake();
    await expect.poll(() => served.length, { timeout: 5_000 }).toBe(1);
  });

  test("leaves a connection alone that was heard of lately, and replaces a silent one", async () => {
    const { wake } = listen();
    await expect.poll(isOpen).toBe(true);
    served[0]?.say(ready("1.1"));
    await expect.poll(() => events.length).toBe(1);
    nowMs += 14_000;
    wake();
    expect(served[0]?.isAborted()).toBe(false);
    nowMs += 2_001;
    // Shorter than the 35 s that silence may take by itself.
    wake();
    await expect.poll(() => served.length, { timeout: 5_000 }).toBe(2);
    expect(served.at(-1)?.lastEventId).toBe("1.1");
  });

  test("replaces any connection when the network is another one", async () => {
    const { wake } = listen();
    await expect.poll(isOpen).toBe(true);
    wake("reconnect");
    await expect.poll(() => served.length, { timeout: 5_000 }).toBe(2);
    expect(waits[0]?.ms).toBeLessThanOrEqual(1_000);
  });
});
