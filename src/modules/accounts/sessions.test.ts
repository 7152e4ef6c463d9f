import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { internalContext } from "../../kernel/context.ts";
import {
  openAccountsWorld,
  passwordAttemptsMax,
  usualPassword,
  type AccountsWorld,
} from "../../../test/support/accounts-world.ts";
import { sessionsMax } from "./session-commands.ts";
import { mintToken } from "./tokens.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const context = internalContext("test");

let world: AccountsWorld;
beforeAll(async () => {
  world = await openAccountsWorld();
});
afterAll(() => world.close());

async function signIn(handle: string, userAgent = "a browser"): Promise<string> {
  const { status, body } = await world.ask("signIn", {
    body: { handle, password: usualPassword },
    headers: { "user-agent": userAgent },
  });
  expect(status).toBe(201);
  return body.token ?? "";
}

const isGood = async (token: string): Promise<boolean> =>
  (await world.accounts.contract.authenticate(context, token)) !== null;

describe("sign-in", () => {
  it("gives a token for handle and password", async () => {
    const { id } = await world.join("signs_in");
    const { status, body } = await world.ask("signIn", {
      body: { handle: "Signs_In", password: usualPassword },
    });
    expect(status).toBe(201);
    expect(body.account).toMatchObject({ id: String(id), counts: { stories: 4, friends: 3 } });
    const viewer = await world.accounts.contract.authenticate(context, body.token ?? "");
    expect(viewer?.accountId).toBe(id);
  });

  it("says the same, after the same work, for a wrong password and for nobody's handle", async () => {
    await world.join("is_there");
    const hashes = (): number => world.counted.get("maru_accounts_password_hashes_total") ?? 0;
    const refusals: unknown[] = [];
    for (const handle of ["is_there", "not_there", "no handle at all"]) {
      const before = hashes();
      const { status, code, body } = await world.ask("signIn", {
        body: { handle, password: "wrong password" },
      });
      refusals.push({ status, code, body, hashes: hashes() - before });
    }
    const same = {
      status: 401,
      code: "accounts.bad_credentials",
      body: { errors: [], retryAfterS: 0 },
      hashes: 1,
    };
    expect(refusals).toEqual([same, same, same]);
  });

  it("listens to no password, not even the right one, after too many wrong ones", async () => {
    const { token } = await world.join("is_guessed");
    const guess = (password: string) =>
      world.ask("signIn", { body: { handle: "is_guessed", password } });
    for (let n = 0; n < passwordAttemptsMax; n += 1) {
      expect((await guess(`wrong ${String(n)}`)).status).toBe(401);
    }
    const refused = { status: 429, code: "accounts.too_many_attempts" };
    expect(await guess("one more")).toMatchObject(refused);
    expect(await guess(usualPassword)).toMatchObject(refused);
    const change = { current: usualPassword, next: "another password" };
    expect(await world.ask("changePassword", { token, body: change })).toMatchObject(refused);
    expect(
      await world.ask("deleteOwnAccount", { token, body: { password: usualPassword } }),
    ).toMatchObject(refused);
    expect(await isGood(token)).toBe(true);
  });

  it("renews a hash that was made with weaker parameters, also for two at once", async () => {
    const strong = await openAccountsWorld({ concurrencyMax: 2, queueMax: 9, memoryKiB: 16 });
    try {
      const { id } = await strong.join("renewed");
      const weak = await world.accounts.contract.hashPassword(context, usualPassword);
      await strong.test.sql`UPDATE accounts.accounts SET password_hash = ${weak} WHERE id = ${id}`;
      const question = { body: { handle: "renewed", password: usualPassword } };
      const answers = await Promise.all([1, 2, 3].map(() => strong.ask("signIn", question)));
      expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
      const [row] = await strong.test.sql<{ password_hash: string }[]>`
        SELECT password_hash FROM accounts.accounts WHERE id = ${id}`;
      expect(row?.password_hash).toContain("m=16,");
      expect((await strong.ask("signIn", question)).status).toBe(201);
    } finally {
      await strong.close();
    }
  });

  it("with a key gives the same account a token each time, and none for another password", async () => {
    await world.join("keyed");
    const headers = { "idempotency-key": "sign-in-1" };
    const body = { handle: "keyed", password: usualPassword };
    const first = await world.ask("signIn", { body, headers });
    const again = await world.ask("signIn", { body, headers });
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.headers["idempotency-replayed"]).toBe("true");
    expect(again.body.account).toEqual(first.body.account);
    expect(again.body.token).not.toBe(first.body.token);
    const wrong = await world.ask("signIn", { body: { ...body, password: "wrong one" }, headers });
    expect([wrong.status, wrong.code]).toEqual([422, "idempotency.mismatch"]);
    const unused = await world.ask("signIn", {
      body: { ...body, password: "wrong one" },
      headers: { "idempotency-key": "sign-in-2" },
    });
    expect([unused.status, unused.code]).toEqual([401, "accounts.bad_credentials"]);
    const right = await world.ask("signIn", { body, headers: { "idempotency-key": "sign-in-2" } });
    expect(right.status).toBe(201);
  });

  it("ends the session that was not used for longest when there are too many", async () => {
    const { id, token } = await world.join("many_devices");
    expect(await isGood(token)).toBe(true);
    await world.test.sql`
      INSERT INTO accounts.sessions (account_id, id, token_hash, user_agent, last_used_ms)
      SELECT ${id}, n, '\\x00', 'old', ${BigInt(Date.now())}::bigint + n
      FROM generate_series(1, ${sessionsMax - 1}) AS n`;
    const newest = await signIn("many_devices");
    expect(await isGood(token)).toBe(false);
    expect(await isGood(newest)).toBe(true);
    const [row] = await world.test.sql<{ count: bigint }[]>`
      SELECT count(*) FROM accounts.sessions WHERE account_id = ${id}`;
    expect(Number(row?.count)).toBe(sessionsMax);
  });
});

describe("sessions", () => {
  it("are listed newest first, in pages, with the current one marked", async () => {
    const { token } = await world.join("lists");
    const phone = await signIn("lists", "phone\u0007\u001b");
    await signIn("lists", "x".repeat(1_000));
    const first = await world.ask("listSessions", { token: phone, query: "limit=2" });
    expect(first.status).toBe(200);
    expect(first.body.items?.map(({ userAgent, current }) => [userAgent, current])).toEqual([
      ["x".repeat(300), false],
      ["phone", true],
    ]);
    const next = `limit=2&cursor=${first.body.nextCursor ?? ""}`;
    const second = await world.ask("listSessions", { token: phone, query: next });
    expect(second.body).toMatchObject({ items: [{ current: false }], nextCursor: null });
    expect(second.body.items?.[0]).toMatchObject({
      createdAt: expect.stringMatching(/Z$/) as string,
      lastUsedAt: expect.stringMatching(/Z$/) as string,
    });
    const other = await world.join("lists_other");
    const foreign = await world.ask("listSessions", { token: other.token, query: next });
    expect(foreign.status).toBe(400);
    expect(await isGood(token)).toBe(true);
  });

  it("end here", async () => {
    const { id, token } = await world.join("ends_here");
    const other = await signIn("ends_here");
    const answer = await world.ask("signOut", { token });
    expect(answer.status).toBe(204);
    expect(answer.headers["set-cookie"]).toMatch(/^maru_session=; .*Max-Age=0/);
    expect([await isGood(token), await isGood(other)]).toEqual([false, true]);
    expect((await world.ask("signOut", { token })).status).toBe(401);
    const ended = world.test.events.at(-1);
    expect(ended).toMatchObject({
      type: "accounts.sessions_ended.v1",
      data: { accountId: String(id), sessionIds: [expect.any(String)] },
    });
  });

  it("end everywhere, and nobody else's", async () => {
    const { token } = await world.join("ends_all");
    const others = [await signIn("ends_all"), await signIn("ends_all")];
    const stranger = await world.join("ends_none");
    expect((await world.ask("signOutEverywhere", { token })).status).toBe(204);
    const good = await Promise.all([token, ...others, stranger.token].map(isGood));
    expect(good).toEqual([false, false, false, true]);
  });

  it("end one by one, by id, as often as asked", async () => {
    const { token } = await world.join("ends_one");
    const other = await signIn("ends_one");
    const list = await world.ask("listSessions", { token });
    const id = list.body.items?.find(({ current }) => current === false)?.id ?? "";
    const stranger = await world.join("ends_foreign");
    expect((await world.ask("endSession", { token: stranger.token, id })).status).toBe(204);
    expect(await isGood(other)).toBe(true);
    expect((await world.ask("endSession", { token, id })).status).toBe(204);
    expect([await isGood(other), await isGood(token)]).toEqual([false, true]);
    expect((await world.ask("endSession", { token, id })).status).toBe(204);
    expect((await world.ask("endSession", { token, id: "x" })).status).toBe(404);
  });

  it("end on another node when the event comes there", async () => {
    const { token } = await world.join("two_nodes");
    const node = world.anotherNode();
    expect(await node.contract.authenticate(context, token)).not.toBeNull();
    await world.ask("signOut", { token });
    const event = world.test.events.at(-1);
    await node.views[0]?.apply(event!, { repeated: false });
    expect(await node.contract.authenticate(context, token)).toBeNull();
  });

  it("end for a request that was just loading one", async () => {
    const { token } = await world.join("just_loading");
    const node = world.anotherNode();
    world.test.views.push(...node.views);
    const held = Promise.withResolvers<undefined>();
    const loaded = Promise.withResolvers<undefined>();
    world.afterRead.wait = () => {
      loaded.resolve(undefined);
      return held.promise;
    };
    const early = node.contract.authenticate(context, token);
    await loaded.promise;
    world.afterRead.wait = () => Promise.resolve();
    // This node has the session in memory; the other has read its row and not yet used it.
    expect((await world.ask("signOutEverywhere", { token })).status).toBe(204);
    expect(await node.contract.authenticate(context, token)).toBeNull();
    held.resolve(undefined);
    expect(await early).toBeNull();
    expect(await node.contract.authenticate(context, token)).toBeNull();
  });

  /** As a node that stops does. */
  async function noteUses(): Promise<void> {
    await world.accounts.stop();
    await world.accounts.start();
  }

  it("end when nobody used them for 90 days, and not before", async () => {
    const { id, token } = await world.join("unused");
    const used = await signIn("unused");
    try {
      world.clock.aheadMs = 60 * dayMs;
      expect(await isGood(used)).toBe(true);
      await noteUses();
      world.clock.aheadMs = 91 * dayMs;
      const fresh = world.anotherNode();
      expect(await fresh.contract.authenticate(context, token)).toBeNull();
      expect(await isGood(token)).toBe(false);
      expect(await fresh.contract.authenticate(context, used)).not.toBeNull();
      const list = await world.ask("listSessions", { token: used });
      expect(list.body.items).toHaveLength(1);
      await world.accounts.jobs[0]?.run();
      const rows = await world.test.sql`SELECT 1 FROM accounts.sessions WHERE account_id = ${id}`;
      expect(rows).toHaveLength(1);
    } finally {
      world.clock.aheadMs = 0;
    }
  });

  it("note their use once an hour, off the request's path", async () => {
    const { id, token } = await world.join("touches");
    const lastUse = async (): Promise<bigint> => {
      await noteUses();
      const [row] = await world.test.sql<{ last_used_ms: bigint }[]>`
        SELECT last_used_ms FROM accounts.sessions WHERE account_id = ${id}`;
      return row?.last_used_ms ?? 0n;
    };
    try {
      const first = await lastUse();
      world.clock.aheadMs = hourMs - 60_000;
      expect(await isGood(token)).toBe(true);
      expect(await lastUse()).toBe(first);
      world.clock.aheadMs = hourMs + 60_000;
      expect(await isGood(token)).toBe(true);
      expect(await lastUse()).toBeGreaterThan(first);
    } finally {
      world.clock.aheadMs = 0;
    }
  });
});

describe("a token", () => {
  it("is good for its own session alone, from memory too", async () => {
    const { token } = await world.join("forged");
    const viewer = await world.accounts.contract.authenticate(context, token);
    const forged = mintToken(viewer!);
    expect(await isGood(forged)).toBe(false);
    expect(await isGood(token)).toBe(true);
    expect(await isGood(mintToken({ accountId: 1n, sessionId: viewer!.sessionId }))).toBe(false);
    for (const text of ["", "x", "\u0000", token.slice(1), `${token}=`, "é".repeat(68)]) {
      expect(await isGood(text)).toBe(false);
    }
  });

  it("is found in memory without a query", async () => {
    const { token } = await world.join("remembered");
    expect(await isGood(token)).toBe(true);
    world.afterRead.wait = () => Promise.reject(new Error("the record was asked"));
    try {
      expect(await isGood(token)).toBe(true);
      const sure = { ...context, bypassViews: true };
      await expect(world.accounts.contract.authenticate(sure, token)).rejects.toThrow("asked");
    } finally {
      world.afterRead.wait = () => Promise.resolve();
    }
  });

  it("is in the memory of another node before it comes there, the last used first", async () => {
    const [early, late] = [await world.join("used_early"), await world.join("used_late")];
    // Later than any clock of these tests.
    const lateMs = BigInt(Date.now() + 1_000 * dayMs);
    for (const [{ id }, usedMs] of [
      [early, lateMs],
      [late, lateMs + 1n],
    ] as const) {
      await world.test.sql`
        UPDATE accounts.sessions SET last_used_ms = ${usedMs} WHERE account_id = ${id}`;
    }
    const other = world.anotherNode().contract;
    const recent = await other.recentSessions(context, 2);
    expect(recent.map(({ accountId }) => accountId)).toEqual([late.id, early.id]);
    await other.preloadSessions(context, [...recent, { accountId: 1n, sessionId: 1n }]);
    world.afterRead.wait = () => Promise.reject(new Error("the record was asked"));
    try {
      expect(await other.authenticate(context, late.token)).toEqual(recent[0]);
      expect(await other.authenticate(context, early.token)).toEqual(recent[1]);
      expect(await other.authenticate(context, mintToken(recent[0]!))).toBeNull();
    } finally {
      world.afterRead.wait = () => Promise.resolve();
    }
  });

  it("is minted for operators, for who is active alone", async () => {
    const { id } = await world.join("minted");
    const token = await world.accounts.contract.mintToken(context, id);
    expect((await world.accounts.contract.authenticate(context, token ?? ""))?.accountId).toBe(id);
    expect(await world.accounts.contract.mintToken(context, 5n)).toBeNull();
  });
});

describe("changing the password", () => {
  const change = (token: string, body: object): ReturnType<AccountsWorld["ask"]> =>
    world.ask("changePassword", { token, body });

  it("signs out elsewhere and keeps the current session", async () => {
    const { token } = await world.join("changes");
    const other = await signIn("changes");
    const { status } = await change(token, { current: usualPassword, next: "battery staple" });
    expect(status).toBe(204);
    expect([await isGood(token), await isGood(other)]).toEqual([true, false]);
    const old = await world.ask("signIn", { body: { handle: "changes", password: usualPassword } });
    expect(old.status).toBe(401);
    const fresh = await world.ask("signIn", {
      body: { handle: "changes", password: "battery staple" },
    });
    expect(fresh.status).toBe(201);
  });

  it("needs the current one, and a good next one", async () => {
    const { token } = await world.join("keeps");
    const wrong = await change(token, { current: "wrong password", next: "battery staple" });
    expect([wrong.status, wrong.code]).toEqual([403, "accounts.bad_password"]);
    const short = await change(token, { current: usualPassword, next: "short" });
    expect(short.body.errors?.map(({ path }) => path)).toEqual(["/next"]);
    const broken = await change(token, { current: usualPassword, next: "1234567\ud800" });
    expect(broken.status).toBe(400);
    expect((await signIn("keeps")).length).toBe(68);
  });

  it("lets one of two at once win, and leaves no session of the old password", async () => {
    const { token } = await world.join("race");
    const bodies = ["first choice", "second choice"].map((next) => ({
      current: usualPassword,
      next,
    }));
    const [a, b, ...signIns] = await Promise.all([
      ...bodies.map((body) => change(token, body)),
      ...[1, 2, 3].map(() =>
        world.ask("signIn", { body: { handle: "race", password: usualPassword } }),
      ),
    ]);
    expect([a?.status, b?.status].sort()).toEqual([204, 403]);
    for (const { body } of signIns) {
      expect(body.token === undefined || !(await isGood(body.token))).toBe(true);
    }
    expect(await isGood(token)).toBe(true);
  });
});
