import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { Duplex, Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { ask } from "../../test/support/asked.ts";
import { startForwarder, type Forwarder } from "../../test/support/forwarder.ts";
import { getRoute, startTestHost, until, type TestHost } from "../../test/support/http.ts";
import { headOf, openRaw } from "../../test/support/raw-client.ts";
import type { FileBody } from "../ports/routes.ts";
import { sendFile, type Sent } from "./file-sending.ts";
import { unguarded } from "./load-guard.ts";
import { httpSettingsDefault } from "./settings.ts";

const stalledMs = 1_000;
const mebibyte = 1024 ** 2;
const largeBytes = 200 * mebibyte;
/** More than the system takes for a client that does not read. */
const heldBytes = 30 * mebibyte;

let server: TestHost;
let forwarder: Forwarder;
/** What was opened last. */
let source: Readable;
/** What sources of large files have given. */
let givenBytes: number;

/** A file in pieces, each of which is made when it is asked for. */
function pieces(bytes: number, failAt = Infinity): Readable {
  let given = 0;
  return new Readable({
    read() {
      const next = Math.min(65_536, bytes - given);
      given += next;
      givenBytes += next;
      if (given > failAt) {
        this.destroy(new Error("the disk is broken"));
      } else {
        this.push(next === 0 ? null : Buffer.alloc(next, "maru"));
      }
    },
  });
}

/** Within the time for progress each, and longer all in all. */
async function* slowly(text: string): AsyncGenerator<Buffer> {
  for (const letter of text) {
    await pause(stalledMs / 4);
    yield Buffer.from(letter);
  }
}

function file(bytes: number, open: (range: { start: number; end: number }) => Readable): FileBody {
  return {
    bytes,
    open(range) {
      source = open(range);
      return Promise.resolve(source);
    },
  };
}

beforeAll(async () => {
  const route = (path: string, body: () => FileBody): ReturnType<typeof getRoute> =>
    getRoute(path, () => ({ status: 200, file: body() }));
  server = await startTestHost(
    [
      route("/v1/large", () => file(largeBytes, ({ start, end }) => pieces(end + 1 - start))),
      route("/v1/short", () => file(300_000, () => pieces(200_000))),
      route("/v1/long", () => file(300_000, () => pieces(400_000))),
      route("/v1/failing", () => file(300_000, () => pieces(300_000, 150_000))),
      route("/v1/slow", () => file(8, () => Readable.from(slowly("12345678")))),
      getRoute("/v1/quick", () => ({ status: 200, body: "quick" })),
    ],
    {
      settings: {
        ...httpSettingsDefault,
        sending: { atOnceMax: 100, stalledMs },
        load: { ...unguarded, adaptiveLimit: true },
      },
    },
  );
  forwarder = await startForwarder(server);
});

afterAll(async () => {
  await forwarder.close();
  await server.host.close();
});

beforeEach(() => {
  givenBytes = 0;
});

const ways = [
  ["of the main thread", () => server.port],
  ["of a thread that forwards", () => forwarder.port],
] as const;

describe.each(ways)("a client %s", (_way, portOf) => {
  const lastEntry = (path: string): unknown =>
    server.accesses.findLast(({ route }) => route === path);

  test("gets a large file whole, and goes on", async () => {
    const client = openRaw(portOf());
    let bytes = 0;
    client.socket.removeAllListeners("data");
    client.socket.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    await client.write(headOf("GET", "/v1/large", { range: `bytes=-${20 * mebibyte}` }));
    await client.write(headOf("GET", "/v1/quick", { connection: "close" }));
    await client.ended();
    expect(bytes).toBeGreaterThan(20 * mebibyte);
    await expect
      .poll(() => lastEntry("/v1/large"))
      .toMatchObject({ status: 206, bytes: 20 * mebibyte, aborted: false });
  });

  test("that does not read holds up the file and nothing else, and is let go after a while", async () => {
    const client = openRaw(portOf());
    client.socket.pause();
    await client.write(headOf("GET", "/v1/large"));
    await until(() => givenBytes > 0);
    // It waits for nobody's answer from the database, and takes no place from those who do.
    await expect.poll(server.renderMetrics).toContain("maru_http_main_sending 1");
    expect(await server.renderMetrics()).toContain("maru_http_reads_under_way 0");
    expect((await ask(portOf(), "/v1/quick")).status).toBe(200);
    await expect.poll(() => source.destroyed).toBe(true);
    expect(givenBytes).toBeLessThan(heldBytes);
    await expect
      .poll(() => lastEntry("/v1/large"))
      .toSatisfy((entry: { bytes: number; aborted: boolean }) => {
        // What the source still had, and what waited for the client, went nowhere.
        return entry.aborted && entry.bytes > 0 && entry.bytes < givenBytes - 65_536;
      });
    expect(await server.renderMetrics()).toContain("maru_http_main_sending 0");
  });

  test("that reads slowly gets all of it", async () => {
    const bytes = 2 * mebibyte;
    const client = openRaw(portOf());
    client.socket.pause();
    let read = 0;
    client.socket.on("data", (chunk: Buffer) => {
      read += chunk.length;
    });
    await client.write(headOf("GET", "/v1/large", { range: `bytes=-${bytes}` }));
    const reading = setInterval(() => {
      client.socket.resume();
      setImmediate(() => client.socket.pause());
    }, 5);
    onTestFinished(() => {
      clearInterval(reading);
    });
    await expect.poll(() => read).toBeGreaterThan(bytes);
  });

  test("that goes ends what is read for it", async () => {
    const client = openRaw(portOf());
    await client.write(headOf("GET", "/v1/large"));
    await until(() => client.text().length > 100_000);
    client.socket.resetAndDestroy();
    await expect.poll(() => source.destroyed).toBe(true);
    expect(givenBytes).toBeLessThan(largeBytes);
    await expect.poll(() => lastEntry("/v1/large")).toMatchObject({ aborted: true });
  });

  test.each([
    ["/v1/failing", "the disk is broken"],
    ["/v1/short", "the source gave 200000 of 300000 bytes"],
    ["/v1/long", "the source gave more than the 300000 bytes that were announced"],
  ])("never takes %s for whole", async (path, fault) => {
    await expect(ask(portOf(), path)).rejects.toThrow("aborted");
    const complaint = (): unknown => server.complaints.at(-1);
    await expect.poll(complaint).toMatchObject({
      message: "a file could not be sent whole",
      fields: { error: { message: fault } },
    });
    await expect.poll(() => lastEntry(path)).toMatchObject({ aborted: true });
  });
});

test("of what is asked for ahead one file after another is opened", async () => {
  const client = openRaw(server.port);
  client.socket.pause();
  await client.write(headOf("GET", "/v1/large").repeat(5));
  await until(() => givenBytes > 0);
  expect((await ask(server.port, "/v1/quick")).status).toBe(200);
  expect(await server.renderMetrics()).toContain("maru_http_main_sending 1");
  client.socket.destroy();
  await expect.poll(server.renderMetrics).toContain("maru_http_main_sending 0");
  await expect.poll(server.renderMetrics).toContain("maru_http_main_in_flight 0");
});

test("only so many files are sent at once, and the next are told when to come again", async () => {
  const small = await startTestHost(
    [
      getRoute("/v1/large", () => ({
        status: 200,
        file: file(largeBytes, () => pieces(largeBytes)),
      })),
    ],
    { settings: { ...httpSettingsDefault, sending: { atOnceMax: 1, stalledMs } } },
  );
  onTestFinished(() => small.host.close());
  const client = openRaw(small.port);
  client.socket.pause();
  await client.write(headOf("GET", "/v1/large"));
  await until(() => givenBytes > 0);
  const { status, headers } = await ask(small.port, "/v1/large");
  expect([status, headers["retry-after"]]).toEqual([503, "5"]);
  expect((await ask(small.port, "/v1/large", {}, "HEAD")).status).toBe(200);
});

test("a source that takes its time is waited for as long as it gives something", async () => {
  const { status, bytes } = await ask(server.port, "/v1/slow");
  expect([status, bytes.toString()]).toEqual([200, "12345678"]);
});

test("a client that takes little at a time is not one that takes nothing", async () => {
  const bytes = 128 * 1024;
  const msPerKibibyte = 5;
  const line = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      setTimeout(done, (chunk.length / 1024) * msPerKibibyte);
    },
  });
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  response.assignSocket(line as unknown as Socket);
  const sent = await new Promise<Sent>((resolve) => {
    sendFile(response, Readable.from([Buffer.alloc(bytes)]), {
      bytes,
      stalledMs: 400,
      onProgress: () => undefined,
      onEnd: resolve,
    });
  });
  expect(sent).toEqual({ bytes, fault: null });
});

test("a source that gives nothing is given up, and told of", async () => {
  const silent = await startTestHost(
    [
      getRoute("/v1/silent", () => ({
        status: 200,
        file: file(10, () => new Readable({ read: () => undefined })),
      })),
    ],
    { settings: { ...httpSettingsDefault, sending: { atOnceMax: 100, stalledMs: 50 } } },
  );
  onTestFinished(() => silent.host.close());
  await expect(ask(silent.port, "/v1/silent")).rejects.toThrow("socket hang up");
  await expect
    .poll(() => silent.complaints)
    .toMatchObject([{ fields: { error: { message: "the source gave nothing for 50 ms" } } }]);
});

test("whoever is being sent a file makes no room for newcomers, and is sent it to its end by a node that stops", async () => {
  const full = await startTestHost(
    [
      getRoute("/v1/large", () => ({
        status: 200,
        file: file(heldBytes * 2, () => pieces(heldBytes * 2)),
      })),
    ],
    { settings: { ...httpSettingsDefault, connectionsMax: 1 } },
  );
  onTestFinished(() => full.host.close());
  const client = openRaw(full.port);
  client.socket.pause();
  let bytes = 0;
  client.socket.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
  });
  await client.write(headOf("GET", "/v1/large"));
  await until(() => givenBytes > 0);
  expect(await openRaw(full.port, headOf("GET", "/v1/large")).ended()).toBe("");
  const drained = full.host.drain();
  client.socket.resume();
  await client.ended();
  await drained;
  expect(bytes).toBeGreaterThan(heldBytes * 2);
});
