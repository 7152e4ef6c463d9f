import fastCheck from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { json, postRoute, startTestHost, until, type TestHost } from "../../test/support/http.ts";
import { openTestRecord, type TestRecord } from "../../test/support/record.ts";
import { defineProblem } from "../kernel/problem.ts";
import type { ModuleSchema } from "../ports/module.ts";
import type { GroupWork, Outcome } from "../ports/record.ts";
import type { Answer } from "../ports/routes.ts";
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

let record: TestRecord;
let server: TestHost;
/** What the next groups wait for, once they have begun. */
let gate: Promise<void>;
/** How many members each group had whose keys were free. */
let groups: number[];
/** Commands that have asked to be in a group. */
let joined: number;

beforeAll(async () => {
  record = await openTestRecord([httpSchema, notesSchema]);
  const route = postRoute(
    "/v1/notes",
    ({ body, commandInGroup }) => commandInGroup(noting, body.text),
    { viewer: "optional" },
  );
  server = await startTestHost([route], {
    record: {
      ...record.record,
      writeInGroup(context, work, item) {
        joined += 1;
        return record.record.writeInGroup(context, work, item);
      },
    },
  });
});
afterAll(async () => {
  await server.host.close();
  await record.close();
});
beforeEach(async () => {
  gate = Promise.resolve();
  groups = [];
  joined = 0;
  await record.sql`TRUNCATE http.idempotency_keys, notes.notes`;
});

/** Writes notes of a group with one statement; a text says what becomes of its note. */
const noting: GroupWork<string, Answer> = {
  name: "note",
  async run({ sql, mayWait }, members) {
    groups.push(members.length);
    await gate;
    const rows: { id: string; text: string }[] = [];
    const outcomes = members.map(({ item: text }): Outcome<Answer> => {
      if (text === "refused") {
        return { refusal: taken() };
      }
      if (text === "alone" && !mayWait) {
        return "alone";
      }
      const id = String(record.ids.mint());
      rows.push({ id, text });
      return { value: { status: 201, json: `{"id":"${id}","text":"${text}"}` } };
    });
    await sql`
      INSERT INTO notes.notes SELECT id, text
      FROM json_to_recordset(${JSON.stringify(rows)}::text::json) AS note (id bigint, text text)`;
    return outcomes;
  },
};

describe("a command that shares its transaction", () => {
  interface Ask {
    readonly text: string;
    readonly key: string | null;
    readonly as: "anna" | "bora" | null;
  }

  interface Told {
    readonly status: number;
    readonly body: string;
    readonly isReplay: boolean;
  }

  async function askNow({ text, key, as }: Ask): Promise<Told> {
    const headers = {
      ...(as === null ? {} : { authorization: `Bearer ${as}` }),
      ...(key === null ? {} : { "idempotency-key": key }),
    };
    const response = await server.fetch("/v1/notes", json({ text }, headers));
    const isReplay = response.headers.get("idempotency-replayed") === "true";
    return { status: response.status, body: await response.text(), isReplay };
  }

  const byAnna = (text: string, key: string | null = null): Ask => ({ text, key, as: "anna" });

  /** A group is held up while these gather, so that they form the next. */
  async function together(asks: readonly Ask[]): Promise<readonly Told[]> {
    let open = (): void => undefined;
    gate = new Promise((resolve) => {
      open = resolve;
    });
    const begun = groups.length;
    const before = askNow(byAnna("before"));
    await until(() => groups.length > begun);
    joined = 0;
    const asked = asks.map(askNow);
    await until(() => joined === asks.length);
    open();
    await before;
    return Promise.all(asked);
  }

  test("keeps its answer, and is answered with it from then on", async () => {
    const asks = [byAnna("a", "k1"), byAnna("b", "k2"), byAnna("c")];
    const first = await together(asks);
    expect(groups.at(-1)).toBe(3);
    expect(first.map(({ status }) => status)).toEqual([201, 201, 201]);
    // One that was answered, one with another body, one refused and one new share a group.
    const [replayed, other, refusal, fresh] = await together([
      byAnna("a", "k1"),
      byAnna("other", "k2"),
      byAnna("refused", "k3"),
      byAnna("d", "k4"),
    ]);
    expect(groups.at(-1)).toBe(2);
    expect(replayed).toEqual({ ...first[0], isReplay: true });
    expect([other?.status, refusal?.status, fresh?.status]).toEqual([422, 409, 201]);
    // What was refused kept nothing.
    expect((await askNow(byAnna("e", "k3"))).status).toBe(201);
  });

  test("runs once when it is sent twice in one group", async () => {
    const [one, two, bora] = await together([
      byAnna("a", "k"),
      byAnna("a", "k"),
      { text: "a", key: "k", as: "bora" },
    ]);
    expect([one?.status, two?.status, bora?.status]).toEqual([201, 409, 201]);
    expect(two?.body).toContain("idempotency.in_progress");
    expect(await askNow(byAnna("a", "k"))).toEqual({ ...one, isReplay: true });
  });

  test("keeps its key also when it has to run alone", async () => {
    const [alone, other] = await together([byAnna("alone", "k"), byAnna("a", "l")]);
    expect([alone?.status, other?.status]).toEqual([201, 201]);
    expect(await askNow(byAnna("alone", "k"))).toEqual({ ...alone, isReplay: true });
  });

  test("has its effect once a key, whatever is asked how often at the same time", async () => {
    const ask = fastCheck.record({
      text: fastCheck.constantFrom("a", "b", "refused", "alone"),
      key: fastCheck.constantFrom("k1", "k2", "k3", null),
      as: fastCheck.constantFrom("anna" as const, "bora" as const, null),
    });
    const rounds = fastCheck.array(fastCheck.array(ask, { minLength: 1, maxLength: 20 }), {
      minLength: 1,
      maxLength: 4,
    });
    await fastCheck.assert(
      fastCheck.asyncProperty(rounds, async (all) => {
        await record.sql`TRUNCATE http.idempotency_keys, notes.notes`;
        /** By key: the ask that ran, and what it was told. */
        const kept = new Map<string, { readonly text: string; readonly body: string }>();
        let effects = 0;
        for (const asks of all) {
          const told = await Promise.all(asks.map(askNow));
          const ran = asks.map((_, at) => told[at]?.status === 201 && !told[at].isReplay);
          effects += ran.filter(Boolean).length;
          const nameOf = ({ as, key }: Ask): string => `${String(as)} ${String(key)}`;
          asks.forEach((one, at) => {
            if (one.key !== null && ran[at] === true) {
              expect(kept.has(nameOf(one))).toBe(false);
              kept.set(nameOf(one), { text: one.text, body: told[at]?.body ?? "" });
            }
          });
          asks.forEach((one, at) => {
            const first = one.key === null ? undefined : kept.get(nameOf(one));
            const { status = 0, body = "", isReplay = false } = told[at] ?? {};
            const rivals = asks.filter((other) => nameOf(other) === nameOf(one)).length;
            const mayBeBusy = one.key !== null && rivals > 1 && body.includes("in_progress");
            if (mayBeBusy || ran[at] === true) {
              return;
            }
            if (isReplay) {
              expect([body, one.text]).toEqual([first?.body, first?.text]);
            } else if (status === 422) {
              expect(first?.text).not.toBe(one.text);
            } else {
              expect([status, one.text, body.includes("test.taken")]).toEqual([
                409,
                "refused",
                true,
              ]);
            }
          });
        }
        expect(await noteCount()).toBe(effects);
      }),
      { numRuns: 25 },
    );
  });
});

async function noteCount(): Promise<number> {
  const rows = await record.sql`SELECT FROM notes.notes`;
  return rows.length;
}
