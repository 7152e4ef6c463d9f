import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  openAccountsWorld,
  pairKey,
  type AccountsWorld,
  type Joined,
} from "../../../test/support/accounts-world.ts";

let world: AccountsWorld;
let viewer: Joined;
beforeAll(async () => {
  world = await openAccountsWorld();
  viewer = await world.join("viewer", "Somebody Else");
});
afterAll(() => world.close());

interface Found {
  readonly handles: readonly (string | undefined)[];
  readonly nextCursor: string | null | undefined;
}

async function find(text: string, rest = "", token?: string): Promise<Found> {
  const query = `handle=${encodeURIComponent(text)}${rest}`;
  const asViewer = token === undefined ? {} : { token };
  const { status, body } = await world.ask("searchAccounts", { query, ...asViewer });
  expect(status).toBe(200);
  return { handles: body.items?.map(({ handle }) => handle) ?? [], nextCursor: body.nextCursor };
}

async function findAll(text: string, limit: number, token?: string): Promise<readonly string[][]> {
  const pages: string[][] = [];
  let cursor = "";
  do {
    const page = await find(text, `&limit=${limit}${cursor}`, token);
    pages.push(page.handles.map(String));
    cursor = typeof page.nextCursor === "string" ? `&cursor=${page.nextCursor}` : "";
  } while (cursor !== "");
  return pages;
}

describe("finding people", () => {
  it("puts the very handle first, then handles, then names, each person once", async () => {
    await world.join("minsu", "Kim Minsu");
    await world.join("minsu_99", "minsu again");
    await world.join("minsumin", "Other");
    await world.join("zz_last", "MINSU by name");
    await world.join("aa_first", "minsu a");
    await world.join("not_there", "someone minsu");
    const { handles, nextCursor } = await find("Minsu");
    expect(handles).toEqual(["minsu", "minsu_99", "minsumin", "aa_first", "zz_last"]);
    expect(nextCursor).toBeNull();
    expect((await find("@minsu")).handles).toEqual(handles);
    expect((await find("ＭＩＮＳＵ")).handles).toEqual(handles);
  });

  it("goes on where a page ended, through both walks", async () => {
    for (const limit of [1, 2, 3, 4]) {
      const pages = await findAll("minsu", limit);
      expect(pages.flat()).toEqual(["minsu", "minsu_99", "minsumin", "aa_first", "zz_last"]);
      for (const page of pages.slice(0, -1)) {
        expect(page).toHaveLength(limit);
      }
    }
  });

  it("shows accounts without counts", async () => {
    const { body } = await world.ask("searchAccounts", { query: "handle=minsu&limit=1" });
    expect(Object.keys(body.items?.[0] ?? {})).toEqual([
      "id",
      "handle",
      "name",
      "bio",
      "avatarUrl",
      "createdAt",
    ]);
  });

  it("finds names of every script, composed or not, and of the same name all", async () => {
    const people = await Promise.all(
      ["hangul_1", "hangul_2", "hangul_3"].map((handle) => world.join(handle, "박지성")),
    );
    expect(people).toHaveLength(3);
    const pages = await findAll("박지".normalize("NFD"), 2);
    expect(pages.flat().sort()).toEqual(["hangul_1", "hangul_2", "hangul_3"]);
    expect(pages[0]).toHaveLength(2);
    expect((await find("지성")).handles).toEqual([]);
  });

  it("takes signs of patterns for what they are", async () => {
    await world.join("percent", "100% real");
    await world.join("percent2", "100 real");
    expect((await find("100%")).handles).toEqual(["percent"]);
    expect((await find("%")).handles).toEqual([]);
    await world.join("under_score", "u");
    await world.join("underxscore", "u");
    expect((await find("under_")).handles).toEqual(["under_score"]);
    expect((await find("'; DROP TABLE")).handles).toEqual([]);
    expect((await find("\\")).handles).toEqual([]);
  });

  it("leaves out whom a block hides, and fills the page all the same", async () => {
    const people: Joined[] = [];
    for (let n = 10; n < 30; n += 1) {
      people.push(await world.join(`crowd_${n}`, "Crowd"));
    }
    people.slice(0, 15).forEach(({ id }, index) => {
      const relation = index % 2 === 0 ? { blocked: true } : { blockedBy: true };
      world.relations.set(pairKey(viewer.id, id), relation);
    });
    const left = ["crowd_25", "crowd_26", "crowd_27", "crowd_28", "crowd_29"];
    expect((await findAll("crowd", 3, viewer.token)).map((page) => page.length)).toEqual([3, 2]);
    expect((await findAll("crowd", 2, viewer.token)).flat()).toEqual(left);
    expect((await findAll("crowd", 7)).flat()).toHaveLength(20);
  });

  it("gives a short page with a cursor where very many are hidden", async () => {
    const hidden = await Promise.all(
      Array.from({ length: 30 }, (_, n) => world.join(`hidden_${n + 10}`, "x")),
    );
    for (const { id } of hidden) {
      world.relations.set(pairKey(viewer.id, id), { blocked: true });
    }
    await world.join("hidden_not", "x");
    const first = await find("hidden", "&limit=1", viewer.token);
    expect(first.handles).toEqual([]);
    expect(first.nextCursor).not.toBeNull();
    expect((await findAll("hidden", 1, viewer.token)).flat()).toEqual(["hidden_not"]);
  });

  it("finds new names and no old ones", async () => {
    const { token } = await world.join("renames", "Before");
    await world.ask("updateOwnAccount", { token, body: { name: "Afterwards" } });
    expect((await find("befor")).handles).toEqual([]);
    expect((await find("afterw")).handles).toEqual(["renames"]);
  });

  it.each([
    "",
    "handle=",
    "handle=%20",
    "handle=@",
    "handle=%00",
    "handle=%07",
    "handle=a&limit=0",
  ])("refuses %j", async (query) => {
    expect((await world.ask("searchAccounts", { query })).status).toBe(400);
  });

  it("refuses the cursor of another search", async () => {
    const { nextCursor } = await find("minsu", "&limit=1");
    const query = `handle=crowd&cursor=${nextCursor ?? ""}`;
    expect((await world.ask("searchAccounts", { query })).status).toBe(400);
    expect((await world.ask("searchAccounts", { query: "handle=a&cursor=x" })).status).toBe(400);
  });

  it("goes by indexes", async () => {
    const plans = await world.test.sql.begin(async (sql) => {
      // Few rows make other plans cheap; what counts is that the order comes from an index.
      await sql`SET LOCAL enable_seqscan = off`;
      await sql`SET LOCAL enable_bitmapscan = off`;
      const byHandle = await sql`
        EXPLAIN SELECT account_id, handle FROM accounts.handles
        WHERE handle >= 'a' AND handle < 'b' AND handle > 'aa' ORDER BY handle LIMIT 21`;
      const byName = await sql`
        EXPLAIN SELECT id, handle, name_folded FROM accounts.accounts
        WHERE status = 'active' AND name_folded >= 'a' AND name_folded < 'b'
          AND (name_folded, id) > ('aa', 1) ORDER BY name_folded, id LIMIT 21`;
      return JSON.stringify([byHandle, byName]);
    });
    expect(plans).toContain("handles_pkey");
    expect(plans).toContain("accounts_by_name");
    expect(plans).not.toContain("Sort");
  });
});
