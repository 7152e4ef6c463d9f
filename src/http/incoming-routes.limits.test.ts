import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { startForwarder } from "../../test/support/forwarder.ts";
import { createGate } from "../../test/support/gate.ts";
import {
  getRoute,
  json,
  postRoute,
  startTestHost,
  streamRoute,
  until,
  type TestHost,
} from "../../test/support/http.ts";
import { headOf, openRaw, type RawClient } from "../../test/support/raw-client.ts";
import { upload } from "../../test/support/upload.ts";
import type { Route } from "../ports/routes.ts";
import { unguarded, type LoadSettings } from "./load-guard.ts";
import { httpSettingsDefault, type HttpSettings } from "./settings.ts";

const octets = "application/octet-stream";
const bytesMax = 300 * 1024 ** 2;

async function start(
  routes: readonly Route[],
  more: Partial<Omit<HttpSettings, "load" | "incoming">> & {
    readonly load?: Partial<LoadSettings>;
    readonly incoming?: Partial<HttpSettings["incoming"]>;
  } = {},
): Promise<TestHost> {
  const settings = {
    ...httpSettingsDefault,
    ...more,
    load: { ...unguarded, ...more.load },
    incoming: { ...httpSettingsDefault.incoming, ...more.incoming },
  };
  const server = await startTestHost(routes, { settings });
  onTestFinished(() => server.host.close());
  return server;
}

const counting = (): Route =>
  streamRoute(
    "/v1/files",
    async ({ incoming }) => ({ status: 201, body: (await text(incoming)).length }),
    { bodyBytesMax: bytesMax },
  );

/** Begins a body of ten bytes, and leaves it to the test to go on. */
function begin(port: number, headers: Record<string, string> = {}): RawClient {
  const head = headOf("POST", "/v1/files", {
    "content-type": octets,
    "content-length": "10",
    ...headers,
  });
  return openRaw(port, `${head}01234`);
}

async function startBoth(incoming: Partial<HttpSettings["incoming"]>): Promise<readonly number[]> {
  const server = await start([counting()], { incoming });
  const forwarder = await startForwarder(server);
  onTestFinished(forwarder.close);
  return [server.port, forwarder.port];
}

test("a client that sends nothing any more is answered 408, on any thread", async () => {
  for (const port of await startBoth({ silentMs: 100 })) {
    const answer = await begin(port).ended();
    expect(answer).toMatch(/^HTTP\/1.1 408 [^]*"code":"http.request_timeout"/);
  }
});

test("a client that sends a byte now and then is answered 408, on any thread", async () => {
  for (const port of await startBoth({ slowMs: 300 })) {
    const client = openRaw(
      port,
      headOf("POST", "/v1/files", { "content-type": octets, "transfer-encoding": "chunked" }),
    );
    const dripping = setInterval(() => {
      client.socket.write("1\r\na\r\n");
    }, 20);
    const answer = await client.ended();
    clearInterval(dripping);
    expect(answer).toMatch(/^HTTP\/1.1 408 [^]*"code":"http.request_timeout"/);
  }
});

test("a request is over after its whole time, however much it sends", async () => {
  for (const port of await startBoth({ wholeMs: 300 })) {
    const answer = await upload(port, {
      path: "/v1/files",
      bytes: bytesMax,
      beforePiece: () => new Promise((resolve) => setTimeout(resolve, 5)),
    });
    expect(answer.status).toBe(408);
  }
});

test("only so many come in at once, the next are told when to come again, and a place is free when its request is over", async () => {
  const server = await start([counting()], { incoming: { atOnceMax: 3 } });
  const count = async (): Promise<string | undefined> =>
    /^maru_http_main_incoming (\d+)$/m.exec(await server.renderMetrics())?.[1];
  const clients = Array.from({ length: 3 }, () => begin(server.port));
  await expect.poll(count).toBe("3");
  const refused = await upload(server.port, { path: "/v1/files", bytes: bytesMax });
  expect([refused.status, refused.headers["retry-after"]]).toEqual([503, "5"]);
  expect(JSON.parse(refused.text)).toMatchObject({ code: "http.overloaded" });
  const [goes, ends, waits] = clients as [RawClient, RawClient, RawClient];
  goes.socket.resetAndDestroy();
  await expect.poll(count).toBe("2");
  await ends.write("56789");
  expect(await ends.until("\r\n\r\n10")).toMatch(/^HTTP\/1.1 201 /);
  await expect.poll(count).toBe("1");
  expect((await upload(server.port, { path: "/v1/files", bytes: 4 })).status).toBe(201);
  await waits.write("56789");
  await waits.until("\r\n\r\n10");
  await expect.poll(count).toBe("0");
});

test("what comes in takes no place from writes, and is let in like one", async () => {
  const held: (() => void)[] = [];
  const server = await start(
    [
      counting(),
      postRoute("/v1/things", async () => {
        await new Promise<void>((resolve) => held.push(resolve));
        return { status: 201, body: "made" };
      }),
    ],
    { load: { adaptiveLimit: true } },
  );
  const clients = Array.from({ length: 200 }, () => begin(server.port));
  await expect.poll(server.renderMetrics).toContain("maru_http_main_incoming 200");
  expect(await server.renderMetrics()).toContain("maru_http_writes_under_way 0");
  const writes = Array.from({ length: 256 }, () => server.fetch("/v1/things", json({ text: "a" })));
  await until(() => held.length === 256);
  // By now a write would be refused, and so is what would come in.
  const refused = await upload(server.port, { path: "/v1/files", bytes: bytesMax });
  expect(JSON.parse(refused.text)).toMatchObject({ code: "http.overloaded" });
  for (const client of clients) await client.write("56789");
  for (const client of clients) await client.until("HTTP/1.1 201");
  held.forEach((letGo) => {
    letGo();
  });
  await Promise.all(writes);
});

test("rates are looked at before anything is read, and the refusal is read whatever was to come", async () => {
  const server = await start([counting()], {
    load: { networkRate: 1 },
    trustedProxies: ["127.0.0.1"],
  });
  const headers = { "x-forwarded-for": "203.0.113.7" };
  for (let n = 0; n < 10; n += 1) await server.fetch("/v1/nowhere", { headers });
  for (const isChunked of [false, true]) {
    await expect
      .poll(async () => {
        const answer = await upload(server.port, {
          path: "/v1/files",
          bytes: 50 * 1024 ** 2,
          headers,
          isChunked,
        });
        return [answer.status, answer.headers.connection];
      })
      .toEqual([429, "close"]);
  }
});

test("the deadline is any request's before the body, anew in each step, and anew at its end", async () => {
  const remaining: number[] = [];
  const gate = createGate();
  const server = await start([
    streamRoute("/v1/files", async ({ context, incoming }) => {
      const note = (): unknown => remaining.push(context.deadline.remainingMs());
      note();
      for await (const _ of incoming) {
        note();
        await gate.pass();
      }
      note();
      return { status: 201 };
    }),
  ]);
  const client = begin(server.port, { "maru-deadline-ms": "5000", connection: "close" });
  await expect.poll(() => remaining.length).toBe(2);
  gate.open();
  await client.write("56789");
  expect(await client.ended()).toMatch(/^HTTP\/1.1 201 /);
  const [first = 0, ...steps] = remaining;
  const last = steps.pop() ?? 0;
  expect(first).toSatisfy((ms: number) => ms > 0 && ms <= 5_000);
  expect(new Set(steps)).toEqual(new Set([5_000]));
  expect(last).toSatisfy((ms: number) => ms > 0 && ms <= 5_000);
});

test("what is refused with little to come keeps its connection", async () => {
  const server = await start([
    streamRoute("/v1/files", () => ({ status: 409, body: "no" })),
    getRoute("/v1/quick", () => ({ status: 200, body: "quick" })),
  ]);
  const client = begin(server.port);
  expect(await client.until('"no"')).not.toMatch(/connection: close/i);
  await client.write(`56789${headOf("GET", "/v1/quick", { connection: "close" })}`);
  expect(await client.ended()).toContain('"quick"');
});

test("what comes in while the node stops is given the time that requests have, then it is cut", async () => {
  const server = await start([counting()], { drainTimeoutMs: 1_000 });
  const [ends, stays] = [begin(server.port), begin(server.port)];
  await expect.poll(server.renderMetrics).toContain("maru_http_main_incoming 2");
  const drained = server.host.drain();
  await ends.write("56789");
  expect(await ends.ended()).toMatch(/^HTTP\/1.1 201 /);
  expect(await stays.ended()).toBe("");
  await drained;
  await expect.poll(server.renderMetrics).toContain("maru_http_main_in_flight 0");
});
