import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { internalContext } from "../../kernel/context.ts";
import {
  openAccountsWorld,
  usualPassword,
  type AccountsWorld,
} from "../../../test/support/accounts-world.ts";

let world: AccountsWorld;
beforeAll(async () => {
  world = await openAccountsWorld();
});
afterAll(() => world.close());

const person = (handle: string): { handle: string; name: string; password: string } => ({
  handle,
  name: "김철수",
  password: usualPassword,
});

describe("sign-up", () => {
  it("makes an account and a token that is good at once", async () => {
    const { status, body, headers } = await world.ask("signUp", {
      body: { ...person("Chulsoo_1"), locale: "ko", timeZone: "Asia/Seoul" },
    });
    expect(status).toBe(201);
    expect(Object.keys(body)).toEqual(["account", "token"]);
    expect(Object.entries(body.account ?? {})).toEqual([
      ["id", expect.stringMatching(/^[1-9]\d*$/)],
      ["handle", "chulsoo_1"],
      ["name", "김철수"],
      ["bio", ""],
      ["avatarUrl", null],
      ["createdAt", expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)],
      ["counts", { stories: 0, friends: 0, followers: 0, following: 0 }],
    ]);
    expect(headers).not.toHaveProperty("set-cookie");
    const me = await world.ask("getOwnAccount", { token: body.token ?? "" });
    expect(me.body.account).toMatchObject({
      id: body.account?.id,
      counts: { stories: 4, friends: 3, followers: 2, following: 1 },
      locale: "ko",
      timeZone: "Asia/Seoul",
      privacy: "friends",
    });
  });

  it("takes language and time zone from the request, else English and UTC", async () => {
    const korean = await world.ask("signUp", {
      body: person("from_header"),
      headers: { "accept-language": "ko-KR,en;q=0.5" },
    });
    const me = await world.ask("getOwnAccount", { token: korean.body.token ?? "" });
    expect(me.body.account).toMatchObject({ locale: "ko", timeZone: "UTC" });
    const other = await world.join("without_header");
    const them = await world.ask("getOwnAccount", { token: other.token });
    expect(them.body.account).toMatchObject({ locale: "en", timeZone: "UTC" });
  });

  it("puts the token into a cookie alone for who asks for one", async () => {
    const body = { ...person("cookie_monster"), cookie: true };
    const plain = await world.ask("signUp", { body });
    expect(plain.status).toBe(201);
    expect(plain.body).not.toHaveProperty("token");
    expect(plain.headers["set-cookie"]).toMatch(
      /^maru_session=[\w-]{68}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/,
    );
    const secure = await world.ask("signIn", {
      body: { handle: "cookie_monster", password: usualPassword, cookie: true },
      secure: true,
    });
    expect(secure.headers["set-cookie"]).toMatch(/; Secure$/);
    const token = /=([\w-]{68});/.exec(plain.headers["set-cookie"] ?? "")?.[1] ?? "";
    expect((await world.ask("getOwnAccount", { token })).status).toBe(200);
  });

  it.each([
    ["handle", { handle: "x" }],
    ["handle", { handle: "김철수" }],
    ["handle", { handle: "a\u0000b" }],
    ["handle", { handle: 7 }],
    ["name", { name: "" }],
    ["name", { name: "\u202eevil" }],
    ["name", { name: "a".repeat(51) }],
    ["password", { password: "1234567" }],
    ["password", { password: "1234567\ud800" }],
    ["locale", { locale: "fr" }],
    ["timeZone", { timeZone: "Mars/Olympus" }],
    ["admin", { admin: true }],
  ])("refuses a wrong %s: %j", async (field, wrong) => {
    const { status, code, body } = await world.ask("signUp", {
      body: { ...person("refused"), ...wrong },
    });
    expect([status, code]).toEqual([400, "request.invalid"]);
    expect(body.errors?.map(({ path }) => path)).toEqual([`/${field}`]);
  });

  it("tells everything that is wrong at once", async () => {
    const { body } = await world.ask("signUp", {
      body: { handle: "two_wrong", name: "\n", password: "1234567\ud800", timeZone: "x" },
    });
    expect(body.errors?.map(({ path }) => path)).toEqual(["/name", "/timeZone", "/password"]);
  });

  it("gives a handle to one person, whatever its case", async () => {
    await world.join("taken");
    const again = await world.ask("signUp", { body: person("TAKEN") });
    expect([again.status, again.code]).toEqual([409, "accounts.handle_taken"]);
  });

  it.each(["me", "Admin", "maru"])("keeps the handle %j for nobody", async (handle) => {
    const { status, code } = await world.ask("signUp", { body: person(handle) });
    expect([status, code]).toEqual([409, "accounts.handle_taken"]);
  });

  it("gives a handle that many want at once to exactly one", async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => world.ask("signUp", { body: person("wanted") })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([
      201,
      ...Array<number>(7).fill(409),
    ]);
    const rows = await world.test.sql`SELECT 1 FROM accounts.accounts WHERE handle = 'wanted'`;
    expect(rows).toHaveLength(1);
  });

  it("says in the log whom it made, by id alone", async () => {
    const { id } = await world.join("in_the_log");
    const event = world.test.events.find(({ aggregate }) => aggregate.id === id);
    expect(event).toMatchObject({
      type: "accounts.created.v1",
      aggregate: { type: "account", version: 1 },
      data: { accountId: String(id), version: 1 },
    });
  });

  it("stores neither password nor token", async () => {
    const { body } = await world.ask("signUp", {
      body: { ...person("secretive"), password: "n0t stored anywhere" },
      headers: { "idempotency-key": "secretive-1" },
    });
    const rows = await world.test.sql`
      SELECT row_to_json(a)::text AS text FROM accounts.accounts a WHERE handle = 'secretive'
      UNION ALL SELECT row_to_json(s)::text FROM accounts.sessions s
      UNION ALL SELECT row_to_json(k)::text FROM http.idempotency_keys k
      UNION ALL SELECT row_to_json(o)::text FROM log.outbox o`;
    const all = JSON.stringify(rows);
    expect(all).toContain("secretive-1");
    expect(all).toContain("$argon2id$");
    expect(all).not.toContain("n0t stored");
    expect(body.token).toHaveLength(68);
    expect(all).not.toContain(body.token);
  });
});

describe("sign-up with an idempotency key", () => {
  const headers = { "idempotency-key": "sign-up-1" };

  it("makes one account, and a token each time", async () => {
    const first = await world.ask("signUp", { body: person("once"), headers });
    const again = await world.ask("signUp", { body: person("once"), headers });
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.headers["idempotency-replayed"]).toBe("true");
    expect(again.body.account?.id).toBe(first.body.account?.id);
    expect(again.body.token).not.toBe(first.body.token);
    for (const { body } of [first, again]) {
      const me = await world.ask("getOwnAccount", { token: body.token ?? "" });
      expect(me.body.account?.id).toBe(first.body.account?.id);
    }
  });

  it("hands no token to who knows the key and not the password", async () => {
    const body = { ...person("once"), password: "another password" };
    const { status, code } = await world.ask("signUp", { body, headers });
    expect([status, code]).toEqual([422, "idempotency.mismatch"]);
  });

  it("refuses another body", async () => {
    const { code } = await world.ask("signUp", { body: person("other"), headers });
    expect(code).toBe("idempotency.mismatch");
  });

  it("sets a cookie again for who asked for one", async () => {
    const keyed = { "idempotency-key": "sign-up-cookie" };
    const body = { ...person("cookie_twice"), cookie: true };
    const first = await world.ask("signUp", { body, headers: keyed });
    const again = await world.ask("signUp", { body, headers: keyed });
    expect(again.body).not.toHaveProperty("token");
    expect(again.headers["set-cookie"]).toMatch(/^maru_session=[\w-]{68};/);
    expect(again.headers["set-cookie"]).not.toBe(first.headers["set-cookie"]);
  });
});

describe("who is who", () => {
  it("is known by id and by handle, in the order asked, null for nobody", async () => {
    const { contract } = world.accounts;
    const context = internalContext("test");
    const a = await world.join("known_a");
    const b = await world.join("known_b");
    const found = await contract.summaries(context, [b.id, 5n, a.id, b.id]);
    expect(found.map((account) => account?.handle ?? null)).toEqual([
      "known_b",
      null,
      "known_a",
      "known_b",
    ]);
    expect(JSON.parse(found[0]?.json ?? "")).toEqual(found[0]?.summary);
    expect((await contract.resolve(context, "@Known_A"))?.id).toBe(a.id);
    expect((await contract.resolve(context, String(a.id)))?.handle).toBe("known_a");
    for (const nobody of ["@nobody", "@", "", "known_a", "05", "@\u0000", "-1", "9".repeat(30)]) {
      expect(await contract.resolve(context, nobody)).toBeNull();
    }
  });

  it("is asked of the record once", async () => {
    const { id } = await world.join("asked_once");
    const node = world.anotherNode();
    const context = internalContext("test");
    const misses = (): number => world.counted.get("maru_accounts_summary_misses_total") ?? 0;
    const before = misses();
    const both = await Promise.all([1, 2].map(() => node.contract.summaries(context, [id])));
    expect(both.map(([account]) => account?.handle)).toEqual(["asked_once", "asked_once"]);
    await node.contract.summaries(context, [id]);
    expect(misses() - before).toBe(1);
  });
});
