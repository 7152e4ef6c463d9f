import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { until } from "../../../test/support/http.ts";
import { openTestRecord, type TestRecord } from "../../../test/support/record.ts";
import { internalContext, type Context } from "../../kernel/context.ts";
import { deadlineAfter, type Deadline } from "../../kernel/deadline.ts";
import type { Id } from "../../kernel/id.ts";
import { deadlineExceeded, defineProblem } from "../../kernel/problem.ts";
import type { ModuleSchema } from "../../ports/module.ts";
import type { GroupWork, Outcome } from "../../ports/record.ts";

const notes: ModuleSchema = {
  tables: {
    module: "notes",
    migrations: [
      {
        number: 1,
        name: "create",
        sql: `CREATE SCHEMA notes;
          CREATE TABLE notes.notes (id bigint PRIMARY KEY, text text NOT NULL CHECK (text <> 'broken'));
          CREATE FUNCTION notes.refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'not at the end'; END $$;
          CREATE CONSTRAINT TRIGGER late AFTER INSERT ON notes.notes DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW WHEN (NEW.text = 'broken at the end') EXECUTE FUNCTION notes.refuse();`,
      },
    ],
  },
  partitioned: [],
  events: {},
};

const refused = defineProblem({ code: "notes.refused", status: 409, title: "Refused." });

interface Note {
  readonly id: Id;
  readonly text: string;
  /** Has to be held together with others. */
  readonly lock?: Id;
}

/** The sizes of the groups that began, and how each member ended. */
let groups: number[];
/** What the next groups wait for once they have begun. */
let gate: Promise<void>;
let opened: TestRecord;

beforeAll(async () => {
  opened = await openTestRecord([notes]);
});
afterAll(() => opened.close());
beforeEach(async () => {
  groups = [];
  gate = Promise.resolve();
  await opened.sql`TRUNCATE notes.notes`;
});

/** Writes notes with one statement; a text decides what becomes of its note. */
const noting: GroupWork<Note, Id> = {
  name: "note",
  async run({ sql, mayWait }, members) {
    groups.push(members.length);
    await gate;
    const outcomes: Outcome<Id>[] = [];
    const rows: { id: string; text: string }[] = [];
    for (const { item, append } of members) {
      const { id, text, lock } = item;
      if (text === "refused") {
        outcomes.push({ refusal: refused() });
        continue;
      }
      if (lock !== undefined) {
        const [row] = mayWait
          ? await sql`SELECT pg_advisory_xact_lock_shared(${lock}::bigint), true AS locked`
          : await sql`SELECT pg_try_advisory_xact_lock_shared(${lock}::bigint) AS locked`;
        if (row?.["locked"] !== true) {
          outcomes.push("alone");
          continue;
        }
      }
      if (text === "dead") {
        await sql`SELECT pg_terminate_backend(pg_backend_pid())`;
      }
      rows.push({ id: String(id), text });
      const aggregate = { type: "note", id, version: 1 };
      append({ type: "notes.made.v1", aggregate, actorId: null, data: { text } });
      outcomes.push({ value: id });
    }
    await sql`
      INSERT INTO notes.notes SELECT id, text
      FROM json_to_recordset(${JSON.stringify(rows)}::text::json) AS note (id bigint, text text)`;
    return outcomes;
  },
};

let requests = 0;

function contextOf(): Context {
  return internalContext(`request ${(requests += 1)}`);
}

function note(text: string, more: { readonly lock?: Id; readonly context?: Context } = {}) {
  const { context = contextOf(), ...lock } = more;
  return opened.record.writeInGroup(context, noting, { id: opened.ids.mint(), text, ...lock });
}

/** How it ended: "made", or the code or message of what went wrong. */
async function ended(noted: Promise<unknown>): Promise<string> {
  try {
    await noted;
    return "made";
  } catch (error) {
    const { kind } = error as { kind?: { code: string } };
    return kind?.code ?? (error as Error).message;
  }
}

/** Holds up a group, so that all who come meanwhile form one. */
async function asOneGroup<T>(ask: () => T): Promise<T> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  gate = promise;
  const before = note("before");
  await until(() => groups.length === 1);
  const asked = ask();
  gate = Promise.resolve();
  resolve(undefined);
  await before;
  return asked;
}

async function texts(): Promise<string[]> {
  const rows = await opened.sql<{ text: string }[]>`
    SELECT text FROM notes.notes WHERE text <> 'before' ORDER BY text`;
  return rows.map((row) => row.text);
}

async function transactionsOf(text: string): Promise<number> {
  const rows = await opened.sql`SELECT DISTINCT xmin FROM notes.notes WHERE text = ${text}`;
  return rows.length;
}

describe("those who ask while others are served", () => {
  test("share one transaction, one position, and keep their requests apart", async () => {
    const contexts = Array.from({ length: 20 }, () => contextOf());
    const noted = await asOneGroup(() =>
      contexts.map((context, at) => note("shared", { context }).then((done) => ({ at, ...done }))),
    );
    const done = await Promise.all(noted);
    expect(groups.at(-1)).toBe(20);
    expect(await transactionsOf("shared")).toBe(1);
    expect(new Set(done.map(({ position }) => position)).size).toBe(1);
    for (const { at, value } of done) {
      const event = opened.events.find(({ aggregate }) => aggregate.id === value);
      expect(event?.requestId).toBe(contexts[at]?.requestId);
    }
  });

  test("are answered when the views have the facts of all of them", async () => {
    const noted = await asOneGroup(() => Array.from({ length: 5 }, () => note("told")));
    await Promise.race(noted);
    const told = opened.events.filter(({ data }) => data["text"] === "told");
    expect(told).toHaveLength(5);
    await Promise.all(noted);
  });

  test("go in groups of a bounded size, and all of them go", async () => {
    const noted = await asOneGroup(() => Array.from({ length: 200 }, () => note("many")));
    await Promise.all(noted);
    expect(Math.max(...groups)).toBeLessThanOrEqual(64);
    expect(await texts()).toHaveLength(200);
  });

  test("are refused at once where too many wait", async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    gate = promise;
    const noted = Array.from({ length: 2_000 }, () => ended(note("flood")));
    // The others wait for the gate, so that nobody but the refused can be answered.
    expect(await Promise.race(noted)).toBe("request.unavailable");
    resolve(undefined);
    const outcomes = await Promise.all(noted);
    expect(new Set(outcomes)).toEqual(new Set(["made", "request.unavailable"]));
    expect(await texts()).toHaveLength(outcomes.filter((outcome) => outcome === "made").length);
  });
});

test("someone alone does not wait for others", async () => {
  expect(await ended(note("lonely"))).toBe("made");
  expect(groups).toEqual([1]);
});

describe("in a group", () => {
  test("who is refused is refused alone", async () => {
    const noted = await asOneGroup(() => ["a", "refused", "b"].map((text) => ended(note(text))));
    expect(await Promise.all(noted)).toEqual(["made", "notes.refused", "made"]);
    expect(await texts()).toEqual(["a", "b"]);
    expect(groups.at(-1)).toBe(3);
  });

  test("who fails fails alone: the others are served one by one", async () => {
    const noted = await asOneGroup(() => ["a", "broken", "b"].map((text) => ended(note(text))));
    const outcomes = await Promise.all(noted);
    expect([outcomes[0], outcomes[2]]).toEqual(["made", "made"]);
    expect(outcomes[1]).toContain("check constraint");
    expect(await texts()).toEqual(["a", "b"]);
    expect(groups.slice(-4)).toEqual([3, 1, 1, 1]);
    expect(opened.events.filter(({ data }) => data["text"] === "broken")).toEqual([]);
  });

  test("who has to wait for a lock waits alone, and the others do not", async () => {
    const lock = opened.ids.mint();
    const holder = await opened.sql.reserve();
    await holder`SELECT pg_advisory_lock(${lock}::bigint)`;
    const { late, others } = await asOneGroup(() => ({
      late: note("late", { lock }),
      others: ["a", "b"].map((text) => note(text)),
    }));
    await Promise.all(others);
    // More of the same work is served while one waits.
    await note("c");
    expect(await texts()).toEqual(["a", "b", "c"]);
    await holder`SELECT pg_advisory_unlock(${lock}::bigint)`;
    holder.release();
    await late;
    expect(await texts()).toEqual(["a", "b", "c", "late"]);
  });

  test("who is too late is told so and nothing is written, and the others are served", async () => {
    let isOver = false;
    const deadline: Deadline = {
      remainingMs: () => 60_000,
      check() {
        if (isOver) {
          throw deadlineExceeded({ retryAfterS: 1 });
        }
      },
    };
    const noted = await asOneGroup(() => {
      const asked = [
        ended(note("late", { context: { ...contextOf(), deadline } })),
        ended(note("in time")),
      ];
      isOver = true;
      return asked;
    });
    expect(await Promise.all(noted)).toEqual(["request.deadline_exceeded", "made"]);
    expect(await texts()).toEqual(["in time"]);
  });

  test("a client that leaves takes nothing from the others of its group", async () => {
    let isGone = false;
    let checks = 0;
    const deadline: Deadline = {
      // Of all the group the one who would wait longest, until the transaction is about to begin.
      remainingMs: () => (isGone ? Number.NEGATIVE_INFINITY : 60_000),
      check() {
        if (isGone) {
          throw deadlineExceeded({ retryAfterS: 1 });
        }
        checks += 1;
        if (checks === 2) {
          setImmediate(() => {
            isGone = true;
          });
        }
      },
    };
    const others = { ...contextOf(), deadline: deadlineAfter(30_000, () => performance.now()) };
    const noted = await asOneGroup(() => [
      ended(note("gone", { context: { ...contextOf(), deadline } })),
      ended(note("there", { context: others })),
    ]);
    expect((await Promise.all(noted))[1]).toBe("made");
    expect(groups.at(-1)).toBe(2);
  });

  test("all are told to retry when the connection dies, and nothing is left of any", async () => {
    const noted = await asOneGroup(() => ["a", "dead", "b"].map((text) => ended(note(text))));
    const outcomes = await Promise.all(noted);
    expect(outcomes).toEqual(Array.from({ length: 3 }, () => "request.unavailable"));
    expect(await texts()).toEqual([]);
    // Whoever asks again has it once.
    expect(await ended(note("a"))).toBe("made");
    expect(await texts()).toEqual(["a"]);
  });

  test("nobody runs again when it is the commit that failed", async () => {
    const noted = await asOneGroup(() =>
      ["a", "broken at the end"].map((text) => ended(note(text))),
    );
    const outcomes = await Promise.all(noted);
    expect(outcomes).toEqual(["not at the end", "not at the end"]);
    expect(groups.at(-1)).toBe(2);
    expect(await texts()).toEqual([]);
  });
});

test("a member who states a fact and is refused is a bug, and leaves nothing", async () => {
  const confused: GroupWork<Id, null> = {
    name: "confused",
    run(_tx, members) {
      for (const { item, append } of members) {
        const aggregate = { type: "note", id: item, version: 1 };
        append({ type: "notes.made.v1", aggregate, actorId: null, data: { text: "confused" } });
      }
      return Promise.resolve(members.map(() => ({ refusal: refused() })));
    },
  };
  const asked = opened.record.writeInGroup(contextOf(), confused, opened.ids.mint());
  expect(await ended(asked)).toContain("has stated no fact");
  expect(opened.events.filter(({ data }) => data["text"] === "confused")).toEqual([]);
});

test("whatever is asked at the same time comes to what each would come to alone", async () => {
  const text = fc.constantFrom("a", "b", "c", "refused", "broken");
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 150 }), async (wanted) => {
      await opened.sql`TRUNCATE notes.notes`;
      const before = opened.events.length;
      const outcomes = await Promise.all(wanted.map((one) => ended(note(one))));
      const expected = wanted.map((one) => (one === "refused" ? "notes.refused" : "made"));
      const shown = outcomes.map((outcome, at) =>
        wanted[at] === "broken" && outcome.includes("check constraint") ? "made" : outcome,
      );
      expect(shown).toEqual(expected);
      const made = wanted.filter((one) => one !== "refused" && one !== "broken").toSorted();
      expect(await texts()).toEqual(made);
      const told = opened.events.slice(before).map(({ data }) => data["text"] as string);
      expect(told.toSorted()).toEqual(made);
    }),
    { numRuns: 30 },
  );
});
