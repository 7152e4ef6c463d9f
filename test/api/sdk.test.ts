import { Type } from "typebox";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createMaruClient, type MaruClient, type PageQuery } from "../../sdk/client.ts";
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
let streams: { readonly sink: EventSink; readonly lastEventId: string | undefined }[];

const retry = { attemptsMax: 4, backoffMs: 1, backoffMsMax: 2 };
const items = Array.from({ length: 5 }, (_, index) => ({ id: String(index) }));

beforeEach(async () => {
  keys = [];
  failuresLeft = 0;
  streams = [];
  server = await startTestHost([
    postRoute("/v1/stories", ({ headers, body }): Answer => {
      keys.push(headers["idempotency-key"]);
      if (failuresLeft > 0) {
        failuresLeft -= 1;
        throw unavailable({ retryAfterS: 0 });
      }
      if (body.text === "") {
        throw invalid("/text", "must not be empty");
      }
      return { status: 201, body: { story: { id: "1", text: body.text } } };
    }),
    getRoute(
      "/v1/feed",
      ({ query }) => {
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
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(keys[1]).not.toBe(keys[0]);
    expect(keys[2]).toBe("mine");
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
