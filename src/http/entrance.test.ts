import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../adapters/system/clock.ts";
import { getRoute, postRoute, startTestHost } from "../../test/support/http.ts";
import { createEntrance } from "./entrance.ts";
import { waitedMsOf } from "./waited.ts";
import { httpSettingsDefault } from "./settings.ts";
import { unguarded } from "./load-guard.ts";
import type { Patience } from "./patience.ts";

/** An entrance whose guard lets everybody in, and what was served and refused. */
function openEntrance(options: { readonly patience?: Patience; readonly holdMs?: number } = {}) {
  let nowMs = 0;
  const served: string[] = [];
  const { admitting, waiting } = createEntrance({
    guard: {
      atTheDoor: ({ method }) => (method === "POST" ? "commands" : "others"),
      roomFor: () => null,
      waited: () => undefined,
    },
    refuse: () => undefined,
    monotonicMs: () => nowMs,
    ...(options.patience === undefined ? {} : { patience: options.patience }),
  });
  const serve = admitting(({ url = "" }) => {
    served.push(url);
    nowMs += options.holdMs ?? 0;
  });
  const newSocket = () => {
    const socket = {
      destroyed: false,
      destroy: () => {
        socket.destroyed = true;
      },
    };
    return socket;
  };
  const ask = (method: string, url: string, socket: object = newSocket()): IncomingMessage => {
    const request = { method, url, headers: {}, socket } as unknown as IncomingMessage;
    serve(request, {} as never);
    return request;
  };
  return {
    ask,
    served,
    waiting,
    newSocket,
    at: (ms: number) => {
      nowMs = ms;
    },
  };
}

test("what one connection sends ahead is served in its order, and not before others", async () => {
  const { ask, served, waiting, newSocket } = openEntrance();
  const socket = newSocket();
  ask("POST", "/first", socket);
  ask("GET", "/second", socket);
  for (let n = 0; n < 50; n += 1) ask("GET", "/ahead", socket);
  ask("GET", "/of another");
  expect(served).toEqual([]);
  expect(waiting()).toBe(2);
  await expect.poll(() => served.length).toBe(53);
  expect(served.slice(0, 3)).toEqual(["/first", "/of another", "/second"]);
  expect(socket.destroyed).toBe(false);
});

test("a connection that sends too much ahead is ended, and nothing of it is done", async () => {
  const { ask, served, waiting, newSocket } = openEntrance();
  const socket = newSocket();
  ask("POST", "/first", socket);
  for (let n = 0; n < 101; n += 1) ask("GET", "/ahead", socket);
  expect(socket.destroyed).toBe(true);
  ask("GET", "/of another");
  await expect.poll(() => served).toEqual(["/of another"]);
  expect(waiting()).toBe(0);
});

test("whoever has gone by their turn is not served", async () => {
  const { ask, served, newSocket } = openEntrance();
  const socket = newSocket();
  ask("POST", "/gone", socket);
  ask("POST", "/here");
  socket.destroy();
  await expect.poll(() => served).toEqual(["/here"]);
});

test("the time until its turn is a part of how long a request takes", async () => {
  const { ask, served, at } = openEntrance({ holdMs: 5 });
  expect(waitedMsOf(ask("GET", "/at once"))).toBe(0);
  const late = ask("GET", "/late");
  at(30);
  await expect.poll(() => served.length).toBe(2);
  expect(waitedMsOf(late)).toBe(25);
});

test("who waits for the node to serve again is served then, once", async () => {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  let mayServe: true | Promise<boolean> = promise;
  const { ask, served, waiting, at } = openEntrance({ patience: () => mayServe });
  const early = ask("GET", "/early");
  ask("POST", "/command");
  await pause(5);
  expect(served).toEqual([]);
  expect(waiting()).toBe(2);
  at(300);
  mayServe = true;
  resolve(true);
  await expect.poll(() => served.toSorted()).toEqual(["/command", "/early"]);
  expect(waitedMsOf(early)).toBe(300);
  expect(waiting()).toBe(0);
});

test("a blip of the lease refuses nobody, and lowers no limit", async () => {
  let mayServe = true;
  const settings = { ...httpSettingsDefault, load: { ...unguarded, adaptiveLimit: true } };
  const server = await startTestHost(
    [
      getRoute("/v1/quick", () => ({ status: 200, body: 1 })),
      postRoute("/v1/things", () => ({ status: 201, body: 1 })),
    ],
    // Patience does not end on a clock that stands still.
    { settings, mayServe: () => mayServe, clock: { ...systemClock, monotonicMs: () => 0 } },
  );
  onTestFinished(() => server.host.close());
  expect((await server.fetch("/v1/quick")).status).toBe(200);
  mayServe = false;
  const headers = { "content-type": "application/json" };
  const post = { method: "POST", body: '{"text":"a"}', headers };
  const answers = Array.from({ length: 300 }, (_, n) =>
    n % 3 === 0 ? server.fetch("/v1/things", post) : server.fetch("/v1/quick"),
  );
  // One that has gone by then leaves nothing behind.
  const gone = connect({ host: "127.0.0.1", port: server.port });
  gone.write(
    "POST /v1/things HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 12\r\n\r\n" +
      post.body,
  );
  await expect.poll(server.renderMetrics).toContain("maru_http_waiting 301");
  gone.destroy();
  mayServe = true;
  const statuses = new Set((await Promise.all(answers)).map(({ status }) => status));
  expect([...statuses].toSorted()).toEqual([200, 201]);
  const metrics = await server.renderMetrics();
  expect(metrics).toContain("maru_http_read_limit 256");
  expect(metrics).toContain("maru_http_write_limit 256");
  await expect.poll(server.renderMetrics).toContain("maru_http_main_in_flight 0");
});
