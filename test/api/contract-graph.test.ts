import { describe, expect, it } from "vitest";
import { expectStatus, type Person, type Reply } from "../support/api-client.ts";
import { startedApi } from "./started-api.ts";

const world = startedApi();

const accountMembers = ["id", "handle", "name", "bio", "avatarUrl", "createdAt"];

async function handlesIn(person: Person, target: string): Promise<string[]> {
  return (await person.walk(target)).map(({ handle }) => handle);
}

async function relationship(viewer: Person, other: Person): Promise<unknown> {
  return (await viewer.get(`/v1/accounts/${other.id}`)).body.relationship;
}

async function friendState(viewer: Person, other: Person): Promise<unknown> {
  return (await viewer.get(`/v1/accounts/${other.id}`)).body.relationship["friend"];
}

async function countsOf(person: Person): Promise<unknown> {
  const { friends, followers, following } = (await person.get("/v1/accounts/me")).body.account
    .counts;
  return { friends, followers, following };
}

describe("friends", () => {
  it("are made by asking and accepting, and each step may be repeated", async () => {
    const [a, b] = await world.api.people("ask_a", "ask_b");
    for (let times = 0; times < 2; times += 1) {
      const asked = expectStatus(await a.put(`/v1/friends/${b.id}`), 200);
      expect(asked.body).toEqual({ state: "requested" });
    }
    expect([await friendState(a, b), await friendState(b, a)]).toEqual(["requested", "received"]);
    expect(await handlesIn(a, "/v1/friends/requests?direction=sent")).toEqual(["ask_b"]);
    expect(await handlesIn(b, "/v1/friends/requests?direction=received")).toEqual(["ask_a"]);
    expect(await handlesIn(b, "/v1/friends/requests")).toEqual(["ask_a"]);
    expect(await handlesIn(b, "/v1/friends/requests?direction=sent")).toEqual([]);
    for (let times = 0; times < 2; times += 1) {
      const accepted = expectStatus(await b.put(`/v1/friends/${a.id}`), 200);
      expect(accepted.body).toEqual({ state: "friends" });
    }
    expect((await a.put(`/v1/friends/${b.id}`)).body).toEqual({ state: "friends" });
    expect([await friendState(a, b), await friendState(b, a)]).toEqual(["friends", "friends"]);
    expect(await handlesIn(a, "/v1/friends")).toEqual(["ask_b"]);
    expect(await handlesIn(b, "/v1/friends/requests")).toEqual([]);
    expect([await countsOf(a), await countsOf(b)]).toEqual([
      { friends: 1, followers: 0, following: 0 },
      { friends: 1, followers: 0, following: 0 },
    ]);
    const { items } = (await a.get("/v1/friends")).body;
    expect(Object.keys(items[0] ?? {})).toEqual(accountMembers);
  });

  it("are withdrawn, declined and ended by the same call, which may be repeated", async () => {
    const [a, b] = await world.api.people("end_a", "end_b");
    const ways: readonly (readonly [what: string, ask: readonly Person[], end: Person])[] = [
      ["withdrawn", [a], a],
      ["declined", [a], b],
      ["ended by one", [a, b], a],
      ["ended by the other", [a, b], b],
    ];
    for (const [what, askers, ender] of ways) {
      for (const asker of askers) {
        expectStatus(await asker.put(`/v1/friends/${(asker === a ? b : a).id}`), 200);
      }
      const other = ender === a ? b : a;
      for (let times = 0; times < 2; times += 1) {
        expectStatus(await ender.delete(`/v1/friends/${other.id}`), 204);
      }
      expect([what, await friendState(a, b), await friendState(b, a)]).toEqual([
        what,
        "none",
        "none",
      ]);
    }
  });

  it("are nobody's own", async () => {
    const a = await world.api.signUp("alone");
    for (const noun of ["friends", "follows", "mutes", "blocks"]) {
      for (const method of ["PUT", "DELETE"]) {
        const reply = await a.send(method, `/v1/${noun}/${a.id}`);
        expect([noun, method, reply.status, reply.body.code]).toEqual([
          noun,
          method,
          400,
          "graph.oneself",
        ]);
      }
    }
  });
});

describe("follows, mutes and blocks", () => {
  it("begin and end by themselves, each step as often as one likes", async () => {
    const [a, b] = await world.api.people("rel_a", "rel_b");
    const nothing = {
      friend: "none",
      following: false,
      followedBy: false,
      muted: false,
      blocked: false,
    };
    for (const [noun, own, theirs] of [
      ["follows", { ...nothing, following: true }, { ...nothing, followedBy: true }],
      ["mutes", { ...nothing, muted: true }, nothing],
    ] as const) {
      for (let times = 0; times < 2; times += 1) {
        expectStatus(await a.put(`/v1/${noun}/${b.id}`), 204);
        expect(await relationship(a, b)).toEqual(own);
        expect(await relationship(b, a)).toEqual(theirs);
        expect(await handlesIn(a, `/v1/${noun}`)).toEqual(["rel_b"]);
      }
      for (let times = 0; times < 2; times += 1) {
        expectStatus(await a.delete(`/v1/${noun}/${b.id}`), 204);
        expect(await relationship(a, b)).toEqual(nothing);
        expect(await handlesIn(a, `/v1/${noun}`)).toEqual([]);
      }
    }
    for (let times = 0; times < 2; times += 1) {
      expectStatus(await a.put(`/v1/blocks/${b.id}`), 204);
      expect(await handlesIn(a, "/v1/blocks")).toEqual(["rel_b"]);
      // Who is blocked is not told: for both, the other is not there.
      expect((await a.get(`/v1/accounts/${b.id}`)).status).toBe(404);
      expect((await b.get(`/v1/accounts/${a.id}`)).status).toBe(404);
    }
    expect(await handlesIn(b, "/v1/blocks")).toEqual([]);
    for (let times = 0; times < 2; times += 1) {
      expectStatus(await a.delete(`/v1/blocks/${b.id}`), 204);
      expect(await relationship(a, b)).toEqual(nothing);
    }
  });

  it("a block ends what was between the two, and its end brings nothing back", async () => {
    const [a, b, c] = await world.api.people("block_a", "block_b", "block_c");
    await a.befriend(b);
    await c.befriend(b);
    expectStatus(await a.put(`/v1/follows/${b.id}`), 204);
    expectStatus(await b.put(`/v1/follows/${a.id}`), 204);
    const story = await b.publish("for friends", { visibility: "friends" });
    expect((await a.walk("/v1/feed")).map(({ id }) => id)).toEqual([story.id]);
    expectStatus(await a.put(`/v1/blocks/${b.id}`), 204);
    for (const person of [a, b]) {
      expect(await countsOf(person)).toEqual({
        friends: person === b ? 1 : 0,
        followers: 0,
        following: 0,
      });
    }
    expect(await a.walk("/v1/feed")).toEqual([]);
    expect((await a.get(`/v1/stories/${story.id}`)).status).toBe(404);
    expect(await handlesIn(c, `/v1/accounts/${b.id}/friends`)).toEqual(["block_c"]);
    for (const noun of ["friends", "follows", "mutes"]) {
      expect((await b.put(`/v1/${noun}/${a.id}`)).status).toBe(404);
      expect((await a.put(`/v1/${noun}/${b.id}`)).status).toBe(404);
    }
    expectStatus(await a.delete(`/v1/blocks/${b.id}`), 204);
    expect([await friendState(a, b), await friendState(b, a)]).toEqual(["none", "none"]);
    expect((await a.get(`/v1/stories/${story.id}`)).status).toBe(404);
    const asked = expectStatus(await b.put(`/v1/friends/${a.id}`), 200);
    expect(asked.body).toEqual({ state: "requested" });
  });

  it("a block takes open requests away, both ways", async () => {
    const [a, b] = await world.api.people("open_a", "open_b");
    expectStatus(await b.put(`/v1/friends/${a.id}`), 200);
    expectStatus(await a.put(`/v1/blocks/${b.id}`), 204);
    expect(await handlesIn(a, "/v1/friends/requests")).toEqual([]);
    expect(await handlesIn(b, "/v1/friends/requests?direction=sent")).toEqual([]);
    expectStatus(await a.delete(`/v1/blocks/${b.id}`), 204);
    expect(await friendState(b, a)).toBe("none");
  });

  it("are in force in the very next read", async () => {
    const [reader, writer] = await world.api.people("now_reader", "now_writer");
    const open = await writer.publish("open");
    const close = await writer.publish("for friends", { visibility: "friends" });
    const feed = async (): Promise<string[]> => (await reader.walk("/v1/feed")).map(({ id }) => id);
    const steps: readonly (readonly [act: () => Promise<Reply>, seen: readonly string[]])[] = [
      [() => reader.put(`/v1/follows/${writer.id}`), [open.id]],
      [() => reader.delete(`/v1/follows/${writer.id}`), []],
      [() => reader.put(`/v1/friends/${writer.id}`), []],
      [() => writer.put(`/v1/friends/${reader.id}`), [close.id, open.id]],
      [() => reader.put(`/v1/mutes/${writer.id}`), []],
      [() => reader.delete(`/v1/mutes/${writer.id}`), [close.id, open.id]],
      [() => writer.put(`/v1/mutes/${reader.id}`), [close.id, open.id]],
      [() => reader.put(`/v1/follows/${writer.id}`), [close.id, open.id]],
      [() => writer.delete(`/v1/friends/${reader.id}`), [open.id]],
      [() => writer.put(`/v1/blocks/${reader.id}`), []],
      [() => writer.delete(`/v1/blocks/${reader.id}`), []],
    ];
    for (const [at, [act, seen]] of steps.entries()) {
      expect((await act()).status).toBeLessThan(300);
      expect([at, await feed()]).toEqual([at, seen]);
    }
  });
});

describe("at the same time", () => {
  const rounds = 12;

  it("two sign-ups with the same handle: one 201, one 409", async () => {
    for (let round = 0; round < rounds; round += 1) {
      const handle = `twin_${String(round)}`;
      const replies = await Promise.all(
        [handle, handle.toUpperCase(), handle].map((name) =>
          world.api.send("POST", "/v1/accounts", {
            body: { handle: name, name, password: "correct horse battery" },
          }),
        ),
      );
      const statuses = replies.map(({ status }) => status).sort();
      expect(statuses).toEqual([201, 409, 409]);
      const refused = replies.find(({ status }) => status === 409);
      expect(refused?.body.code).toBe("accounts.handle_taken");
    }
  });

  it("two who ask each other are friends", async () => {
    const [a, b] = await world.api.people("both_a", "both_b");
    for (let round = 0; round < rounds; round += 1) {
      const replies = await Promise.all([
        a.put(`/v1/friends/${b.id}`),
        b.put(`/v1/friends/${a.id}`),
      ]);
      expect(replies.map(({ status }) => status)).toEqual([200, 200]);
      expect(replies.map(({ body }) => body.state)).toContain("friends");
      expect([await friendState(a, b), await friendState(b, a)]).toEqual(["friends", "friends"]);
      expect(await countsOf(a)).toMatchObject({ friends: 1 });
      expectStatus(await a.delete(`/v1/friends/${b.id}`), 204);
    }
  });

  it("an accept and a block: never both", async () => {
    const [a, b] = await world.api.people("race_a", "race_b");
    const seen = new Set<string>();
    for (let round = 0; round < rounds; round += 1) {
      expectStatus(await a.put(`/v1/friends/${b.id}`), 200);
      const [accepted, blocked] = await Promise.all([
        b.put(`/v1/friends/${a.id}`),
        a.put(`/v1/blocks/${b.id}`),
      ]);
      expect(blocked.status).toBe(204);
      seen.add(`${String(accepted.status)} ${accepted.body.state}`);
      expect([200, 404]).toContain(accepted.status);
      // Whichever was first, the block holds in the end, and a friendship is over.
      expect(await handlesIn(a, "/v1/blocks")).toEqual(["race_b"]);
      expect(await handlesIn(a, "/v1/friends")).toEqual([]);
      expect(await handlesIn(b, "/v1/friends")).toEqual([]);
      expect(await countsOf(b)).toEqual({ friends: 0, followers: 0, following: 0 });
      expect((await b.get(`/v1/accounts/${a.id}`)).status).toBe(404);
      expectStatus(await a.delete(`/v1/blocks/${b.id}`), 204);
      expect(await friendState(a, b)).toBe("none");
    }
    console.info(`an accept beside a block was answered: ${[...seen].join(", ")}`);
  });

  it("twenty of the same: one relation, one count", async () => {
    const [a, b] = await world.api.people("many_a", "many_b");
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => a.put(`/v1/follows/${b.id}`)),
    );
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([204]));
    expect(await countsOf(b)).toEqual({ friends: 0, followers: 1, following: 0 });
    expect(await handlesIn(a, "/v1/follows")).toEqual(["many_b"]);
  });
});
