/**
 * Plants one violation of each habit in a small tree of its own, with this project's lint
 * configuration, and expects that habit's rule to be named, and no other.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ESLint } from "eslint";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rules as houseRules } from "../../tools/house-rules.ts";

type Planted = { readonly rule: string; readonly file: string; readonly text: string };

const projectRoot = path.resolve(import.meta.dirname, "../..");

const value = "export const x = 1;";

const violations: readonly Planted[] = [
  { rule: "house/named-exports", file: "src/kernel/default.ts", text: "export default 1;" },
  {
    rule: "house/named-exports",
    file: "src/kernel/as-default.ts",
    text: "const x = 1; export { x as default };",
  },
  { rule: "house/no-barrel", file: "src/modules/feed/index.ts", text: value },
  { rule: "house/no-barrel", file: "src/kernel/all.ts", text: `export * from "./id.ts";` },
  ...["date-utils", "helper", "feed.helpers", "common", "cache-manager", "feed-service"].map(
    (name) => ({ rule: "house/telling-names", file: `src/modules/feed/${name}.ts`, text: value }),
  ),
  { rule: "house/telling-names", file: "src/helpers/dates.ts", text: value },
  {
    rule: "house/ts-extension",
    file: "src/modules/feed/extension.ts",
    text: `export { x } from "../../kernel/id.js";`,
  },
  {
    rule: "house/environment-in-main",
    file: "src/adapters/postgres/environment.ts",
    text: `export const url = process.env["MARU_DATABASE_URL"];`,
  },
  {
    rule: "house/environment-in-main",
    file: "src/adapters/postgres/environment-import.ts",
    text: `import { env } from "node:process"; export const url = env["MARU_DATABASE_URL"];`,
  },
  ...["Date.now()", "performance.now()", "process.hrtime.bigint()", "new Date()", "Date()"].map(
    (call, index) => ({
      rule: "house/clock-handed-in",
      file: `src/modules/feed/clock-${index}.ts`,
      text: `export const at = ${call};`,
    }),
  ),
  {
    rule: "house/chance-handed-in",
    file: "src/http/chance.ts",
    text: "export const x = Math.random();",
  },
  {
    rule: "@typescript-eslint/no-floating-promises",
    file: "src/adapters/postgres/floating.ts",
    text: `export const work = async (): Promise<void> => { await Promise.resolve(); };
      work();`,
  },
  {
    rule: "@typescript-eslint/no-misused-promises",
    file: "src/adapters/postgres/misused.ts",
    text: `export function later(): void {
      [1].forEach(async () => { await Promise.resolve(); });
    }`,
  },
  {
    rule: "@typescript-eslint/no-explicit-any",
    file: "src/adapters/postgres/any.ts",
    text: "export type Row = Record<string, any>;",
  },
  {
    rule: "@typescript-eslint/no-unsafe-return",
    file: "src/adapters/postgres/unsafe.ts",
    text: "export const row = (): string => JSON.parse('1');",
  },
  {
    rule: "@typescript-eslint/ban-ts-comment",
    file: "src/adapters/postgres/ignored.ts",
    text: "// @ts-ignore: planted\nexport const x: string = 1;",
  },
  ...[
    `export const Text = () => <p dangerouslySetInnerHTML={{ __html: "<b>" }} />;`,
    `export const props = { dangerouslySetInnerHTML: { __html: "<b>" } };`,
    `export function put(element: Element): void { element.innerHTML = "<b>"; }`,
    `export function put(element: Element): void { element.insertAdjacentHTML("beforeend", "<b>"); }`,
  ].map((text, index) => ({
    rule: "house/no-raw-html",
    file: `web/story/raw-${index}.tsx`,
    text,
  })),
  {
    rule: "react-hooks/rules-of-hooks",
    file: "web/feed/sometimes.tsx",
    text: `import { useId } from "react";
      export function Part({ named }: { readonly named: boolean }) {
        if (named) { return <p id={useId()} />; }
        return null;
      }`,
  },
  {
    rule: "react-hooks/exhaustive-deps",
    file: "web/feed/forgets.ts",
    text: `import { useEffect } from "react";
      export function useTitle(title: string): void {
        useEffect(() => { document.title = title; }, []);
      }`,
  },
  { rule: "house/named-exports", file: "web/feed/default.tsx", text: "export default 1;" },
  { rule: "house/telling-names", file: "web/feed/feed-utils.ts", text: value },
  {
    rule: "house/chance-handed-in",
    file: "src/kernel/silenced.ts",
    text: "// eslint-disable-next-line\nexport const x = Math.random();",
  },
];

/** What a habit does not forbid, where it makes no sense or looks much like what it forbids. */
const innocent: Readonly<Record<string, string>> = {
  "src/kernel/id.ts": value,
  "src/kernel/date.ts": "export const at = new Date(0);",
  "src/main.ts": "export const url = process.env['MARU_DATABASE_URL'];",
  "src/adapters/clock.ts": "export const at = Date.now() + Math.random();",
  "src/modules/feed/merge.test.ts": "export const at = Date.now() + Math.random();",
  "src/adapters/service-worker.ts": value,
  "src/modules/feed/import.ts": `import { x } from "../../kernel/id.ts"; export const y = x;`,
  "web/feed/part.tsx": `import { useEffect, useId } from "react";
    import styles from "./part.module.css";
    export function Part({ title }: { readonly title: string }) {
      const id = useId();
      useEffect(() => { document.title = title; }, [title]);
      return <p id={id} className={styles["part"]}>{title}</p>;
    }`,
  "web/vite.config.ts": `import { defineConfig } from "vite"; export default defineConfig({});`,
};

let root: string;
let found: Map<string, (string | null)[]>;

beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), "maru-habits-"));
  const settings = ["eslint.config.mjs", "tsconfig.json", "web/tsconfig.json", "package.json"];
  for (const file of [...settings, "tools/house-rules.ts"])
    cpSync(path.join(projectRoot, file), path.join(root, file));
  symlinkSync(path.join(projectRoot, "node_modules"), path.join(root, "node_modules"));
  const planted = violations.map(({ file, text }) => [file, text] as const);
  for (const [file, text] of [...planted, ...Object.entries(innocent)]) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  const results = await new ESLint({ cwd: root }).lintFiles(["src", "web"]);
  found = new Map(
    results.map(({ filePath, messages }) => [
      path.relative(root, filePath),
      messages.filter(({ severity }) => severity === 2).map(({ ruleId }) => ruleId),
    ]),
  );
});

afterAll(() => {
  rmSync(root, { recursive: true });
});

describe("the habits", () => {
  it.each(violations)("$rule catches $file", ({ rule, file }) => {
    expect([...new Set(found.get(file))]).toEqual([rule]);
  });

  it.each(Object.keys(innocent))("allow %s", (file) => {
    expect(found.get(file)).toEqual([]);
  });

  it.each(Object.keys(houseRules))("have a violation of house/%s planted", (name) => {
    expect(violations.map(({ rule }) => rule)).toContain(`house/${name}`);
  });
});
