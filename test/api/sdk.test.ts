import { Type } from "typebox";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createMaruClient, type MaruClient, type PageQuery } from "../../sdk/client.ts";
import { createPositionMemory } from "../../sdk/position.ts";
import { MaruProblem } from "../../sdk/problem.ts";
import { generateSdk } from "../../tools/generate-sdk.ts";
import { invalid, unavailable } from "../../src/kernel/problem.ts";
import type { Answer, EventSink } from "../../src/ports/routes.ts";
import { getRoute, postRoute, startTestHost, type TestHost } from "../support/http.ts";

/** The SDK against a host whose routes stand in for those of the real API. */

let server: TestHost;
let maru: MaruClient;
let keys: (string | undefined)[];
let failuresLeft: number;
let failWith: () => Answer;
let positions: (string | undefined)[];
let streams: { readonly sink: EventSink; readonly lastEventId: string | undefined }[];

const retry = { attemptsMax: 4, backoffMs: 1, backoffMsMax: 2 };
const items = Array.from({ length: 5 }, (_, index) => ({ id: String(index) }));

beforeEach(async () => {
  keys = [];
  failuresLeft = 0;
  failWith = () => {
    throw unavailable({ retryAfterS: 0 });
  };
  positions = [];
  streams = [];
  server = await startTestHost([
    postRoute("/v1/stories", ({ headers, body }): Answer => {
      keys.push(headers["idempotency-key"]);
      if (failuresLeft > 0) {
        failuresLeft -= 1;
        return failWith();
      }
      if (body.text === "") {
        throw invalid("/text", "must not be empty");
      }
      return {
        status: 201,
        body: { story: { id: "1", text: body.text } },
        headers: { "maru-position": `after-${body.text}` },
      };
    }),
    getRoute(
      "/v1/feed",
      ({ query, headers }) => {
        positions.push(headers["maru-position"]);
        const { cursor = "0" } = query as { cursor?: string };
        const start = Number(cursor);
        const end = start + 2;
        return {
          status: 200,
          body: {
            items: items.slice(start, end),
            nextCursor: end < items.length ? String(end) : null,
          },
        };
      },
      { viewer: "required", query: Type.Object({ cursor: Type.Optional(Type.String()) }) },
    ),
    getRoute(
      "/v1/feed/live",
      ({ headers }) => ({
        status: 200,
        stream: (sink) => {
          streams.push({ sink, lastEventId: headers["last-event-id"] });
          sink.write("retry: 1\n\n: hello\n\n");
          return () => undefined;
        },
      }),
      { viewer: "required", answers: { 200: "event-stream" } },
    ),
  ]);
  maru = createMaruClient({ baseUrl: server.url, token: "anna", retry });
});
afterEach(() => server.host.close());

describe("a call", () => {
  test("of POST carries a key of its own, or the one that is given", async () => {
    const publish = (headers: Record<string, string>) =>
      maru.data(maru.api.POST("/v1/stories", { body: { text: "Hello" }, headers }));
    const { story } = await publish({});
    await publish({});
    await publish({ "Idempotency-Key": "mine" });
    expect(story.text).toBe("Hello");
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(keys[1]).not.toBe(keys[0]);
    expect(keys[2]).toBe("mine");
  });

  test("of POST carries a key on a page of plain http, too, which has no randomUUID", async () => {
    vi.stubGlobal("crypto", { getRandomValues: crypto.getRandomValues.bind(crypto) });
    await maru.data(maru.api.POST("/v1/stories", { body: { text: "Hello" } }));
    vi.unstubAllGlobals();
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  });

  test.each([500, 502, 503, 504, 429])(
    "that is answered %i is tried again with the same key",
    async (status) => {
      failuresLeft = 1;
      failWith = () => ({ status, body: {} });
      const { story } = await maru.data(maru.api.POST("/v1/stories", { body: { text: "Hello" } }));
      expect(story.text).toBe("Hello");
      expect(new Set(keys).size).toBe(1);
      expect(keys).toHaveLength(2);
    },
  );

  test("is not tried again where the server asks for more patience than people have", async () => {
    failuresLeft = 10;
    failWith = () => {
      throw unavailable({ retryAfterS: 31 });
    };
    const call = maru.api.POST("/v1/stories", { body: { text: "Hello" } });
    await expect(call).rejects.toMatchObject({ status: 503, retryAfterS: 31 });
    expect(keys).toHaveLength(1);
  });

  test("is sent as often as its client wants", async () => {
    failuresLeft = 10;
    const once = createMaruClient({
      baseUrl: server.url,
      token: "anna",
      retry: { attemptsMax: 1 },
    });
    const call = once.api.POST("/v1/stories", { body: { text: "Hello" } });
    await expect(call).rejects.toMatchObject({ status: 503 });
    expect(keys).toHaveLength(1);
  });

  test("ends with its signal, also while it waits for the next attempt", async () => {
    const stop = new AbortController();
    const patient = createMaruClient({
      baseUrl: server.url,
      retry: { backoffMs: 1e9, backoffMsMax: 1e9 },
    });
    failuresLeft = 10;
    const call = patient.api.POST("/v1/stories", {
      body: { text: "Hello" },
      signal: stop.signal,
    });
    await expect.poll(() => keys).toHaveLength(1);
    stop.abort();
    await expect(call).rejects.toMatchObject({ name: "AbortError" });
    const { signal } = stop;
    await expect(maru.api.GET("/v1/feed", { signal })).rejects.toMatchObject({
      name: "AbortError",
    });
    expect(positions).toEqual([]);
  });

  test("sends the cookie to the page's own server alone, unless it is told otherwise", async () => {
    const asked: Request[] = [];
    const take = (request: Request): Promise<Response> => {
      asked.push(request);
      return Promise.resolve(Response.json({ items: [], nextCursor: null }));
    };
    for (const credentials of [undefined, "include"] as const) {
      const client = createMaruClient({
        baseUrl: server.url,
        fetch: take,
        ...(credentials === undefined ? {} : { credentials }),
      });
      await client.data(client.api.GET("/v1/feed"));
    }
    expect(asked.map(({ credentials }) => credentials)).toEqual(["same-origin", "include"]);
    expect(asked[0]?.headers.has("authorization")).toBe(false);
  });

  test("is tried again with the same key while the server is away", async () => {
    failuresLeft = 3;
    await maru.data(maru.api.POST("/v1/stories", { body: { text: "Hello" } }));
    expect(keys).toHaveLength(4);
    expect(new Set(keys).size).toBe(1);
  });

  test("is given up after so many attempts", async () => {
    failuresLeft = 10;
    const call = maru.api.POST("/v1/stories", { body: { text: "Hello" } });
    await expect(call).rejects.toMatchObject({ code: "request.unavailable", status: 503 });
    expect(keys).toHaveLength(retry.attemptsMax);
  });

  test("that loses its connection is tried again", async () => {
    let lost = 0;
    const flaky = createMaruClient({
      baseUrl: server.url,
      retry,
      fetch: (request) => {
        lost += 1;
        return lost < 3 ? Promise.reject(new TypeError("fetch failed")) : fetch(request);
      },
    });
    await flaky.data(flaky.api.POST("/v1/stories", { body: { text: "Hello" } }));
    expect(keys).toHaveLength(1);
  });

  test("that fails throws the problem with its code and what was wrong", async () => {
    const failed = maru.api.POST("/v1/stories", { body: { text: "" } });
    await expect(failed).rejects.toBeInstanceOf(MaruProblem);
    await expect(failed).rejects.toMatchObject({
      code: "request.invalid",
      details: { errors: [{ path: "/text", message: "must not be empty" }] },
    });
    expect(keys).toHaveLength(1);
  });

  test("is made as whom the token names", async () => {
    const read = () => maru.api.GET("/v1/feed");
    expect((await maru.data(read())).items).toHaveLength(2);
    maru.setToken("dead");
    await expect(read()).rejects.toMatchObject({ status: 401 });
  });
});

describe("the position of a write", () => {
  const write = (client: MaruClient, text: string) =>
    client.data(client.api.POST("/v1/stories", { body: { text } }));
  const read = (client: MaruClient) => client.data(client.api.GET("/v1/feed"));

  test("is told, and sent with the reads that follow", async () => {
    const told: string[] = [];
    const client = createMaruClient({
      baseUrl: server.url,
      token: "anna",
      rememberPosition: true,
      onPosition: (position) => told.push(position),
    });
    await read(client);
    await write(client, "one");
    await write(client, "two");
    await read(client);
    await client.api.GET("/v1/feed", { headers: { "maru-position": "mine" } });
    expect(told).toEqual(["after-one", "after-two"]);
    expect(positions).toEqual([undefined, "after-two", "mine"]);
  });

  test("is the later one of two writes that were under way at once, whichever is answered first", () => {
    const position = (text: string): string => Buffer.from(text).toString("base64url");
    const memory = createPositionMemory(() => 0);
    const kept = (text: string): string => {
      memory.note(position(text));
      return Buffer.from(memory.current() ?? "", "base64url").toString();
    };
    expect(kept("0.main.1.10190")).toBe("0.main.1.10190");
    expect(kept("0.main.1.10174")).toBe("0.main.1.10190");
    expect(kept("0.main.1.10191")).toBe("0.main.1.10191");
    expect(kept("0.main.2.7")).toBe("0.main.2.7");
    expect(kept("0.main.1.20000")).toBe("0.main.2.7");
    expect(kept("1.main.1.3")).toBe("1.main.1.3");
    memory.note("of another kind");
    expect(memory.current()).toBe("of another kind");
  });

  test("is kept for some seconds, and by who wants it alone", async () => {
    let nowMs = 0;
    const memory = createPositionMemory(() => nowMs);
    const position = (text: string): string => Buffer.from(text).toString("base64url");
    memory.note(position("0.main.1.9"));
    nowMs = 5_000;
    memory.note(position("0.main.1.2"));
    expect(memory.current()).toBe(position("0.main.1.2"));
    nowMs = 0;
    memory.note("after-one");
    nowMs = 4_999;
    expect(memory.current()).toBe("after-one");
    nowMs = 5_000;
    expect(memory.current()).toBeNull();
    await write(maru, "one");
    await read(maru);
    expect(positions).toEqual([undefined]);
  });
});

test("a list is read to its end", async () => {
  const page = (query: PageQuery) => maru.api.GET("/v1/feed", { params: { query } });
  const ids: string[] = [];
  for await (const { id } of maru.items(page)) {
    ids.push(id);
  }
  expect(ids).toEqual(items.map(({ id }) => id));
});

describe("the live feed", () => {
  const send = (stream: number, id: string): void => {
    streams[stream]?.sink.write(
      `event: story.deleted\nid: ${id}\ndata: {"id":"7"}\n\nevent: unknown\ndata: {}\n\n`,
    );
  };

  test("goes on after the last event when it is cut", async () => {
    const stop = new AbortController();
    const seen: string[] = [];
    for await (const event of maru.live({ after: "p0", signal: stop.signal })) {
      seen.push(event.id);
      expect(event).toMatchObject({ type: "story.deleted", storyId: "7" });
      if (seen.length === 4) {
        stop.abort();
      }
    }
    expect(seen).toEqual(["p1", "p2", "p3", "p4"]);
    expect(streams.map(({ lastEventId }) => lastEventId)).toEqual(["p0", "p2"]);
  }, 20_000);

  beforeEach(() => {
    const drive = setInterval(() => {
      const [first, second] = streams;
      if (second !== undefined) {
        send(1, "p3");
        send(1, "p4");
        clearInterval(drive);
      } else if (first !== undefined) {
        send(0, "p1");
        send(0, "p2");
        first.sink.close();
      }
    }, 1);
    return () => {
      clearInterval(drive);
    };
  });

  test("ends with the problem when the server refuses", async () => {
    maru.setToken("dead");
    await expect(maru.live().next()).rejects.toMatchObject({ status: 401 });
  });
});

test("the generated types name what the routes do", async () => {
  const files = await generateSdk(server.deps.routes, "1.2.3");
  const types = files.get("sdk/schema.d.ts");
  expect(types).toContain('"/v1/feed/live"');
  expect(types).toContain("Problem: {");
  expect(files.get("docs/reference/openapi.json")).toContain('"version": "1.2.3"');
});
