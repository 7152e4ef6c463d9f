/** What the linter cannot say of single files: the shape of the tree. */
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

type File = { readonly name: string; readonly text: string };

type Rule = {
  readonly name: string;
  /** The names that break the rule, of all files there are. */
  readonly broken: (files: readonly File[]) => string[];
  /** A file that breaks it, beside a tidy tree. */
  readonly planted: File;
  /** What the rule then names, where it is not that file. */
  readonly complaint?: string;
};

/** A file that is longer is two files. */
const linesMax = 400;

/** `src/modules/feed/merge.ts` has as many parts as a path may have. */
const depthMax = 4;

const namesIn = (folder: string, files: readonly File[]): string[] =>
  files.map(({ name }) => name).filter((name) => name.startsWith(folder));

const namesWith = (text: RegExp, files: readonly File[]): string[] =>
  files.filter((file) => text.test(file.text)).map(({ name }) => name);

const rules: readonly Rule[] = [
  {
    name: "a file lies no deeper than src/modules/feed/merge.ts",
    broken: (files) => namesIn("src/", files).filter((name) => name.split("/").length > depthMax),
    planted: { name: "src/adapters/postgres/sql/record.ts", text: "" },
  },
  {
    name: "a module has its README.md, contract.ts and module.ts",
    broken: (files) => {
      const names = namesIn("src/modules/", files);
      const modules = new Set(names.map((name) => name.split("/").slice(0, 3).join("/")));
      return [...modules].flatMap((module) =>
        ["README.md", "contract.ts", "module.ts"]
          .map((file) => `${module}/${file}`)
          .filter((name) => !names.includes(name)),
      );
    },
    planted: { name: "src/modules/feed/module.ts", text: "" },
    complaint: "src/modules/feed/README.md, src/modules/feed/contract.ts",
  },
  {
    name: "a test lies beside its subject",
    broken: (files) => {
      const names = new Set(namesIn("src/", files));
      // `publish.race.test.ts` tells of publish.ts, too.
      const subject = (test: string): string => test.replace(/(?:\.[a-z-]+)?\.test\.ts$/u, ".ts");
      return [...names].filter((name) => /\.test\.ts$/u.test(name) && !names.has(subject(name)));
    },
    planted: { name: "src/kernel/gone.test.ts", text: "" },
  },
  {
    name: `a file of the source has at most ${linesMax} lines`,
    broken: (files) => {
      const tooLong = files.filter(({ text }) => text.split("\n").length > linesMax + 1);
      return namesIn("src/", tooLong);
    },
    planted: { name: "src/kernel/long.ts", text: "\n".repeat(linesMax + 1) },
  },
  {
    name: "a name is lower-case words with dashes",
    broken: (files) =>
      namesIn("src/", files).filter(
        (name) => !/^(?:[a-z0-9-]+\/)*(?:README\.md|[a-z0-9.-]+)$/u.test(name),
      ),
    planted: { name: "src/kernel/pageSize.ts", text: "" },
  },
  {
    name: "no text names a folder of somebody's machine",
    broken: (files) => namesWith(/(?<![\w./-])\/(?:home|Users|root|work)\/[a-z]/u, files),
    planted: { name: "docs/start.md", text: ["", "home", "somebody", "maru"].join("/") },
  },
];

const tidyTree: readonly File[] = [
  ...["README.md", "contract.ts", "module.ts"].map((name) => `src/modules/graph/${name}`),
  "src/kernel/id.ts",
  "src/kernel/id.test.ts",
  "src/kernel/id.clock.test.ts",
].map((name) => ({ name, text: "\n".repeat(linesMax) }));

function readTree(): File[] {
  const root = path.resolve(import.meta.dirname, "../..");
  const folders = ["src", "test", "tools", "bench", "docs", "web", "deploy"];
  const patterns = ["*.{md,json,ts,mjs}", ...folders.map((folder) => `${folder}/**/*.*`)];
  const isNotOurs = (name: string): boolean => /(?:^|\/)(?:node_modules|dist)$/u.test(name);
  return globSync(patterns, { cwd: root, exclude: isNotOurs }).map((name) => ({
    name: name.replaceAll(path.sep, "/"),
    text: readFileSync(path.join(root, name), "utf8"),
  }));
}

describe("in the tree", () => {
  it.each(rules)("$name", ({ broken }) => {
    expect(broken(readTree())).toEqual([]);
  });
});

describe("the tidy test catches it unless", () => {
  it.each(rules)("$name", ({ broken, planted, complaint = planted.name }) => {
    expect(broken(tidyTree)).toEqual([]);
    expect(broken([...tidyTree, planted]).join(", ")).toBe(complaint);
  });
});
