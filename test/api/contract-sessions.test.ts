import { describe, expect, it } from "vitest";
import { expectStatus, usualPassword, type Person, type Reply } from "../support/api-client.ts";
import { listen } from "../support/api-live.ts";
import { startedApi } from "./started-api.ts";

const world = startedApi();

function signIn(
  handle: string,
  password: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<Reply> {
  return world.api.send("POST", "/v1/sessions", { body: { handle, password, ...more } });
}

/** The same person on another device. */
async function another(person: Person): Promise<Person> {
  const reply = expectStatus(await signIn(person.handle, person.password), 201);
  return world.api.withToken(person, reply.body.token);
}

async function isAlive(person: Person): Promise<boolean> {
  const [private_, optional] = [
    await person.get("/v1/accounts/me"),
    await person.get(`/v1/accounts/${person.id}`),
  ];
  expect([200, 401]).toContain(private_.status);
  // A dead token is no way to read what is public, because its owner is to learn that it is dead.
  expect(optional.status).toBe(private_.status);
  return private_.status === 200;
}

describe("POST /v1/sessions", () => {
  it("gives the account and a new token each time, for the handle in any case", async () => {
    const person = await world.api.signUp("cleo");
    const tokens = new Set([person.token]);
    for (const handle of ["cleo", "CLEO"]) {
      const reply = expectStatus(await signIn(handle, usualPassword), 201);
      expect(Object.keys(reply.body)).toEqual(["account", "token"]);
      expect(reply.body.account.id).toBe(person.id);
      tokens.add(reply.body.token);
    }
    expect(tokens.size).toBe(3);
    expect(await isAlive(person)).toBe(true);
  });

  it("says the same of a wrong password and of a handle that nobody has, and as slowly", async () => {
    const person = await world.api.signUp("dora");
    const face = ({ status, headers, text }: Reply): unknown => {
      const { date: _date, "x-request-id": requestId = "", ...others } = headers;
      return { status, others, text: text.replace(requestId, "") };
    };
    const wrong = await signIn("dora", "not the password");
    expect([wrong.status, wrong.body.code]).toEqual([401, "accounts.bad_credentials"]);
    for (const handle of ["nobody_at_all", "no handle", "", "h".repeat(200)]) {
      expect(face(await signIn(handle, usualPassword))).toEqual(face(wrong));
    }
    const leastMs = { known: Number.POSITIVE_INFINITY, unknown: Number.POSITIVE_INFINITY };
    const measure = async (who: keyof typeof leastMs, handle: string): Promise<void> => {
      const startedMs = performance.now();
      await signIn(handle, "not the password");
      leastMs[who] = Math.min(leastMs[who], performance.now() - startedMs);
    };
    for (let round = 0; round < 8; round += 1) {
      await measure("known", person.handle);
      await measure("unknown", "nobody_at_all");
    }
    // Without the hashing it would take a tenth; the machine may be busy with something else.
    expect(leastMs.unknown / leastMs.known).toBeGreaterThan(0.3);
  });

  it("listens to no password after too many wrong ones, and says when it does again", async () => {
    const person = await world.api.signUp("gina");
    let reply = await signIn("gina", "not the password");
    // Several nodes without a Valkey count each for itself.
    for (let n = 0; n < 100 && reply.status === 401; n += 1) {
      reply = await signIn("gina", "not the password");
    }
    expect([reply.status, reply.body.code]).toEqual([429, "accounts.too_many_attempts"]);
    const { headers } = reply;
    expect(headers).toMatchObject({ "ratelimit-limit": "30", "ratelimit-remaining": "0" });
    expect(headers["retry-after"]).toBe(headers["ratelimit-reset"]);
    expect(Number(headers["retry-after"])).toBeGreaterThan(800);
    expect(Number(headers["retry-after"])).toBeLessThanOrEqual(900);
    expect(await isAlive(person)).toBe(true);
    expectStatus(await person.get("/v1/feed"), 200);
  });

  it("puts the token in a cookie on request, and not in the body", async () => {
    await world.api.signUp("ella");
    const reply = expectStatus(await signIn("ella", usualPassword, { cookie: true }), 201);
    expect(Object.keys(reply.body)).toEqual(["account"]);
    const [cookie = "", ...attributes] = (reply.headers["set-cookie"] ?? "").split("; ");
    expect(attributes).toEqual(expect.arrayContaining(["HttpOnly", "SameSite=Lax", "Path=/"]));
    // There is no TLS here, and a cookie for TLS alone would never come back.
    expect(attributes).not.toContain("Secure");
    const headers = { cookie };
    const me = await world.api.send("GET", "/v1/accounts/me", { headers });
    expect(me.body.account.handle).toBe("ella");
    const stream = await listen(world.node.url, { handle: "ella", token: "" }, { headers });
    const out = await world.api.send("DELETE", "/v1/sessions/current", {
      headers: { cookie, "sec-fetch-site": "same-origin" },
    });
    expectStatus(out, 204);
    expect(out.headers["set-cookie"]).toMatch(/^maru_session=;.*Max-Age=0/);
    await stream.ended();
    expect((await world.api.send("GET", "/v1/accounts/me", { headers })).status).toBe(401);
    const signedUp = await world.api.send("POST", "/v1/accounts", {
      body: { handle: "ella2", name: "Ella", password: usualPassword, cookie: true },
    });
    expect(Object.keys(expectStatus(signedUp, 201).body)).toEqual(["account"]);
    expect(signedUp.headers["set-cookie"]).toContain("HttpOnly");
  });
});

describe("GET and DELETE /v1/sessions", () => {
  it("list where one is signed in, newest first, the one that asks marked", async () => {
    const first = await world.api.signUp("fay");
    const second = await another(first);
    const third = await another(first);
    const { items } = expectStatus(await second.get("/v1/sessions"), 200).body;
    expect(Object.keys(items[0] ?? {})).toEqual([
      "id",
      "createdAt",
      "lastUsedAt",
      "userAgent",
      "current",
    ]);
    expect(items.map(({ current }) => current)).toEqual([false, true, false]);
    expect(items.map(({ id }) => BigInt(id))).toEqual(
      items.map(({ id }) => BigInt(id)).sort((a, b) => (a < b ? 1 : -1)),
    );
    // One of several may be ended by its id; that of another person's is nothing to this one.
    const stranger = await world.api.signUp("fay_stranger");
    const [newest, , oldest] = items;
    expectStatus(await stranger.delete(`/v1/sessions/${newest?.id ?? ""}`), 204);
    expect(await isAlive(third)).toBe(true);
    expectStatus(await second.delete(`/v1/sessions/${oldest?.id ?? ""}`), 204);
    expectStatus(await second.delete(`/v1/sessions/${oldest?.id ?? ""}`), 204);
    expect([await isAlive(first), await isAlive(second), await isAlive(third)]).toEqual([
      false,
      true,
      true,
    ]);
  });

  it("sign out here: this token is dead when it answers, its streams end, others go on", async () => {
    const here = await world.api.signUp("gwen");
    const there = await another(here);
    const streams = [await listen(world.node.url, here), await listen(world.node.url, there)];
    expectStatus(await here.delete("/v1/sessions/current"), 204);
    expect([await isAlive(here), await isAlive(there)]).toEqual([false, true]);
    await streams[0]?.ended();
    // Whoever listens shall learn at once why the stream ended.
    expect(streams.map((stream) => stream.retryMs() === 0)).toEqual([true, false]);
    expect((await here.delete("/v1/sessions/current")).status).toBe(401);
    await there.publish("still here");
    await streams[1]?.until("the story", (stream) => stream.of("story").length === 1);
    streams[1]?.close();
  });

  it("sign out everywhere: every token is dead when it answers, and every stream ends", async () => {
    const devices = [await world.api.signUp("hana")];
    for (let count = 1; count < 4; count += 1) {
      devices.push(await another(devices[0]!));
    }
    const streams = await Promise.all(devices.map((device) => listen(world.node.url, device)));
    expectStatus(await devices[2]!.delete("/v1/sessions"), 204);
    for (const device of devices) {
      expect(await isAlive(device)).toBe(false);
    }
    await Promise.all(streams.map((stream) => stream.ended()));
    expectStatus(await signIn("hana", usualPassword), 201);
  });
});

describe("PUT /v1/accounts/me/password", () => {
  it("takes the present password, and signs out everywhere else", async () => {
    const here = await world.api.signUp("iris");
    const there = await another(here);
    const stream = await listen(world.node.url, there);
    const change = (current: string, next: string): Promise<Reply> =>
      here.put("/v1/accounts/me/password", { current, next });
    const refused = await change("not the password", "another password");
    expect([refused.status, refused.body.code]).toEqual([403, "accounts.bad_password"]);
    expect((await change(usualPassword, "seven77")).status).toBe(400);
    expect([await isAlive(here), await isAlive(there)]).toEqual([true, true]);
    expectStatus(await change(usualPassword, "another password"), 204);
    expect([await isAlive(here), await isAlive(there)]).toEqual([true, false]);
    await stream.ended();
    expect((await signIn("iris", usualPassword)).status).toBe(401);
    expectStatus(await signIn("iris", "another password"), 201);
  });
});
