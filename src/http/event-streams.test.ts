import { connect, type Socket } from "node:net";
import { Type } from "typebox";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { getRoute, startTestHost, until, type TestHost } from "../../test/support/http.ts";
import type { Answer, EventSink } from "../ports/routes.ts";
import { createHttpHost } from "./host.ts";
import { httpSettingsDefault } from "./settings.ts";

let server: TestHost;
let sinks: EventSink[];
let stopped: number;
let finishSlow: () => void;
let finishLate: () => void;
let lateAsked: number;

beforeEach(async () => {
  sinks = [];
  stopped = 0;
  const slow = new Promise<Answer>((resolve) => {
    finishSlow = () => {
      resolve({ status: 200, json: '"slow"' });
    };
  });
  const late = new Promise<void>((resolve) => {
    finishLate = resolve;
  });
  lateAsked = 0;
  server = await startTestHost(
    [
      getRoute(
        "/v1/late",
        async () => {
          lateAsked += 1;
          await late;
          return {
            status: 200,
            stream: (sink) => {
              sinks.push(sink);
              return () => {
                stopped += 1;
              };
            },
          };
        },
        { answers: { 200: "event-stream" } },
      ),
      getRoute(
        "/v1/live",
        ({ context }) => ({
          status: 200,
          headers: { "maru-live-after": "1" },
          stream: (sink) => {
            sinks.push(sink);
            sink.write(`: ${context.deadline.remainingMs()} ms left\n\n`);
            return () => {
              stopped += 1;
            };
          },
        }),
        { answers: { 200: "event-stream" } },
      ),
      getRoute("/v1/broken", () => ({ status: 200, stream: () => broken() }), {
        answers: { 200: "event-stream" },
      }),
      getRoute("/v1/slow", () => slow, { answers: { 200: Type.String() } }),
      getRoute("/v1/quick", () => ({ status: 200, json: '"quick"' })),
    ],
    { settings: { ...httpSettingsDefault, drainTimeoutMs: 60_000 } },
  );
});
afterEach(() => server.host.close());

function broken(): never {
  throw new Error("the stream cannot begin");
}

async function gauge(name: string): Promise<string | undefined> {
  const text = await server.renderMetrics();
  return new RegExp(`^maru_http_main_${name} (.*)$`, "m").exec(text)?.[1];
}

/** Reads until the text has come, and gives everything so far. */
async function readUntil(
  reader: ReadableStreamDefaultReader<string>,
  wanted: string,
): Promise<string> {
  let text = "";
  while (!text.includes(wanted)) {
    const { value, done } = await reader.read();
    if (done) {
      break;
    }
    text += value;
  }
  return text;
}

function readerOf(response: Response): ReadableStreamDefaultReader<string> {
  const { body } = response;
  if (body === null) {
    throw new Error("the stream has no body");
  }
  return body.pipeThrough(new TextDecoderStream()).getReader();
}

describe("a stream of events", () => {
  test("has its headers at once, no deadline, and what is written to it", async () => {
    const response = await server.fetch("/v1/live");
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
      "maru-live-after": "1",
      "x-request-id": expect.any(String),
    });
    const reader = readerOf(response);
    await readUntil(reader, ": Infinity ms left\n\n");
    sinks[0]?.write("data: 마루\n\n");
    expect(await readUntil(reader, "data")).toBe("data: 마루\n\n");
    expect(await gauge("streams")).toBe("1");
    await reader.cancel();
    await until(() => stopped === 1);
    expect(await gauge("streams")).toBe("0");
    expect(await gauge("in_flight")).toBe("0");
  });

  test("is over at once for a client that went away before it began", async () => {
    const socket: Socket = connect(server.port, "127.0.0.1");
    socket.write("GET /v1/late HTTP/1.1\r\nHost: a\r\n\r\n");
    await until(() => lateAsked === 1);
    socket.destroy();
    await expect.poll(() => gauge("connections")).toBe("0");
    finishLate();
    await expect.poll(() => gauge("in_flight")).toBe("0");
    expect(sinks.length - stopped).toBe(0);
    expect(await gauge("streams")).toBe("0");
    expect(server.accesses.at(-1)).toMatchObject({ route: "/v1/late", aborted: true });
  });

  test("ends when its sink is closed, and takes nothing more", async () => {
    const reader = readerOf(await server.fetch("/v1/live"));
    await readUntil(reader, "left");
    sinks[0]?.close();
    expect(sinks[0]?.write("data: late\n\n")).toBe(false);
    expect(await readUntil(reader, "late")).toBe("");
    await until(() => stopped === 1);
    expect(server.accesses.at(-1)).toMatchObject({ route: "/v1/live", status: 200 });
  });

  test("tells how far its client is behind", async () => {
    const socket: Socket = connect(server.port, "127.0.0.1");
    socket.pause();
    socket.write("GET /v1/live HTTP/1.1\r\nHost: a\r\n\r\n");
    await until(() => sinks.length === 1);
    const [sink] = sinks;
    const megabyte = "x".repeat(1024 * 1024);
    let taken = true;
    for (let written = 0; written < 32 && taken; written += 1) {
      taken = sink?.write(megabyte) ?? false;
    }
    expect(taken).toBe(false);
    expect(sink?.bufferedBytes()).toBeGreaterThan(0);
    socket.destroy();
    await until(() => stopped === 1);
  });

  test("that cannot begin is cut, and logged", async () => {
    const response = await server.fetch("/v1/broken");
    await expect(response.text()).rejects.toThrow();
    expect(server.complaints.at(-1)?.message).toContain("nobody foresaw");
    expect((await server.fetch("/v1/quick")).status).toBe(200);
    expect(await gauge("in_flight")).toBe("0");
  });

  test("asked for by HEAD is only its headers", async () => {
    const response = await server.fetch("/v1/live", { method: "HEAD" });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    expect(sinks).toHaveLength(0);
  });
});

describe("a node that may not serve any more", () => {
  test("ends its streams before they tell anything, and those that tell nothing soon", async () => {
    let mayServe = true;
    const host = await startTestHost(
      [
        getRoute(
          "/v1/live",
          () => ({
            status: 200,
            stream: (sink) => {
              sinks.push(sink);
              sink.write(": begun\n\n");
              return () => {
                stopped += 1;
              };
            },
          }),
          { answers: { 200: "event-stream" } },
        ),
      ],
      { mayServe: () => mayServe },
    );
    const [told, silent] = [await host.fetch("/v1/live"), await host.fetch("/v1/live")];
    await until(() => sinks.length === 2);
    mayServe = false;
    expect(sinks[0]?.write("data: hidden meanwhile\n\n")).toBe(false);
    const texts = [await told.text(), await silent.text()];
    for (const text of texts) {
      expect(text).toMatch(/^: begun\n\n: this server can tell nothing now; connect again\n\n$/);
    }
    await until(() => stopped === 2);
    expect((await host.fetch("/v1/live")).status).toBe(503);
    mayServe = true;
    expect((await host.fetch("/v1/live", { method: "HEAD" })).status).toBe(200);
    await host.host.close();
  });
});

describe("a drain", () => {
  test("finishes what runs, ends streams with a last word, and takes no more", async () => {
    expect(server.host.healthCheck.check()).toBeNull();
    const reader = readerOf(await server.fetch("/v1/live"));
    await readUntil(reader, "left");
    const slow = server.fetch("/v1/slow");
    await until(() => server.accesses.length === 0 && sinks.length === 1);
    await untilRunning(2);

    const drained = server.host.drain();
    expect(server.host.healthCheck.check()).toBe("draining");
    expect(await readUntil(reader, "again")).toContain(": the server is stopping; connect again");
    await expect(server.fetch("/v1/quick")).rejects.toThrow();
    finishSlow();
    const response = await slow;
    expect(response.headers.get("connection")).toBe("close");
    expect(await response.json()).toBe("slow");
    await drained;
    await Promise.all([server.host.drain(), server.host.close()]);
  });

  test("first goes on serving for as long as balancers need to notice", async () => {
    const settings = { ...httpSettingsDefault, drainDelayMs: 300 };
    const quick = getRoute("/v1/quick", () => ({ status: 200, json: '"quick"' }));
    const slowly = await startTestHost([quick], { settings });
    const drained = slowly.host.drain();
    expect(slowly.host.healthCheck.check()).toBe("draining");
    const response = await slowly.fetch("/v1/quick");
    expect(response.headers.get("connection")).toBe("keep-alive");
    await drained;
    await expect(slowly.fetch("/v1/quick")).rejects.toThrow();
  });

  test("does not wait for ever", async () => {
    const settings = { ...httpSettingsDefault, drainTimeoutMs: 50 };
    const stuck = getRoute("/v1/stuck", () => new Promise<Answer>(() => undefined));
    const hung = await startTestHost([stuck], { settings });
    const asked = hung.fetch("/v1/stuck").catch((error: unknown) => error);
    await until(() => true);
    await hung.host.drain();
    expect(await asked).toBeInstanceOf(Error);
  });

  async function untilRunning(requests: number): Promise<void> {
    while ((await gauge("in_flight")) !== String(requests)) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
});

test("a port in use is told plainly", async () => {
  const host = createHttpHost({ ...server.deps });
  expect(host.healthCheck.check()).toBe("not listening yet");
  await expect(host.listen({ port: server.port, host: "127.0.0.1" })).rejects.toThrow(
    `cannot listen on 127.0.0.1:${server.port}: the port is in use by another program`,
  );
  await host.close();
});
