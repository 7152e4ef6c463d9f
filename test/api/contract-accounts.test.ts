import { describe, expect, it } from "vitest";
import { expectStatus, usualPassword, type Reply } from "../support/api-client.ts";
import { startedApi } from "./started-api.ts";

const world = startedApi();

const accountMembers = ["id", "handle", "name", "bio", "avatarUrl", "createdAt", "counts"];
const countMembers = ["stories", "friends", "followers", "following"];
const family = "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u200d\u{1f466}";
/** One character to the eye, and no single one in Unicode. */
const hat = "x\u0302";

function signUp(body: Readonly<Record<string, unknown>>): Promise<Reply> {
  return world.api.send("POST", "/v1/accounts", { body });
}

describe("POST /v1/accounts", () => {
  it("gives the account and a token that is good at once", async () => {
    const reply = await signUp({ handle: "anna", name: "Anna", password: usualPassword });
    expectStatus(reply, 201);
    expect(Object.keys(reply.body)).toEqual(["account", "token"]);
    const { account, token } = reply.body;
    expect(Object.keys(account)).toEqual(accountMembers);
    expect(Object.keys(account.counts)).toEqual(countMembers);
    expect(account).toMatchObject({ handle: "anna", name: "Anna", bio: "", avatarUrl: null });
    expect(account.id).toMatch(/^[1-9]\d{0,18}$/);
    expect(Math.abs(Date.parse(account.createdAt) - Date.now())).toBeLessThan(60_000);
    const me = await world.api.send("GET", "/v1/accounts/me", { token });
    expect(me.body.account.id).toBe(account.id);
  });

  it("takes each handle once, whatever its case", async () => {
    const first = await signUp({ handle: "Bo_Ra9", name: "Bora", password: usualPassword });
    expect(first.body.account.handle).toBe("bo_ra9");
    for (const handle of ["bo_ra9", "BO_RA9"]) {
      const taken = await signUp({ handle, name: "Bora", password: usualPassword });
      expect([taken.status, taken.body.code]).toEqual([409, "accounts.handle_taken"]);
    }
  });

  const handles: readonly (readonly [handle: string, status: number])[] = [
    ["a", 400],
    ["a1", 201],
    ["h".repeat(30), 201],
    ["h".repeat(31), 400],
    ["under_score", 201],
    ["_", 400],
    ["__", 201],
    ["with-dash", 400],
    ["with.dot", 400],
    ["with space", 400],
    [" trimmed", 400],
    ["한국", 400],
    ["ａｂｃ", 400],
    ["ıi", 400],
    ["", 400],
    // A word of the API's own paths is nobody's to have, as if somebody had it.
    ["me", 409],
  ];
  it.each(handles)("answers the handle %j with %i", async (handle, status) => {
    const reply = await signUp({ handle, name: "Somebody", password: usualPassword });
    expect(reply.status).toBe(status);
  });

  const names: readonly (readonly [what: string, name: string, status: number])[] = [
    ["one character", "n", 201],
    ["none", "", 400],
    ["white space alone", " \u3000\u200b", 400],
    ["50 letters", "n".repeat(50), 201],
    ["51 letters", "n".repeat(51), 400],
    ["50 emoji, 200 bytes", "\u{1f600}".repeat(50), 201],
    ["51 emoji", "\u{1f600}".repeat(51), 400],
    ["50 letters with marks", hat.repeat(50), 201],
    ["51 letters with marks", hat.repeat(51), 400],
    ["8 families of four, 200 bytes", family.repeat(8), 201],
    ["9 families of four, 225 bytes", family.repeat(9), 400],
    ["200 bytes in two characters", `xx${"\u0302".repeat(99)}`, 201],
    ["201 bytes in one character", `x${"\u0302".repeat(100)}`, 400],
    ["50 letters of Korean, decomposed", "\u1100\u1161".repeat(50), 201],
    ["a line break", "a\nb", 400],
    ["an escape", "a\u001b[31m", 400],
    ["a change of direction", "a\u202eb", 400],
  ];
  it.each(names)("answers a name of %s by its bounds", async (_what, name, status) => {
    const handle = `n${String(names.findIndex((one) => one[1] === name))}`.padEnd(2, "_");
    const reply = await signUp({ handle: `${handle}_n`, name, password: usualPassword });
    expect([reply.status, status === 400 ? reply.body.errors[0]?.path : "/name"]).toEqual([
      status,
      "/name",
    ]);
    if (status === 201) {
      expect(reply.body.account.name).toBe(name.normalize("NFC"));
    }
  });

  const passwords: readonly (readonly [what: string, password: string, status: number])[] = [
    ["7 characters", "p".repeat(7), 400],
    ["8 characters", "p".repeat(8), 201],
    ["200 characters", "p".repeat(200), 201],
    ["201 characters", "p".repeat(201), 400],
    ["7 emoji", "\u{1f511}".repeat(7), 400],
    ["8 emoji", "\u{1f511}".repeat(8), 201],
    ["8 spaces", " ".repeat(8), 201],
  ];
  it.each(passwords)("answers a password of %s by its bounds", async (_what, password, status) => {
    const handle = `p${String(passwords.findIndex((one) => one[1] === password))}`;
    const reply = await signUp({ handle, name: "Somebody", password });
    expect(reply.status).toBe(status);
    if (status === 201) {
      const body = { handle, password };
      expectStatus(await world.api.send("POST", "/v1/sessions", { body }), 201);
    }
  });

  it("takes the languages and the time zones that there are", async () => {
    for (const [locale, status] of [
      ["ko", 201],
      ["ja", 201],
      ["en", 201],
      ["de", 400],
      ["KO", 400],
    ] as const) {
      const handle = `locale_${locale}`;
      const reply = await signUp({ handle, name: "L", password: usualPassword, locale });
      expect([locale, reply.status === 409 ? 400 : reply.status]).toEqual([locale, status]);
    }
    for (const [timeZone, status] of [
      ["Asia/Seoul", 201],
      ["UTC", 201],
      ["Mars/Olympus", 400],
      ["+09:00", 400],
      ["", 400],
    ] as const) {
      const handle = `zone_${timeZone.toLowerCase().replaceAll(/\W/g, "_")}`;
      const reply = await signUp({ handle, name: "Z", password: usualPassword, timeZone });
      expect([timeZone, reply.status]).toEqual([timeZone, status]);
    }
  });
});

describe("GET and PATCH /v1/accounts/me", () => {
  it("show what is the viewer's alone, and change what is given", async () => {
    const person = await world.api.signUp("patcher", { locale: "ko", timeZone: "Asia/Seoul" });
    const { account } = expectStatus(await person.get("/v1/accounts/me"), 200).body;
    expect(Object.keys(account)).toEqual([...accountMembers, "locale", "timeZone", "privacy"]);
    expect(account).toMatchObject({
      locale: "ko",
      timeZone: "Asia/Seoul",
      privacy: "friends",
    });
    const steps: readonly (readonly [change: object, expected: object])[] = [
      [{ name: "e\u0301" }, { name: "\u00e9" }],
      [{ bio: "two\nlines" }, { name: "\u00e9", bio: "two\nlines" }],
      [{ locale: "ja" }, { locale: "ja", bio: "two\nlines" }],
      [{ timeZone: "Europe/Berlin" }, { timeZone: "Europe/Berlin" }],
      [{ avatarId: null }, { avatarUrl: null }],
      [{ privacy: "everyone" }, { privacy: "everyone" }],
      [{ privacy: "nobody" }, { privacy: "nobody" }],
      [{}, { name: "\u00e9", locale: "ja" }],
      [{ bio: "" }, { bio: "" }],
    ];
    for (const [change, expected] of steps) {
      const changed = expectStatus(await person.patch("/v1/accounts/me", change), 200);
      expect(changed.body.account).toMatchObject(expected);
      const read = await person.get("/v1/accounts/me");
      expect(read.body.account).toEqual(changed.body.account);
    }
    const refused = await person.patch("/v1/accounts/me", { name: "fine", bio: "\u0007" });
    expect(refused.status).toBe(400);
    const { body } = await person.get("/v1/accounts/me");
    expect(body.account.name).toBe("\u00e9");
  });

  it("have a new name stand at once wherever the person stands", async () => {
    const [writer, reader] = await world.api.people("renamed", "renamed_reader");
    await writer.befriend(reader);
    const story = await writer.publish("by whom?");
    const comment = await writer.comment(story.id, "by me");
    await reader.get("/v1/feed");
    expectStatus(await writer.patch("/v1/accounts/me", { name: "New Name" }), 200);
    const feed = await reader.get("/v1/feed");
    const friends = await reader.get("/v1/friends");
    const comments = await reader.get(`/v1/stories/${story.id}/comments`);
    expect([
      feed.body.items[0]?.story.author.name,
      friends.body.items[0]?.name,
      comments.body.items[0]?.author.name,
      comments.body.items[0]?.id,
    ]).toEqual(["New Name", "New Name", "New Name", comment.id]);
  });
});

describe("GET /v1/accounts/{id or @handle}", () => {
  it("finds the same person by id and by handle, with the relationship of a viewer", async () => {
    const [one, other] = await world.api.people("seen_one", "seen_other");
    for (const key of [one.id, "@seen_one", "@SEEN_ONE"]) {
      const open = expectStatus(await world.api.send("GET", `/v1/accounts/${key}`), 200);
      expect(Object.keys(open.body)).toEqual(["account"]);
      expect(Object.keys(open.body.account)).toEqual(accountMembers);
      const seen = expectStatus(await other.get(`/v1/accounts/${key}`), 200);
      expect(Object.keys(seen.body)).toEqual(["account", "relationship"]);
      expect(seen.body.account).toEqual(open.body.account);
      expect(seen.body.relationship).toEqual({
        friend: "none",
        following: false,
        followedBy: false,
        muted: false,
        blocked: false,
      });
    }
    for (const key of ["seen_one", "@nobody_at_all", "1234567890123456789"]) {
      expect((await other.get(`/v1/accounts/${key}`)).status).toBe(404);
    }
  });
});

describe("GET /v1/accounts?handle=", () => {
  it("finds those whose handle or name begins so, the handle itself first", async () => {
    for (const [handle, name] of [
      ["findmenot", "Zed"],
      ["findme", "Yon"],
      ["zz_other", "Findme Too"],
      ["zz_another", "Also findme"],
    ] as const) {
      expectStatus(await signUp({ handle, name, password: usualPassword }), 201);
    }
    const found = async (text: string): Promise<string[]> => {
      const reply = await world.api.send("GET", `/v1/accounts?handle=${text}`);
      return expectStatus(reply, 200).body.items.map(({ handle }) => handle);
    };
    expect(await found("findme")).toEqual(["findme", "findmenot", "zz_other"]);
    expect(await found("@FindMe")).toEqual(["findme", "findmenot", "zz_other"]);
    expect(await found("findmex")).toEqual([]);
    const reply = await world.api.send("GET", "/v1/accounts?handle=findme&limit=1");
    expect(Object.keys(reply.body)).toEqual(["items", "nextCursor"]);
    expect(Object.keys(reply.body.items[0] ?? {})).toEqual(accountMembers.slice(0, -1));
  });
});
