import { execFile } from "node:child_process";
import { appendFile, cp, mkdir, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { projectRoot } from "../../support/server-process.ts";

/** A build of the client, as a release has it. */
export interface ClientBuild {
  readonly id: string;
  readonly folder: string;
  /** Its hashed files, by path: `/assets/…`. */
  readonly assets: ReadonlyMap<string, Buffer>;
}

export interface TwoBuilds {
  readonly old: ClientBuild;
  /** Another one of the same sources but a line: all that needs this line has another name. */
  readonly next: ClientBuild;
  remove(): Promise<void>;
}

const run = promisify(execFile);
const buildTool = join(projectRoot, "tools", "build-web.ts");
const sources = ["web", "sdk", "package.json", "package-lock.json", "tsconfig.json"];
/** Every page imports it, and so has another name itself after this. */
const changedFile = join("web", "language", "language.ts");
const change = `\ndocument.documentElement.dataset["release"] = "next";\n`;

/** Below the project, where the packages are found that a build needs. */
export async function buildTwice(): Promise<TwoBuilds> {
  const cache = join(projectRoot, ".cache");
  await mkdir(cache, { recursive: true });
  const root = await mkdtemp(join(cache, "two-builds-"));
  for (const source of sources) {
    await cp(join(projectRoot, source), join(root, source), { recursive: true, filter: isSource });
  }
  const dist = join(root, "web", "dist");
  await run(process.execPath, [buildTool, root]);
  await cp(dist, join(root, "old"), { recursive: true });
  await appendFile(join(root, changedFile), change);
  await run(process.execPath, [buildTool, root]);
  return {
    old: await readBuild(join(root, "old")),
    next: await readBuild(dist),
    remove: () => rm(root, { recursive: true }),
  };
}

function isSource(file: string): boolean {
  const name = basename(file);
  return name !== "dist" && !name.startsWith(".") && !/\.test\.tsx?$/u.test(name);
}

async function readBuild(folder: string): Promise<ClientBuild> {
  const description = await readFile(join(folder, "build.json"), "utf8");
  const { id } = JSON.parse(description) as { id: string };
  const names = (await readdir(join(folder, "assets"))).filter((name) => !/\.(br|gz)$/.test(name));
  const assets = await Promise.all(
    names.map(
      async (name) => [`/assets/${name}`, await readFile(join(folder, "assets", name))] as const,
    ),
  );
  return { id, folder, assets: new Map(assets) };
}
