import { describe, expect, it } from "vitest";
import { expectStatus, usualPassword, type Person, type Reply } from "../support/api-client.ts";
import { startedApi } from "./started-api.ts";

const world = startedApi();

const replayed = "idempotency-replayed";
let keys = 0;

function newKey(): string {
  keys += 1;
  return `key-${String(keys)}`;
}

const keyed = (key: string): { readonly "idempotency-key": string } => ({ "idempotency-key": key });

function expectMismatch(reply: Reply): void {
  expect([reply.status, reply.body.code]).toEqual([422, "idempotency.mismatch"]);
}

describe("the same key with the same body", () => {
  it("publishes once, and gives the first answer to the last letter", async () => {
    const person = await world.api.signUp("idem_story");
    const headers = keyed(newKey());
    const body = { text: "once", visibility: "friends", link: "https://one.example/" };
    const first = expectStatus(await person.post("/v1/stories", body, headers), 201);
    expect(first.headers[replayed]).toBeUndefined();
    await person.patch(`/v1/stories/${first.body.story.id}`, { text: "changed since" });
    // The order of members and white space are no part of what is meant.
    const { text, ...rest } = body;
    for (const again of [body, JSON.stringify({ ...rest, text }, null, 2)]) {
      const reply = expectStatus(await person.post("/v1/stories", again, headers), 201);
      expect(reply.headers[replayed]).toBe("true");
      expect(reply.text).toBe(first.text);
      expect(reply.headers["content-type"]).toBe(first.headers["content-type"]);
    }
    expect((await person.walk("/v1/feed")).length).toBe(1);
    expect((await person.get("/v1/accounts/me")).body.account.counts.stories).toBe(1);
  });

  it("comments once", async () => {
    const person = await world.api.signUp("idem_comment");
    const story = await person.publish("to talk about");
    const target = `/v1/stories/${story.id}/comments`;
    const headers = keyed(newKey());
    const first = expectStatus(await person.post(target, { text: "once" }, headers), 201);
    const again = expectStatus(await person.post(target, { text: "once" }, headers), 201);
    expect([again.text, again.headers[replayed]]).toEqual([first.text, "true"]);
    expect((await person.walk(target)).length).toBe(1);
    // The same words about another story are another request.
    const other = await person.publish("to talk about, too");
    expectMismatch(
      await person.post(`/v1/stories/${other.id}/comments`, { text: "once" }, headers),
    );
  });

  it("is a mismatch with any other body, and the first effect stands alone", async () => {
    const person = await world.api.signUp("idem_mismatch");
    const headers = keyed(newKey());
    expectStatus(await person.post("/v1/stories", { text: "one" }, headers), 201);
    for (const body of [{ text: "two" }, { text: "one", visibility: "public" }, { text: "One" }]) {
      expectMismatch(await person.post("/v1/stories", body, headers));
    }
    expect((await person.walk("/v1/feed")).length).toBe(1);
  });

  it("is another request on another route and for another person", async () => {
    const [one, other] = await world.api.people("idem_one", "idem_other");
    const headers = keyed(newKey());
    const body = { text: "the same words" };
    const first = expectStatus(await one.post("/v1/stories", body, headers), 201);
    const story = first.body.story;
    const second = expectStatus(await other.post("/v1/stories", body, headers), 201);
    const third = await other.post(`/v1/stories/${story.id}/comments`, body, headers);
    expectStatus(third, 201);
    expect([second.headers[replayed], third.headers[replayed]]).toEqual([undefined, undefined]);
    expect(second.body.story.id).not.toBe(story.id);
  });

  it("has one effect when twenty come at once", async () => {
    const person = await world.api.signUp("idem_twenty");
    const headers = keyed(newKey());
    const publish = (): Promise<Reply> => person.post("/v1/stories", { text: "once" }, headers);
    const replies = await Promise.all(Array.from({ length: 20 }, publish));
    const made = replies.filter(({ status }) => status === 201);
    const refused = replies.filter(({ status }) => status !== 201);
    for (const { status, body, headers: given } of refused) {
      expect([status, body.code]).toEqual([409, "idempotency.in_progress"]);
      expect(Number(given["retry-after"])).toBeGreaterThan(0);
    }
    expect(new Set(made.map(({ text }) => text)).size).toBe(1);
    expect(made.filter(({ headers: given }) => given[replayed] === undefined).length).toBe(1);
    const after = expectStatus(await publish(), 201);
    expect([after.text, after.headers[replayed]]).toEqual([made[0]?.text, "true"]);
    expect((await person.walk("/v1/feed")).length).toBe(1);
  });

  it("may be used again after a refusal, which had no effect", async () => {
    const person = await world.api.signUp("idem_refused");
    const headers = keyed(newKey());
    expect((await person.post("/v1/stories", { text: "" }, headers)).status).toBe(400);
    const made = expectStatus(await person.post("/v1/stories", { text: "better" }, headers), 201);
    expect(made.headers[replayed]).toBeUndefined();
  });

  it("takes 1 to 255 visible characters", async () => {
    const person = await world.api.signUp("idem_keys");
    for (const [key, status] of [
      ["!", 201],
      ["~".repeat(255), 201],
      ["k".repeat(256), 400],
      ["two words", 400],
      ["", 400],
    ] as const) {
      const reply = await person.post("/v1/stories", { text: "by key" }, keyed(key));
      expect([key.slice(0, 3), reply.status]).toEqual([key.slice(0, 3), status]);
    }
  });
});

describe("the same key for a password", () => {
  const ofMe = async (token: string): Promise<string> =>
    expectStatus(await world.api.send("GET", "/v1/accounts/me", { token }), 200).body.account.id;

  it("signs up once: each replay gives the account with a new token", async () => {
    const headers = keyed(newKey());
    const body = { handle: "idem_new", name: "New", password: usualPassword };
    const signUp = (more: object = {}): Promise<Reply> =>
      world.api.send("POST", "/v1/accounts", { body: { ...body, ...more }, headers });
    const first = expectStatus(await signUp(), 201);
    const again = expectStatus(await signUp(), 201);
    expect(again.headers[replayed]).toBe("true");
    expect(again.body.account).toEqual(first.body.account);
    expect(again.body.token).not.toBe(first.body.token);
    const { id } = first.body.account;
    expect([await ofMe(first.body.token), await ofMe(again.body.token)]).toEqual([id, id]);
    for (const more of [
      { password: "another password" },
      { name: "Other" },
      { handle: "idem_x" },
    ]) {
      expectMismatch(await signUp(more));
    }
  });

  it("signs up once when twenty come at once", async () => {
    const headers = keyed(newKey());
    const body = { handle: "idem_crowd", name: "Crowd", password: usualPassword };
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => world.api.send("POST", "/v1/accounts", { body, headers })),
    );
    const made = replies.filter(({ status }) => status === 201);
    expect(new Set(made.map((reply) => reply.body.account.id)).size).toBe(1);
    for (const reply of replies) {
      expect(["idempotency.in_progress", undefined]).toContain(reply.body.code);
    }
  });

  it("signs in: a replay proves the password again and gives a new token", async () => {
    const person: Person = await world.api.signUp("idem_sign_in");
    const headers = keyed(newKey());
    const signIn = (password: string): Promise<Reply> =>
      world.api.send("POST", "/v1/sessions", {
        body: { handle: person.handle, password },
        headers,
      });
    const first = expectStatus(await signIn(usualPassword), 201);
    const again = expectStatus(await signIn(usualPassword), 201);
    expect(again.headers[replayed]).toBe("true");
    expect(again.body.token).not.toBe(first.body.token);
    expect([await ofMe(first.body.token), await ofMe(again.body.token)]).toEqual([
      person.id,
      person.id,
    ]);
    expectMismatch(await signIn("not the password"));
  });
});
