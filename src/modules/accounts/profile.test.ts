import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { internalContext } from "../../kernel/context.ts";
import {
  openAccountsWorld,
  pairKey,
  usualPassword,
  type AccountsWorld,
  type Asked,
} from "../../../test/support/accounts-world.ts";

const context = internalContext("test");

let world: AccountsWorld;
beforeAll(async () => {
  world = await openAccountsWorld();
});
afterAll(() => world.close());

const update = (token: string, body: object): Promise<Asked> =>
  world.ask("updateOwnAccount", { token, body });

describe("changing one's account", () => {
  it("is in force in the next read, with a version of its own", async () => {
    const { id, token } = await world.join("changes_all");
    const [before] = await world.accounts.contract.summaries(context, [id]);
    const { status, body } = await update(token, {
      name: "이름".normalize("NFD"),
      bio: "one\ntwo",
      avatarId: null,
      locale: "ja",
      timeZone: "asia/tokyo",
      privacy: "everyone",
    });
    expect(status).toBe(200);
    expect(Object.keys(body.account ?? {})).toEqual([
      "id",
      "handle",
      "name",
      "bio",
      "avatarUrl",
      "createdAt",
      "counts",
      "locale",
      "timeZone",
      "privacy",
    ]);
    expect(body.account).toMatchObject({
      name: "이름",
      bio: "one\ntwo",
      locale: "ja",
      timeZone: "Asia/Tokyo",
      privacy: "everyone",
    });
    expect((await world.ask("getOwnAccount", { token })).body).toEqual(body);
    const [after] = await world.accounts.contract.summaries(context, [id]);
    expect(after).toMatchObject({ locale: "ja", privacy: "everyone" });
    expect(after?.summary.name).toBe("이름");
    expect([before?.version, after?.version]).toEqual([1, 2]);
    expect(world.test.events.at(-1)).toMatchObject({
      type: "accounts.updated.v1",
      aggregate: { type: "account", id, version: 2 },
      data: { accountId: String(id), version: 2 },
    });
  });

  it("is no new version when nothing is different", async () => {
    const { token } = await world.join("changes_nothing");
    const events = world.test.events.length;
    const { status, body } = await update(token, {});
    expect([status, body.account?.name]).toEqual([200, "changes_nothing"]);
    await update(token, { name: "changes_nothing", privacy: "friends" });
    expect(world.test.events).toHaveLength(events);
  });

  it.each([
    ["/name", { name: "\n" }],
    ["/name", { name: "" }],
    ["/bio", { bio: "a".repeat(501) }],
    ["/bio", { bio: "\u0000" }],
    ["/avatarId", { avatarId: "17" }],
    ["/avatarId", { avatarId: 17 }],
    ["/locale", { locale: "de" }],
    ["/timeZone", { timeZone: "+09:00" }],
    ["/privacy", { privacy: "some" }],
    ["/privacy", { privacy: { friends: "nobody" } }],
    ["/handle", { handle: "other" }],
  ])("refuses a wrong %s", async (path, body) => {
    const token = await world.accounts.contract.mintToken(context, (await someone()).id);
    const answer = await update(token ?? "", body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors?.map((error) => error.path)).toContain(path);
  });

  it("gives each of many at once a version", async () => {
    const { id, token } = await world.join("changes_often");
    const names = Array.from({ length: 10 }, (_, n) => `name ${n}`);
    await Promise.all(names.map((name) => update(token, { name })));
    const [after] = await world.accounts.contract.summaries(context, [id]);
    expect(after?.version).toBe(11);
    const versions = world.test.events
      .filter(({ type, aggregate }) => type === "accounts.updated.v1" && aggregate.id === id)
      .map(({ aggregate }) => aggregate.version);
    expect(versions.sort((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    const [row] = await world.test.sql<{ name: string }[]>`
      SELECT name FROM accounts.accounts WHERE id = ${id}`;
    expect(after?.summary.name).toBe(row?.name);
  });

  it("reaches another node with the event, and a late event changes nothing", async () => {
    const { id, token } = await world.join("other_node");
    const node = world.anotherNode();
    const nameThere = async (): Promise<string | undefined> =>
      (await node.contract.summaries(context, [id]))[0]?.summary.name;
    expect(await nameThere()).toBe("other_node");
    await update(token, { name: "second" });
    await update(token, { name: "third" });
    const [second, third] = world.test.events.slice(-2);
    const misses = (): number => world.counted.get("maru_accounts_summary_misses_total") ?? 0;
    await node.views[0]?.apply(third!, { repeated: false });
    expect(await nameThere()).toBe("third");
    const before = misses();
    await node.views[0]?.apply(second!, { repeated: false });
    await node.views[0]?.apply(third!, { repeated: true });
    expect(await nameThere()).toBe("third");
    expect(misses()).toBe(before);
  });
});

let made: { id: bigint } | undefined;
async function someone(): Promise<{ id: bigint }> {
  made ??= await world.join("someone");
  return made;
}

describe("showing an account", () => {
  it("needs no viewer, and goes by id or handle", async () => {
    const { id } = await world.join("shown");
    for (const name of [String(id), "@shown", "@SHOWN"]) {
      const { status, body } = await world.ask("getAccount", { id: name });
      expect(status).toBe(200);
      expect(Object.keys(body)).toEqual(["account"]);
      expect(body.account).toMatchObject({
        id: String(id),
        counts: { stories: 4, friends: 3, followers: 2, following: 1 },
      });
      expect(body.account).not.toHaveProperty("privacy");
    }
    for (const nobody of ["shown", "17", "@nobody", "me too", "\u0000", "@\u0000"]) {
      const { status, code } = await world.ask("getAccount", { id: nobody });
      expect([status, code]).toEqual([404, "request.not_found"]);
    }
  });

  it("tells a viewer how they stand to each other", async () => {
    const a = await world.join("stands_a");
    const b = await world.join("stands_b");
    world.relations.set(pairKey(a.id, b.id), { friend: "received", followedBy: true, muted: true });
    const { body } = await world.ask("getAccount", { token: a.token, id: "@stands_b" });
    expect(Object.entries(body.relationship ?? {})).toEqual([
      ["friend", "received"],
      ["following", false],
      ["followedBy", true],
      ["muted", true],
      ["blocked", false],
    ]);
    const self = await world.ask("getAccount", { token: a.token, id: String(a.id) });
    expect(self.body.relationship).toEqual({
      friend: "none",
      following: false,
      followedBy: false,
      muted: false,
      blocked: false,
    });
  });

  it("hides those who block each other, whoever it was", async () => {
    const a = await world.join("blocks_a");
    const b = await world.join("blocks_b");
    world.relations.set(pairKey(a.id, b.id), { blocked: true });
    world.relations.set(pairKey(b.id, a.id), { blockedBy: true });
    const pairs = [
      { token: a.token, id: String(b.id) },
      { token: b.token, id: "@blocks_a" },
    ];
    for (const question of pairs) {
      const { status, code } = await world.ask("getAccount", question);
      expect([status, code]).toEqual([404, "request.not_found"]);
    }
    expect((await world.ask("getAccount", { id: "@blocks_a" })).status).toBe(200);
  });

  it("of one's own needs a token that is good", async () => {
    expect((await world.ask("getOwnAccount")).status).toBe(401);
    expect((await world.ask("getOwnAccount", { token: "x".repeat(68) })).status).toBe(401);
  });
});

describe("deleting one's account", () => {
  const erase = (token: string, password: string): Promise<Asked> =>
    world.ask("deleteOwnAccount", { token, body: { password } });

  it("needs the password", async () => {
    const { token } = await world.join("stays");
    const { status, code } = await erase(token, "wrong password");
    expect([status, code]).toEqual([403, "accounts.bad_password"]);
    expect((await world.ask("getAccount", { id: "@stays" })).status).toBe(200);
  });

  it("ends everything of it at once and erases what was personal", async () => {
    const { id, token } = await world.join("leaves", "Leaving Person");
    await update(token, { bio: "my life", timeZone: "Asia/Seoul" });
    const node = world.anotherNode();
    world.test.views.push(...node.views);
    expect((await node.contract.resolve(context, "@leaves"))?.id).toBe(id);
    const answer = await erase(token, usualPassword);
    expect(answer.status).toBe(204);
    expect(answer.headers["set-cookie"]).toMatch(/Max-Age=0/);

    for (const { contract } of [world.accounts, node]) {
      expect(await contract.authenticate(context, token)).toBeNull();
      expect(await contract.summaries(context, [id])).toEqual([null]);
      expect(await contract.resolve(context, "@leaves")).toBeNull();
      expect(await contract.mintToken(context, id)).toBeNull();
    }
    expect((await world.ask("getAccount", { id: String(id) })).status).toBe(404);
    const search = await world.ask("searchAccounts", { query: "handle=leav" });
    expect(search.body.items).toEqual([]);
    const signIn = await world.ask("signIn", {
      body: { handle: "leaves", password: usualPassword },
    });
    expect(signIn.status).toBe(401);

    const [row] = await world.test.sql<{ text: string }[]>`
      SELECT row_to_json(a)::text AS text FROM accounts.accounts a WHERE id = ${id}`;
    expect(row?.text).toContain('"status":"deleted"');
    expect(row?.text).not.toMatch(/leav|Leaving|my life|Seoul|argon2/);
    const sessions = await world.test.sql`SELECT 1 FROM accounts.sessions WHERE account_id = ${id}`;
    expect(sessions).toHaveLength(0);
    expect(world.test.events.slice(-2)).toMatchObject([
      { type: "accounts.sessions_ended.v1" },
      { type: "accounts.deleted.v1", aggregate: { id, version: 3 } },
    ]);
  });

  it("frees the handle for someone else, whom nobody takes for the old one", async () => {
    const old = await world.join("passed_on");
    expect((await world.accounts.contract.resolve(context, "@passed_on"))?.id).toBe(old.id);
    await erase(old.token, usualPassword);
    const next = await world.join("passed_on");
    expect((await world.accounts.contract.resolve(context, "@passed_on"))?.id).toBe(next.id);
    expect(await world.accounts.contract.summaries(context, [old.id])).toEqual([null]);
  });

  it("happens once when it is asked twice at once", async () => {
    const { id, token } = await world.join("twice");
    const answers = await Promise.all([1, 2].map(() => erase(token, usualPassword)));
    expect(answers.map(({ status }) => status)).toContain(204);
    for (const { status } of answers) {
      expect([204, 401, 403]).toContain(status);
    }
    const deleted = world.test.events.filter(
      ({ type, aggregate }) => type === "accounts.deleted.v1" && aggregate.id === id,
    );
    expect(deleted).toHaveLength(1);
  });

  it("lets no change of the profile come after it", async () => {
    const { id, token } = await world.join("no_ghost");
    const [, change] = await Promise.all([
      erase(token, usualPassword),
      update(token, { name: "still me" }),
    ]);
    expect([200, 401]).toContain(change.status);
    const [row] = await world.test.sql<{ name: string; status: string }[]>`
      SELECT name, status FROM accounts.accounts WHERE id = ${id}`;
    expect(row).toMatchObject({ name: "", status: "deleted" });
  });
});
