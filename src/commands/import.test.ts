import { mkdirSync } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createImportFolder,
  createImportWorld,
  type ImportWorld,
} from "../../test/support/import-world.ts";
import { unavailable } from "../kernel/problem.ts";
import { UsageError } from "./command.ts";

let files: Awaited<ReturnType<typeof createImportFolder>>;

beforeAll(async () => {
  files = await createImportFolder();
});

afterAll(() => files.remove());

interface StoryInput {
  readonly author: number;
  readonly day: number;
  readonly text: string;
}

const jsonLine = ({ author, day, text }: StoryInput): string =>
  JSON.stringify({ author, date: `2014-11-${String(day).padStart(2, "0")}`, text });

/** What an import leaves, without the ids, which depend on which file was quicker. */
function outcome({ people, friendships, stories }: ImportWorld): unknown {
  const each = [...people].map(([number, { createdAtMs }]) => ({ number, createdAtMs }));
  return {
    people: each.toSorted((a, b) => Number(a.number) - Number(b.number)),
    friendships,
    stories,
  };
}

describe("an import", () => {
  it("brings people, friendships and stories in the order of the files, and reports", async () => {
    const world = createImportWorld();
    world.takenHandles.add("p9").add("p8");
    const friends = await files.write("f", "# pairs\n0 1\n\n1 2\n2 1\n3 3\nx\n9 0\n8 0\n");
    const stories = await files.write(
      "s",
      [
        jsonLine({ author: 5, day: 18, text: "하나" }),
        jsonLine({ author: 5, day: 18, text: "하나" }),
        "{",
        jsonLine({ author: 0, day: 19, text: "" }),
        jsonLine({ author: 0, day: 17, text: "둘" }),
        jsonLine({ author: 9, day: 19, text: "셋" }),
      ].join("\r\n"),
    );
    expect(await world.run({ "--friends": friends, "--stories": stories })).toBe(0);
    expect([...world.people.keys()].toSorted()).toEqual(["0", "1", "2", "5"]);
    expect(world.friendships).toEqual(["0 1", "1 2"]);
    expect(world.stories).toMatchObject([
      { author: "5", text: "하나", atMs: Date.UTC(2014, 10, 18) },
      { author: "5", text: "하나", atMs: Date.UTC(2014, 10, 18) },
      { author: "0", text: "둘", atMs: Date.UTC(2014, 10, 17) },
    ]);
    const report = world.printed.join("\n");
    expect(report).toContain("People       4 made, 0 known, 2 refused");
    expect(report).toMatch(/2 × the handle p<number> is taken \(accounts (9, 8|8, 9)\)/);
    expect(report).toContain("Friendships  2 made, 1 known, 4 refused");
    expect(report).toContain("2 × names a person for whom no account could be made (lines 8, 9)");
    expect(report).toContain("1 × names the same account twice (lines 6)");
    expect(report).toContain("1 × is not two account numbers (lines 7)");
    expect(report).toContain("Stories      3 made, 0 known, 3 refused");
    expect(report).toContain("1 × is not JSON (lines 3)");
    expect(report).toContain("1 × /text: is empty (lines 4)");
    expect(world.opened).toEqual({ count: 1, closed: 1 });
  });

  it("dates the people by the oldest story, so that no story is older than its author", async () => {
    const world = createImportWorld();
    const stories = [19, 12, 30].map((day) => jsonLine({ author: day, day, text: "마루" }));
    const file = await files.write("s", `{"date":"1999-01-01"}\n${stories.join("\n")}`);
    await world.run({ "--stories": file });
    const dates = [...world.people.values()].map(({ createdAtMs }) => createdAtMs);
    expect(dates).toEqual([12, 12, 12].map((day) => Date.UTC(2014, 10, day)));
  });

  it("gives everyone the password of the flag, or none", async () => {
    const friends = await files.write("f", "1 2");
    const closed = createImportWorld();
    await closed.run({ "--friends": friends });
    expect([...closed.passwordHashes]).toEqual([null]);
    const open = createImportWorld();
    await open.run({ "--friends": friends, "--password": "open sesame" });
    expect([...open.passwordHashes]).toEqual(["hash of open sesame"]);
  });

  it("makes nothing twice when it is run again, and says so", async () => {
    const world = createImportWorld();
    const friends = await files.write("f", "0 1\n1 2");
    const story = jsonLine({ author: 1, day: 18, text: "마루" });
    const flags = {
      "--friends": friends,
      "--stories": await files.write("s", `${story}\n${story}\n`),
    };
    await world.run(flags);
    const before = structuredClone(outcome(world));
    world.printed.length = 0;
    expect(await world.run(flags)).toBe(0);
    expect(outcome(world)).toEqual(before);
    expect(world.printed.join("\n")).toContain("Stories      0 made, 2 known, 0 refused");
  });

  it("refuses broken bytes and endless lines by their numbers", async () => {
    const world = createImportWorld();
    const content = [Buffer.from("0 1\n"), Buffer.of(0xff, 0x0a), Buffer.alloc(300_000, "1 ")];
    expect(await world.run({ "--friends": await files.write("f", Buffer.concat(content)) })).toBe(
      0,
    );
    const report = world.printed.join("\n");
    expect(report).toContain("1 × is not valid UTF-8 (lines 2)");
    expect(report).toContain("1 × is longer than 262144 bytes (lines 3)");
  });
});

describe("an import that ends early", () => {
  it("waits for a database that restarts, and loses nothing", async () => {
    const world = createImportWorld();
    world.hook = (when, call) => {
      if (when === "after" && call > 1 && call < 5) throw unavailable();
    };
    const friends = await files.write("f", "0 1\n1 2\n");
    expect(await world.run({ "--friends": friends })).toBe(0);
    expect(world.friendships).toEqual(["0 1", "1 2"]);
    expect(world.complaints).toEqual([expect.stringContaining("Trying again for a minute")]);
  });

  it("fails clearly when the database stays away, with a report of what was brought", async () => {
    const world = createImportWorld();
    world.hook = () => {
      throw unavailable({ cause: new Error("it is gone") });
    };
    expect(await world.run({ "--friends": await files.write("f", "0 1\n") })).toBe(1);
    expect(world.complaints.at(-1)).toContain("it is gone");
    expect(world.printed.join("\n")).toContain("Friendships  0 made, 0 known, 0 refused");
    expect(world.opened).toEqual({ count: 1, closed: 1 });
  });

  it("throws what nobody expects, after it has closed the database", async () => {
    const world = createImportWorld();
    world.hook = () => {
      throw new TypeError("a bug");
    };
    const friends = await files.write("f", "0 1\n");
    await expect(world.run({ "--friends": friends })).rejects.toThrow("a bug");
    expect(world.opened).toEqual({ count: 1, closed: 1 });
  });

  it("says on an interrupt that it can be run again", async () => {
    const world = createImportWorld();
    world.hook = () => {
      world.interrupt();
    };
    expect(await world.run({ "--friends": await files.write("f", "0 1\n") })).toBe(1);
    expect(world.complaints.at(-1)).toContain("Run the same command again");
  });

  it("and is run again, at whatever batch, ends as one that was not disturbed", async () => {
    const person = fc.nat({ max: 40 });
    const story = fc.record({
      author: person,
      day: fc.integer({ min: 1, max: 30 }),
      text: fc.constantFrom("", "가", "나", "다"),
    });
    const many = { maxLength: 1_000, size: "max" } as const;
    const disturbance = fc.record({
      call: fc.integer({ min: 1, max: 12 }),
      kind: fc.constantFrom("interrupt", "killed before commit", "killed after commit"),
    });
    const property = fc.asyncProperty(
      fc.array(fc.tuple(person, person), many),
      fc.array(story, many),
      fc.array(disturbance, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 800 }),
      async (pairs, stories, disturbances, callMs) => {
        const flags = {
          "--friends": await files.write("f", pairs.map((pair) => pair.join(" ")).join("\n")),
          "--stories": await files.write("s", stories.map(jsonLine).join("\n")),
        };
        const calm = createImportWorld();
        await calm.run(flags);
        const disturbed = createImportWorld();
        disturbed.callMs = callMs;
        for (const { call, kind } of disturbances) {
          const last = disturbed.batchSizes.length + call;
          disturbed.hook = (when, number) => {
            if (number < last) return;
            if (kind === "interrupt") disturbed.interrupt();
            else if (kind.includes(when)) throw new Error("killed");
          };
          await disturbed.run(flags).catch(() => undefined);
        }
        disturbed.hook = () => undefined;
        expect(await disturbed.run(flags)).toBe(0);
        expect(outcome(disturbed)).toEqual(outcome(calm));
        expect(Math.max(0, ...disturbed.batchSizes)).toBeLessThanOrEqual(1_000);
      },
    );
    await fc.assert(property, { numRuns: 40 });
  });
});

describe("a wrong command line", () => {
  const refused = async (
    flags: Readonly<Record<string, string>>,
    words: readonly string[] = [],
  ): Promise<string> => {
    const world = createImportWorld();
    const error: unknown = await world.run(flags, words).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    expect(world.opened.count).toBe(0);
    return (error as UsageError).message;
  };

  it("names what is wrong and opens no database", async () => {
    const good = await files.write("f", "0 1");
    const folder = `${files.folder}/folder`;
    mkdirSync(folder);
    expect(await refused({})).toContain("--friends FILE, --stories FILE or both");
    expect(await refused({ "--friends": "" })).toContain("--friends");
    expect(await refused({ "--friends": good }, ["more"])).toContain('"more"');
    expect(await refused({ "--friends": good, "--stories": `${good}.gone` })).toMatch(
      /--stories: .*f\.gone cannot be read: ENOENT/,
    );
    expect(await refused({ "--stories": folder })).toContain(`--stories: ${folder} is a folder`);
    expect(await refused({ "--stories": "/dev/null" })).toContain("is no plain file");
    expect(await refused({ "--friends": good, "--password": "short" })).toContain(
      "--password must have 8 to 200 characters",
    );
  });
});
