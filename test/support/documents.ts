import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";

/** The project's documents, and what they may speak of, read from the project itself. */
export interface Document {
  /** From the project's root, with `/`. */
  readonly name: string;
  readonly text: string;
}

export interface Table {
  /** `stories.likes` */
  readonly name: string;
  /** `account_id, story_id` */
  readonly primaryKey: string;
}

export interface Facts {
  readonly exists: (file: string) => boolean;
  /** Names of files without their folders. */
  readonly fileNames: ReadonlySet<string>;
  readonly scripts: ReadonlySet<string>;
  readonly commands: ReadonlySet<string>;
  readonly checkSteps: ReadonlySet<string>;
  /** Of the server, and of the tests. */
  readonly settings: ReadonlySet<string>;
  readonly packages: readonly string[];
  readonly tables: readonly Table[];
  readonly metrics: readonly string[];
  readonly problems: readonly string[];
}

export const projectRoot = path.resolve(import.meta.dirname, "../..");

function read(file: string): string {
  return readFileSync(path.join(projectRoot, file), "utf8");
}

function list(...patterns: string[]): string[] {
  const isNotOurs = (name: string): boolean => /(?:^|\/)node_modules$/u.test(name);
  return globSync(patterns, { cwd: projectRoot, exclude: isNotOurs }).map((name) =>
    name.replaceAll(path.sep, "/"),
  );
}

export function readDocuments(): Document[] {
  const names = list("*.md", "docs/**/*.md", "src/modules/*/README.md");
  return names.map((name) => ({ name, text: read(name) }));
}

/** The first group of every match. */
function every(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, found = ""]) => found);
}

/** Tables whose names stand in a statement; partitions, whose names are computed, are left out. */
function tablesIn(source: string): Table[] {
  const statements = source.matchAll(
    /CREATE TABLE (?:IF NOT EXISTS )?(?<name>\w+\.\w+) \((?<body>.*?)\n\s*\)[ ;`\n]/gsu,
  );
  return [...statements].map(({ groups }) => {
    const { name = "", body = "" } = groups ?? {};
    const own = /^\s*PRIMARY KEY \((?<columns>[^)]*)\)/mu.exec(body)?.groups?.["columns"];
    const inline = /^\s*(?<column>\w+)[^,]* PRIMARY KEY/mu.exec(body)?.groups?.["column"];
    return { name, primaryKey: own ?? inline ?? "" };
  });
}

/** Names with a part that is computed, such as `maru_http_${name}_streams`, are given for each value. */
const computed: Readonly<Record<string, readonly string[]>> = {
  "${pool}": ["read", "write"],
  "${deps.name}": ["main", "admin"],
};

function metricsIn(source: string): string[] {
  const names = every(source, /["`](maru_[a-z]+_(?:[a-z_]|\$\{[\w.]+\})+)["`]/gu);
  return names.flatMap((name) => {
    const hole = /\$\{[\w.]+\}/u.exec(name)?.[0];
    const values = hole === undefined ? [""] : (computed[hole] ?? [hole]);
    return hole === undefined ? [name] : values.map((value) => name.replace(hole, value));
  });
}

export function readFacts(): Facts {
  const folders = ["src/**/*.ts", "test/**/*.ts", "tools/*", "bench/*.ts", "sdk/*.ts"];
  const files = list(...folders, "web/*/*.{ts,tsx}");
  const sources = files
    .filter((name) => name.startsWith("src/") && !name.endsWith(".test.ts"))
    .map((name) => ({ name, text: read(name) }));
  const source = sources.map(({ text }) => text).join("\n");
  const commands = sources.filter(({ name }) => name.startsWith("src/commands/"));
  const { scripts, dependencies, devDependencies } = JSON.parse(read("package.json")) as Record<
    "scripts" | "dependencies" | "devDependencies",
    Readonly<Record<string, string>>
  >;
  return {
    exists: (file) => existsSync(path.join(projectRoot, file)),
    fileNames: new Set([...files, ...list("*.*")].map((name) => path.basename(name))),
    scripts: new Set(Object.keys(scripts)),
    commands: new Set([
      "serve",
      ...commands.flatMap(({ text }) => every(text, /^ {2,4}name: "([a-z-]+)",$/gmu)),
    ]),
    checkSteps: new Set(every(read("tools/check.ts"), /name: "([a-z-]+)"/gu)),
    settings: new Set([
      ...["src/config.ts", "src/config-media.ts"].flatMap((file) =>
        every(read(file), /variable: "(MARU_[A-Z_]+)"/gu),
      ),
      ...list("test/**/*.ts").flatMap((file) => every(read(file), /env\["(MARU_[A-Z_]+)"\]/gu)),
    ]),
    packages: [...Object.keys(dependencies), ...Object.keys(devDependencies)],
    tables: tablesIn(source),
    metrics: [...new Set(metricsIn(source))],
    problems: [...new Set(every(source, /defineProblem\(\{\s*code: "([a-z_.]+)"/gu))],
  };
}
