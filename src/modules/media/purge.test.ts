import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { contextOf } from "../../../test/support/ask-module.ts";
import type { EventEnvelope } from "../../ports/log.ts";
import { createPurge } from "./purge.ts";

let cache: Server;
let requests: string[] = [];
/** What the cache answers, one after another, and then 200. */
let statuses: number[] = [];

beforeAll(async () => {
  cache = createServer((request, response) => {
    requests.push(`${request.method ?? ""} ${request.url ?? ""}`);
    response.statusCode = statuses.shift() ?? 200;
    response.end("purged");
  });
  await new Promise<void>((resolve) => cache.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  cache.closeAllConnections();
  cache.close();
});
beforeEach(() => {
  requests = [];
  statuses = [];
});

const atMs = 1_790_000_000_000;
const paths = ["/media/7.secret/320.webp", "/media/7.secret/640.webp"];

/** `ageMs`: how long ago the addresses were withdrawn. */
async function purge(ageMs: number, path = ""): Promise<void> {
  const { port } = cache.address() as AddressInfo;
  const worker = createPurge({
    purgeUrl: `http://127.0.0.1:${port}${path}`,
    clock: { nowMs: () => atMs + ageMs },
  });
  const event = { atMs, data: { mediaId: "7", paths } } as unknown as EventEnvelope;
  await worker.work(contextOf(null), event, AbortSignal.timeout(10_000));
}

const once = paths.map((path) => `PURGE ${path}`);

it("a cache is told once of what was withdrawn a while ago, and 404 is fine", async () => {
  statuses = [404, 200];
  await purge(60_000);
  expect(requests).toEqual(once);
});

it("it is told again of what was withdrawn just now, when no node gives it out any more", async () => {
  await purge(2_990);
  expect(requests).toEqual([...once, ...once]);
});

it("the address of the cache may have a path", async () => {
  await purge(60_000, "/purge/");
  expect(requests).toEqual(paths.map((path) => `PURGE /purge${path}`));
});

it("fails where the cache does not take it, so that it is told again", async () => {
  statuses = [405];
  await expect(purge(60_000)).rejects.toThrow("the cache answers 405 to a purge");
});
