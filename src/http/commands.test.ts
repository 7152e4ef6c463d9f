import fastCheck from "fast-check";
import { Type } from "typebox";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { json, postRoute, startTestHost, type TestHost } from "../../test/support/http.ts";
import { openTestRecord, type TestRecord } from "../../test/support/record.ts";
import { defineProblem, unavailable } from "../kernel/problem.ts";
import type { ModuleSchema } from "../ports/module.ts";
import { defineRoute, type Answer } from "../ports/routes.ts";
import { canonicalJson } from "./canonical-json.ts";
import { httpSchema } from "./schema.ts";

const taken = defineProblem({ code: "test.taken", status: 409, title: "Taken." });

const notesSchema: ModuleSchema = {
  tables: {
    module: "notes",
    migrations: [
      {
        number: 1,
        name: "notes",
        sql: "CREATE SCHEMA notes; CREATE TABLE notes.notes (id bigint PRIMARY KEY, text text NOT NULL)",
      },
    ],
  },
  partitioned: [],
  events: {},
};

let world: { record: TestRecord; server: TestHost };
/** What the next commands wait for, after they have written. */
let gate: Promise<void>;
let failNext: Error | null;
let runs: number;
/** The next transaction commits, but its node never learns of it. */
let loseAnswer: boolean;

beforeAll(async () => {
  const record = await openTestRecord([httpSchema, notesSchema]);
  const server = await startTestHost(
    [
      postRoute(
        "/v1/notes",
        ({ body, command }) =>
          command(async (tx): Promise<Answer> => {
            runs += 1;
            const id = record.ids.mint();
            await tx.sql`INSERT INTO notes.notes VALUES (${id}, ${body.text})`;
            await gate;
            if (failNext !== null) {
              const error = failNext;
              failNext = null;
              throw error;
            }
            const headers = { location: `/v1/notes/${id}`, "set-cookie": "secret=1" };
            return {
              status: 201,
              json: `{"b":"${id}", "a":${JSON.stringify(body.text)}}`,
              headers,
            };
          }),
        { viewer: "optional" },
      ),
      signInRoute,
    ],
    {
      record: {
        ...record.record,
        async write(context, work) {
          const committed = await record.record.write(context, work);
          if (loseAnswer) {
            loseAnswer = false;
            throw unavailable({ retryAfterS: 1 });
          }
          return committed;
        },
      },
    },
  );
  world = { record, server };
});
afterAll(async () => {
  await world.server.host.close();
  await world.record.close();
});
beforeEach(async () => {
  gate = Promise.resolve();
  failNext = null;
  loseAnswer = false;
  runs = 0;
  await world.record.sql`TRUNCATE http.idempotency_keys, notes.notes`;
});

let minted = 0;
const password = "correct horse battery";

/** As accounts does it: the password is not hashed with the body, and the token is not kept. */
const signInRoute = defineRoute({
  method: "POST",
  path: "/v1/sign-in",
  operationId: "signIn",
  tag: "Test",
  summary: "Sign in",
  viewer: "none",
  body: Type.Object(
    { handle: Type.String(), password: Type.String() },
    { additionalProperties: false },
  ),
  answers: { 201: Type.Unknown() },
  handle: ({ body, command }) =>
    command(
      () =>
        Promise.resolve({
          status: 201,
          body: { handle: body.handle, token: `token-${(minted += 1)}` },
        }),
      {
        hashed: (given) => ({ ...(given as object), password: null }),
        kept: (answer) => ({ handle: (answer as { handle: string }).handle }),
        replay: ({ status, body: kept }) =>
          Promise.resolve(
            body.password === password
              ? { status, body: { ...(kept as object), token: `token-${(minted += 1)}` } }
              : "mismatch",
          ),
      },
    ),
});

function post(text: unknown, headers: Record<string, string>): Promise<Response> {
  return world.server.fetch("/v1/notes", json({ text }, headers));
}

const asAnna = (key: string) => ({ authorization: "Bearer anna", "idempotency-key": key });

async function noteCount(): Promise<number> {
  const [row] = await world.record.sql<{ count: number }[]>`
    SELECT count(*)::int AS count FROM notes.notes`;
  return row?.count ?? -1;
}

async function codeOf(response: Response): Promise<string> {
  return `${response.status} ${((await response.json()) as { code: string }).code}`;
}

describe("a POST with an idempotency key", () => {
  test("runs once, and its replays are the first answer to the byte", async () => {
    const first = await post("a", asAnna("k1"));
    const replay = await post("a", asAnna("k1"));
    expect([first.status, replay.status]).toEqual([201, 201]);
    expect(await replay.text()).toBe(await first.text());
    expect(replay.headers.get("location")).toBe(first.headers.get("location"));
    expect(first.headers.get("idempotency-replayed")).toBeNull();
    expect(replay.headers.get("idempotency-replayed")).toBe("true");
    expect(first.headers.get("maru-position")).not.toBeNull();
    expect(replay.headers.get("maru-position")).toMatch(/^[1-9]/);
    expect(replay.headers.get("set-cookie")).toBeNull();
    expect([runs, await noteCount()]).toEqual([1, 1]);
  });

  test("is the same whatever the order and the spelling of its members", async () => {
    await world.server.fetch("/v1/notes", json('{"text":"\\u0061"}', asAnna("k")));
    const replay = await world.server.fetch("/v1/notes", json('{ "text" : "a" }', asAnna("k")));
    expect(replay.headers.get("idempotency-replayed")).toBe("true");
  });

  test("and another body is a mismatch, and so is another target", async () => {
    await post("a", asAnna("k1"));
    expect(await codeOf(await post("b", asAnna("k1")))).toBe("422 idempotency.mismatch");
    const elsewhere = await world.server.fetch("/v1/notes?to=2", json({ text: "a" }, asAnna("k1")));
    expect(await codeOf(elsewhere)).toBe("422 idempotency.mismatch");
    expect(await noteCount()).toBe(1);
  });

  test("belongs to its account, and to its route", async () => {
    await post("a", asAnna("k1"));
    const bora = await post("a", { ...asAnna("k1"), authorization: "Bearer bora" });
    const nobody = await post("a", { "idempotency-key": "k1" });
    expect(bora.headers.get("idempotency-replayed")).toBeNull();
    expect(nobody.headers.get("idempotency-replayed")).toBeNull();
    expect(await noteCount()).toBe(3);
  });

  test("sent many times at once runs once; the others are told to wait or get the answer", async () => {
    let open = (): void => undefined;
    gate = new Promise((resolve) => {
      open = resolve;
    });
    const first = post("a", asAnna("k1"));
    await runsReach(1);
    const others = await Promise.all(Array.from({ length: 10 }, () => post("a", asAnna("k1"))));
    for (const other of others) {
      expect(other.headers.get("retry-after")).toBe("1");
      expect(await codeOf(other)).toBe("409 idempotency.in_progress");
    }
    open();
    expect((await first).status).toBe(201);
    const after = await post("a", asAnna("k1"));
    expect(after.headers.get("idempotency-replayed")).toBe("true");
    expect([runs, await noteCount()]).toEqual([1, 1]);
  });

  test("raced without any order leaves one row", async () => {
    const statuses = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const response = await post("a", asAnna(`race-${index % 4}`));
        return response.status;
      }),
    );
    expect(new Set(statuses)).toEqual(new Set([201, 409]));
    expect(await noteCount()).toBe(4);
  });

  test("that failed keeps nothing: its retry runs", async () => {
    failNext = taken();
    expect(await codeOf(await post("a", asAnna("k1")))).toBe("409 test.taken");
    failNext = unavailable({ retryAfterS: 1 });
    expect(await codeOf(await post("a", asAnna("k1")))).toBe("503 request.unavailable");
    failNext = new Error("a bug");
    expect(await codeOf(await post("a", asAnna("k1")))).toBe("500 http.internal");
    expect(await noteCount()).toBe(0);
    const retry = await post("a", asAnna("k1"));
    expect([retry.status, retry.headers.get("idempotency-replayed")]).toEqual([201, null]);
    expect(await noteCount()).toBe(1);
  });

  test("that was committed although nobody could be told is not run again", async () => {
    loseAnswer = true;
    const lost = await post("a", asAnna("k1"));
    expect(lost.headers.get("retry-after")).toBe("1");
    expect(await codeOf(lost)).toBe("503 request.unavailable");
    expect(await noteCount()).toBe(1);
    const retry = await post("a", asAnna("k1"));
    expect([retry.status, retry.headers.get("idempotency-replayed")]).toEqual([201, "true"]);
    expect([runs, await noteCount()]).toEqual([1, 1]);
  });

  test.each(["", "a b", "ä", "x".repeat(256)])("must be well formed (%s)", async (key) => {
    const response = await post("a", asAnna(encodeLatin(key)));
    expect(await codeOf(response)).toBe("400 request.invalid");
    expect(runs).toBe(0);
  });
});

describe("a sign-in with an idempotency key", () => {
  const signIn = (withPassword: string) =>
    world.server.fetch(
      "/v1/sign-in",
      json({ handle: "anna", password: withPassword }, { "idempotency-key": "k" }),
    );

  test("proves the password again and gives a new token", async () => {
    const first = (await (await signIn(password)).json()) as { token: string };
    const replay = await signIn(password);
    expect(replay.headers.get("idempotency-replayed")).toBe("true");
    const second = (await replay.json()) as { token: string; handle: string };
    expect(second.handle).toBe("anna");
    expect(second.token).not.toBe(first.token);
    expect(await codeOf(await signIn("wrong"))).toBe("422 idempotency.mismatch");
  });

  test("leaves neither the password nor a token behind", async () => {
    await signIn(password);
    await post("a", asAnna("k"));
    const rows = await world.record.sql`SELECT t::text AS text FROM http.idempotency_keys t`;
    expect(rows).toHaveLength(2);
    const all = JSON.stringify(rows);
    expect(all).toContain("anna");
    expect(all).not.toContain("token-");
    expect(all).not.toContain("secret=1");
    expect(all).not.toContain(password);
    expect(all).not.toContain(Buffer.from(password).toString("hex"));
  });
});

test("a POST without a key runs each time, and answers with its position", async () => {
  const headers = { authorization: "Bearer anna" };
  const [a, b] = [await post("a", headers), await post("a", headers)];
  expect(a.headers.get("maru-position")).not.toBeNull();
  expect(b.status).toBe(201);
  expect(await noteCount()).toBe(2);
});

test("keys older than a day are deleted, younger ones kept", async () => {
  await post("a", asAnna("old"));
  await post("a", asAnna("new"));
  await world.record.sql`
    UPDATE http.idempotency_keys SET created_at = now() - interval '26 hours' WHERE key = 'old'`;
  await world.server.host.jobs[0]?.run();
  const rows = await world.record.sql`SELECT key FROM http.idempotency_keys`;
  expect(rows.map(({ key }) => String(key))).toEqual(["new"]);
});

test("canonical JSON is one text for all orders of the same members", () => {
  fastCheck.assert(
    fastCheck.property(fastCheck.jsonValue({ maxDepth: 4 }), (value) => {
      const text = canonicalJson(value);
      expect(canonicalJson(reversed(value))).toBe(text);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(reversed);
  }
  return typeof value === "object" && value !== null
    ? Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, member]) => [key, reversed(member)]),
      )
    : value;
}

/** fetch takes header values as Latin-1, byte for byte. */
function encodeLatin(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

async function runsReach(count: number): Promise<void> {
  while (runs < count) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
