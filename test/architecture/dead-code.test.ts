/** Plants code and packages that nothing uses, and what only looks unused. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import ts from "typescript";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findUnusedExports, findUnusedInAll } from "../../tools/unused-exports.ts";
import { findUnusedPackages } from "../../tools/unused-packages.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "maru-dead-code-"));
  writeFileSync(path.join(root, "package.json"), JSON.stringify({ type: "module" }));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

const isTest = (file: string): boolean => file.endsWith(".test.ts");

function createProgram(tree: Readonly<Record<string, string>>): ts.Program {
  const files = Object.entries(tree).map(([name, text]) => {
    const file = path.join(root, name);
    writeFileSync(file, text);
    return file;
  });
  return ts.createProgram(files, {
    allowImportingTsExtensions: true,
    module: ts.ModuleKind.NodeNext,
    noEmit: true,
    target: ts.ScriptTarget.ESNext,
    types: [],
  });
}

function unusedIn(tree: Readonly<Record<string, string>>): string[] {
  const program = createProgram(tree);
  const looksAt = (file: string): boolean => file.startsWith(root);
  return findUnusedExports({ program, looksAt, isTest }).map(
    ({ file, line, name, testsOnly }) =>
      `${path.basename(file)}:${line} ${name}${testsOnly ? " (tests)" : ""}`,
  );
}

describe("an export", () => {
  it.each([
    "export const x = 1;",
    "export function x(): void {}",
    "export class x {}",
    "export type x = 1;",
    "export interface x {}",
    "const x = 1; export { x };",
    "const y = 1; export { y as x };",
  ])("is found when nothing uses it: %s", (text) => {
    expect(unusedIn({ "a.ts": text })).toEqual(["a.ts:1 x"]);
  });

  it("is found when tests alone use it", () => {
    expect(
      unusedIn({
        "a.ts": "\nexport const x = 1;",
        "a.test.ts": `import { x } from "./a.ts"; console.log(x);`,
      }),
    ).toEqual(["a.ts:2 x (tests)"]);
  });

  it("is found when it is only passed on", () => {
    expect(
      unusedIn({ "a.ts": "export const x = 1;", "b.ts": `export { x } from "./a.ts";` }),
    ).toContain("b.ts:1 x");
  });

  it.each([
    ["a named import", `import { x } from "./a.ts"; console.log(x);`],
    ["a renamed import", `import { x as y } from "./a.ts"; console.log(y);`],
    ["a type import", `import type { x } from "./a.ts"; console.log(1 as unknown as typeof x);`],
    ["a namespace", `import * as a from "./a.ts"; console.log(a.x);`],
    ["a dynamic import", `const { x } = await import("./a.ts"); console.log(x); export {};`],
    ["a dynamic import's property", `console.log((await import("./a.ts")).x); export {};`],
    ["an import type", `console.log(1 as unknown as typeof import("./a.ts").x); export {};`],
  ])("is used by %s", (_, text) => {
    expect(unusedIn({ "a.ts": "export const x = 1;", "b.ts": text })).toEqual([]);
  });

  it("is used when its own file uses it", () => {
    expect(unusedIn({ "a.ts": "export const x = 1; console.log({ x });" })).toEqual([]);
  });
});

describe("an export that two programs have", () => {
  const shared = "export const x = 1; export const y = 2;";
  const page = `import { x } from "./shared.ts"; console.log(x);`;

  it("is found when neither uses it, once", () => {
    const programs = [
      createProgram({ "shared.ts": shared, "page.ts": page }),
      createProgram({ "shared.ts": shared, "worker.ts": `import "./shared.ts";` }),
    ];
    const looksAt = (file: string): boolean => file.startsWith(root);
    const found = findUnusedInAll(programs, { looksAt, isTest });
    expect(found.map(({ name }) => name)).toEqual(["y"]);
  });

  it("is found although the other program does not have its file", () => {
    const programs = [
      createProgram({ "shared.ts": shared, "page.ts": page }),
      createProgram({ "worker.ts": "console.log(1); export {};" }),
    ];
    const looksAt = (file: string): boolean => file.startsWith(root);
    expect(findUnusedInAll(programs, { looksAt, isTest }).map(({ name }) => name)).toEqual(["y"]);
  });
});

describe("a package", () => {
  it("is found when nothing imports it, or tests alone what should be shipped", () => {
    const program = createProgram({
      "a.ts": `import "shipped/file"; import type {} from "@scope/shipped";`,
      "a.test.ts": `import "for-tests"; await import("tested");`,
    });
    const list = {
      dependencies: { shipped: "1", "@scope/shipped": "1", tested: "1", gone: "1", runtime: "1" },
      devDependencies: { "for-tests": "1", "@types/for-tests": "1", "@types/gone": "1", old: "1" },
    };
    const isShipped = (file: string): boolean => !isTest(file);
    expect(findUnusedPackages([program], list, ["runtime"], isShipped)).toEqual([
      "tested",
      "gone",
      "@types/gone",
      "old",
    ]);
  });
});
