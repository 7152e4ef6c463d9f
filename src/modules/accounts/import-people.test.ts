import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { internalContext } from "../../kernel/context.ts";
import { idTimeMs } from "../../kernel/id.ts";
import {
  openAccountsWorld,
  usualPassword,
  type AccountsWorld,
} from "../../../test/support/accounts-world.ts";
import type { ImportedAccount } from "./contract.ts";

const context = internalContext("test");
const longAgoMs = Date.UTC(2012, 4, 17);

let world: AccountsWorld;
beforeAll(async () => {
  world = await openAccountsWorld();
});
afterAll(() => world.close());

const person = (n: number, change: Partial<ImportedAccount> = {}): ImportedAccount => ({
  externalId: `source:${n}`,
  handle: `imported_${n}`,
  name: `Imported ${n}`,
  createdAtMs: longAgoMs + n,
  ...change,
});

describe("importing people", () => {
  it("makes them with the dates given, and tells who they are again on the next run", async () => {
    const people = [person(1), person(2), person(3)];
    const first = await world.accounts.contract.importPeople(context, people, null);
    expect(first).toMatchObject([{ isNew: true }, { isNew: true }, { isNew: true }]);
    const ids = first.map((result) => ("id" in result ? result.id : 0n));
    expect(ids.map(idTimeMs)).toEqual(people.map(({ createdAtMs }) => createdAtMs));
    const again = await world.accounts.contract.importPeople(context, [...people, person(4)], null);
    expect(again.slice(0, 3)).toEqual(ids.map((id) => ({ id, isNew: false })));
    expect(again[3]).toMatchObject({ isNew: true });
    const [known] = await world.accounts.contract.summaries(context, ids);
    expect(known?.summary).toMatchObject({ handle: "imported_1", name: "Imported 1" });
    const created = world.test.events.filter(({ type }) => type === "accounts.created.v1");
    expect(created).toHaveLength(4);
  });

  it("gives them a password where there is one, and none signs in without", async () => {
    const hash = await world.accounts.contract.hashPassword(context, usualPassword);
    await world.accounts.contract.importPeople(context, [person(10)], hash);
    await world.accounts.contract.importPeople(context, [person(11)], null);
    const signIn = (handle: string, password: string): Promise<number> =>
      world.ask("signIn", { body: { handle, password } }).then(({ status }) => status);
    expect(await signIn("imported_10", usualPassword)).toBe(201);
    expect(await signIn("imported_11", usualPassword)).toBe(401);
    expect(await signIn("imported_11", "")).toBe(401);
  });

  it("refuses each that cannot be, with the reason, and makes the others", async () => {
    await world.join("signed_up");
    const results = await world.accounts.contract.importPeople(
      context,
      [
        person(20, { handle: "SIGNED_UP" }),
        person(21, { handle: "no handle" }),
        person(22, { handle: "me" }),
        person(23, { name: "\u0000" }),
        person(24, { name: " " }),
        person(25, { createdAtMs: Date.UTC(1999, 0, 1) }),
        person(26, { createdAtMs: Date.now() + 60_000 }),
        person(27, { createdAtMs: Number.NaN }),
        person(28, { externalId: "" }),
        person(29, { externalId: "a\u0000" }),
        person(30),
        person(31, { handle: "imported_30" }),
      ],
      null,
    );
    expect(results.map((result) => "refused" in result)).toEqual([
      ...Array<boolean>(10).fill(true),
      false,
      true,
    ]);
    expect(results[0]).toEqual({ refused: "the handle signed_up is taken" });
    expect(results[11]).toEqual({ refused: "the handle imported_30 is taken" });
  });

  it("makes someone who stands in the list twice once", async () => {
    const [first, second] = await world.accounts.contract.importPeople(
      context,
      [person(40), person(40, { handle: "other" })],
      null,
    );
    expect(first).toMatchObject({ isNew: true });
    expect(second).toEqual({ ...first, isNew: false });
  });

  it("makes everyone once when it runs several times at once", async () => {
    const people = Array.from({ length: 200 }, (_, n) => person(1_000 + n));
    const runs = await Promise.all(
      [1, 2, 3].map(() => world.accounts.contract.importPeople(context, people, null)),
    );
    const ids = runs.map((results) => results.map((result) => ("id" in result ? result.id : 0n)));
    expect(ids[1]).toEqual(ids[0]);
    expect(ids[2]).toEqual(ids[0]);
    expect(new Set(ids[0]).size).toBe(200);
    expect(runs.flat().filter((result) => "isNew" in result && result.isNew)).toHaveLength(200);
    const [row] = await world.test.sql<{ count: bigint }[]>`
      SELECT count(*) FROM accounts.handles WHERE handle LIKE 'imported\\_1___'`;
    expect(Number(row?.count)).toBe(200);
  });

  it("does not bring back who deleted their account", async () => {
    const hash = await world.accounts.contract.hashPassword(context, usualPassword);
    await world.accounts.contract.importPeople(context, [person(50)], hash);
    const { body } = await world.ask("signIn", {
      body: { handle: "imported_50", password: usualPassword },
    });
    await world.ask("deleteOwnAccount", {
      token: body.token ?? "",
      body: { password: usualPassword },
    });
    const [again] = await world.accounts.contract.importPeople(context, [person(50)], hash);
    expect(again).toEqual({ refused: "the account was deleted" });
    expect(await world.accounts.contract.resolve(context, "@imported_50")).toBeNull();
  });

  it("makes a thousand in one call, found by name like anyone", async () => {
    const people = Array.from({ length: 1_000 }, (_, n) => person(5_000 + n, { name: "Thousand" }));
    const results = await world.accounts.contract.importPeople(context, people, null);
    expect(results.every((result) => "isNew" in result && result.isNew)).toBe(true);
    const { body } = await world.ask("searchAccounts", { query: "handle=thous&limit=100" });
    expect(body.items).toHaveLength(100);
  });
});
