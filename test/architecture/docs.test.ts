/** The documents are true to the project, as far as a program can tell. */
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readDocuments, readFacts, type Document, type Facts } from "../support/documents.ts";

type Rule = {
  readonly name: string;
  /** What breaks the rule, in words that lead to it. */
  readonly broken: (documents: readonly Document[], facts: Facts) => string[];
  /** What breaks it when it stands beside tidy documents, and what the rule then says. */
  readonly planted: Document;
  readonly complaint: string;
  /** What the project has besides, where that is what breaks the rule. */
  readonly plantedFacts?: Partial<Facts>;
};

/** Not there before somebody has measured. */
const madeByTheBench = "bench/results/";
const architecture = "ARCHITECTURE.md";
const english = "README.md";
const korean = "README.ko.md";
const metricsPage = "docs/operations/health-and-metrics.md";
const problemsPage = "docs/reference/problems.md";

const named = (documents: readonly Document[], name: string): string =>
  documents
    .filter((document) => document.name === name)
    .map(({ text }) => text)
    .join("\n");

/** Every match in every document that `isTrue` does not grant. */
function untrue(
  documents: readonly Document[],
  pattern: RegExp,
  isTrue: (found: string, document: Document) => boolean,
): string[] {
  return documents.flatMap((document) =>
    [...document.text.matchAll(pattern)]
      .map(([, found = ""]) => found)
      .filter((found) => !isTrue(found, document))
      .map((found) => `${document.name}: ${found}`),
  );
}

const prose = (text: string): string => text.replaceAll(/^```.*?^```$/gmsu, "");
const codeBlocks = (text: string): string[] => text.match(/^```.*?^```$/gmsu) ?? [];
const headings = (text: string): string[] => prose(text).match(/^#+ .*$/gmu) ?? [];
const levels = (text: string): string[] => headings(text).map((line) => line.split(" ")[0] ?? "");

/** As GitHub names a heading: lower case, spaces to dashes, other marks left out. */
function anchors(text: string): string[] {
  return headings(text).map((line) =>
    line
      .replace(/^#+ /u, "")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

function leadsSomewhere(
  target: string,
  from: Document,
  documents: readonly Document[],
  facts: Facts,
): boolean {
  const [file = "", anchor] = target.split("#");
  const name =
    file === ""
      ? from.name
      : path.posix.normalize(path.posix.join(path.posix.dirname(from.name), file));
  const isThere = file === "" || facts.exists(name);
  return isThere && (anchor === undefined || anchors(named(documents, name)).includes(anchor));
}

/** The rows of tables whose first cell is a table of the record: its name and its primary key. */
const describedTables = (text: string): readonly (readonly [name: string, key: string])[] =>
  [...text.matchAll(/^\| `(\w+\.\w+)` +\| `([^`]+)` +\|/gmu)].map(([, name = "", key = ""]) => [
    name,
    key,
  ]);

const rules: readonly Rule[] = [
  {
    name: "every link leads to a file of the project, and to a heading that is there",
    broken: (documents, facts) =>
      untrue(documents, /\]\((?!https?:)([^)\s]+)\)/gu, (target, from) =>
        leadsSomewhere(target, from, documents, facts),
      ),
    planted: { name: "docs/start.md", text: "See [how](../ARCHITECTURE.md#gone)." },
    complaint: "docs/start.md: ../ARCHITECTURE.md#gone",
  },
  {
    name: "every path from the project's root is there",
    broken: (documents, facts) =>
      untrue(
        documents,
        /(?<=`|^)((?:src|test|tools|docs|bench|sdk|web|deploy|\.ci)\/[\w./-]*)(?=`| )/gmu,
        (file) => file === madeByTheBench || facts.exists(file),
      ),
    planted: { name: "docs/start.md", text: "`src/kernel/gone.ts` has it." },
    complaint: "docs/start.md: src/kernel/gone.ts",
  },
  {
    name: "every file that is named without its folder is somewhere",
    broken: (documents, facts) =>
      untrue(
        documents.filter(({ name }) => name === architecture || name.startsWith("docs/")),
        /`(\w[\w.-]*\.(?:ts|mjs))`/gu,
        (file) => facts.fileNames.has(file),
      ),
    planted: { name: "docs/start.md", text: "`gone.ts` has it." },
    complaint: "docs/start.md: gone.ts",
  },
  {
    name: "every npm command is a script",
    broken: (documents, facts) =>
      untrue(documents, /npm run (?:--silent )?([a-z]+)/gu, (script) => facts.scripts.has(script)),
    planted: { name: "docs/start.md", text: "Then npm run build." },
    complaint: "docs/start.md: build",
  },
  {
    name: "every command of the command line is one",
    broken: (documents, facts) =>
      untrue(documents, /npm run (?:--silent )?maru -- ([a-z][a-z-]*)/gu, (command) =>
        facts.commands.has(command),
      ),
    planted: { name: "docs/start.md", text: "`npm run maru -- restore FILE`" },
    complaint: "docs/start.md: restore",
  },
  {
    name: "every step of check is one",
    broken: (documents, facts) =>
      untrue(documents, /npm run check -- ([a-z-]+)/gu, (step) => facts.checkSteps.has(step)),
    planted: { name: "docs/start.md", text: "`npm run check -- spelling`" },
    complaint: "docs/start.md: spelling",
  },
  {
    name: "every variable is a setting",
    broken: (documents, facts) =>
      untrue(documents, /\b(MARU_[A-Z_]*[A-Z])\b/gu, (variable) => facts.settings.has(variable)),
    planted: { name: "docs/start.md", text: "Set `MARU_SPEED`." },
    complaint: "docs/start.md: MARU_SPEED",
  },
  {
    name: "every table of the record is described, with its primary key, and no other",
    broken(documents, { tables }) {
      const described = new Map(describedTables(named(documents, architecture)));
      const known = new Set(tables.map(({ name }) => name));
      return [
        ...tables
          .filter(({ name, primaryKey }) => described.get(name) !== primaryKey)
          .map(({ name, primaryKey }) => `${name} (${primaryKey})`),
        ...[...described.keys()].filter((name) => !known.has(name)),
      ];
    },
    planted: { name: architecture, text: "| `stories.gone` | `id` | | nothing |" },
    complaint: "stories.gone",
  },
  {
    name: "every metric is explained, and no other",
    broken(documents, { metrics }) {
      const page = named(documents, metricsPage);
      const explained = [...page.matchAll(/^\| `(maru_\w+)`/gmu)].map(([, name = ""]) => name);
      return [
        ...metrics.filter((name) => !explained.includes(name)),
        ...explained.filter((name) => !metrics.includes(name)),
      ];
    },
    planted: { name: metricsPage, text: "| `maru_feed_gone` | nothing |" },
    complaint: "maru_feed_gone",
  },
  {
    name: "every problem is in the reference",
    broken: (documents, { problems }) => {
      const page = named(documents, problemsPage);
      const listed = [...page.matchAll(/^\| `([a-z_.]+)`/gmu)].map(([, code = ""]) => code);
      return [
        ...problems.filter((code) => !listed.includes(code)),
        ...listed.filter((code) => !problems.includes(code)),
      ];
    },
    planted: { name: problemsPage, text: "| `feed.gone` | 410 | Gone. | anywhere |" },
    complaint: "feed.gone",
  },
  {
    name: "every dependency has its reason in a decision",
    broken: (documents, { packages }) => {
      const decisions = documents.filter(({ name }) => name.startsWith("docs/decisions/"));
      return packages.filter((name) => !decisions.some(({ text }) => text.includes(`\`${name}\``)));
    },
    planted: { name: "docs/decisions/0001-start.md", text: "Not `that-one`." },
    complaint: "some-package",
    plantedFacts: { packages: ["some-package"] },
  },
  {
    name: "both READMEs have the same headings by level and the same code",
    broken(documents) {
      const [one, other] = [named(documents, english), named(documents, korean)];
      const isSame =
        levels(one).join() === levels(other).join() &&
        codeBlocks(one).join("\n") === codeBlocks(other).join("\n");
      return isSame ? [] : [korean];
    },
    planted: { name: korean, text: "## 더\n" },
    complaint: korean,
  },
];

const tidyDocuments: readonly Document[] = [
  { name: english, text: "# Maru\n" },
  { name: korean, text: "# 마루\n" },
  { name: architecture, text: "# How\n\n| `graph.members` | `account_id` | | lists |\n" },
  { name: metricsPage, text: "| `maru_jobs_total` | jobs |\n" },
  { name: problemsPage, text: "| `graph.oneself` | 400 | You. | anywhere |\n" },
];

const smallFacts: Facts = {
  exists: (file) => [architecture, english].includes(file),
  fileNames: new Set(["merge.ts"]),
  scripts: new Set(["check", "maru"]),
  commands: new Set(["import"]),
  checkSteps: new Set(["lint"]),
  settings: new Set(["MARU_PORT"]),
  packages: [],
  tables: [{ name: "graph.members", primaryKey: "account_id" }],
  metrics: ["maru_jobs_total"],
  problems: ["graph.oneself"],
};

describe("in the documents", () => {
  const documents = readDocuments();
  const facts = readFacts();

  it("tables, metrics and problems are found", () => {
    expect(facts.tables.every(({ primaryKey }) => primaryKey !== "")).toBe(true);
    for (const found of [facts.tables, facts.metrics, facts.problems, facts.packages]) {
      expect(found.length).toBeGreaterThan(10);
    }
  });

  it.each(rules)("$name", ({ broken }) => {
    expect(broken(documents, facts)).toEqual([]);
  });
});

describe("the test of the documents catches it unless", () => {
  it.each(rules)("$name", ({ broken, planted, complaint, plantedFacts }) => {
    expect(broken(tidyDocuments, smallFacts)).toEqual([]);
    const facts = { ...smallFacts, ...plantedFacts };
    expect(broken([...tidyDocuments, planted], facts)).toEqual([complaint]);
  });
});
