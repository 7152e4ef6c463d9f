import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startTestHost, streamRoute, type TestHost } from "../../test/support/http.ts";
import { openTestRecord, type TestRecord } from "../../test/support/record.ts";
import { httpSchema } from "./schema.ts";

/** Commands whose body is a stream: their handler tells what it was. */

let record: TestRecord;
let server: TestHost;
let runs: number;

beforeAll(async () => {
  record = await openTestRecord([httpSchema]);
  const file = (path: string, isHashed: boolean) =>
    streamRoute(path, async ({ incoming, command }) => {
      const bytes = await buffer(incoming);
      const digest = createHash("sha256").update(bytes).digest("hex");
      const work = (): Promise<{ status: number; body: unknown }> => {
        runs += 1;
        return Promise.resolve({ status: 201, body: { run: runs, bytes: bytes.length } });
      };
      return command(work, isHashed ? { hashed: (body) => ({ body, digest }) } : {});
    });
  server = await startTestHost([file("/v1/files", true), file("/v1/unhashed", false)], {
    record: record.record,
    log: { waitFor: () => Promise.resolve(true) },
  });
});

afterAll(async () => {
  await server.host.close();
  await record.close();
});

beforeEach(() => {
  runs = 0;
});

async function send(path: string, key: string | null, body: string) {
  const response = await server.fetch(path, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/octet-stream",
      ...(key === null ? {} : { "idempotency-key": key }),
    },
  });
  const replayed = response.headers.get("idempotency-replayed");
  return { status: response.status, replayed, body: await response.json() };
}

test("the same bytes under the same key have their effect once", async () => {
  const first = { run: 1, bytes: 5 };
  expect(await send("/v1/files", "a", "bytes")).toEqual({
    status: 201,
    replayed: null,
    body: first,
  });
  expect(await send("/v1/files", "a", "bytes")).toEqual({
    status: 201,
    replayed: "true",
    body: first,
  });
  expect(await send("/v1/files", null, "bytes")).toMatchObject({ body: { run: 2 } });
});

test("other bytes under the same key are another request", async () => {
  await send("/v1/files", "b", "bytes");
  expect(await send("/v1/files", "b", "other")).toMatchObject({
    status: 422,
    body: { code: "idempotency.mismatch" },
  });
  expect(runs).toBe(1);
});

test("a key that is none is refused before the bytes are read", async () => {
  expect(await send("/v1/files", "two words", "bytes")).toMatchObject({ status: 400 });
});

test("a handler that does not tell what the bytes were keeps nothing under a key", async () => {
  expect(await send("/v1/unhashed", null, "bytes")).toMatchObject({ status: 201 });
  expect(await send("/v1/unhashed", "c", "bytes")).toMatchObject({ status: 500 });
  expect(runs).toBe(1);
});
