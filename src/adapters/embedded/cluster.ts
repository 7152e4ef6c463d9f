import {
  mkdtemp,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  unlink,
  writeFile,
  chown,
  chmod,
} from "node:fs/promises";
import { join } from "node:path";
import type { UsableBinaries } from "./binaries.ts";
import { DataFolderError, fromFileError, fromServerOutput } from "./data-folder-error.ts";
import { makePrivate, syncFolder, type Layout } from "./data-folder.ts";
import { endOldServer, endProcessesIn } from "./processes.ts";
import { runProgram } from "./programs.ts";
import { createPassword, readPassword } from "./secrets.ts";
import type { ServerLog } from "./server-log.ts";
import type { RunAs } from "./unprivileged-user.ts";

export const superuser = "maru";

/** Room for the other user to enter the workshop folder and find its own folder there. */
const workshopMode = 0o711;
const workshopPrefix = "postgres.unfinished-";

export interface ClusterDeps {
  readonly layout: Layout;
  readonly socketDir: string;
  readonly binaries: UsableBinaries;
  readonly runAs: RunAs | null;
  readonly log: ServerLog;
}

export interface Cluster {
  readonly password: string;
  readonly created: boolean;
}

/** Makes sure that a whole cluster of the right version stands in the data folder and that its password is known. */
export async function prepareCluster(deps: ClusterDeps): Promise<Cluster> {
  const { layout } = deps;
  try {
    await removeUnfinished(layout.dataDir);
    if (!(await exists(layout.clusterDir))) {
      const password = (await readPassword(layout)) ?? (await createPassword(layout));
      await createCluster(deps, password);
      return { password, created: true };
    }
    await checkVersion(deps);
    const password = (await readPassword(layout)) ?? (await replacePassword(deps));
    return { password, created: false };
  } catch (error) {
    throw fromFileError(error, layout.dataDir);
  }
}

/** A first start that was killed leaves an unfinished cluster behind, and perhaps the programs that were making it. */
async function removeUnfinished(dataDir: string): Promise<void> {
  for (const entry of await readdir(dataDir)) {
    if (!entry.startsWith(workshopPrefix)) continue;
    const leftover = join(dataDir, entry);
    await endProcessesIn(leftover);
    // An initdb that is still alive may add a file meanwhile.
    await rm(leftover, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

/** The cluster appears under its name when it is complete and on disk, never before. */
async function createCluster(deps: ClusterDeps, password: string): Promise<void> {
  const { layout, binaries, runAs } = deps;
  const workshop = await mkdtemp(join(layout.dataDir, workshopPrefix));
  try {
    await chmod(workshop, workshopMode);
    const unfinished = join(workshop, "cluster");
    await makePrivate(unfinished, runAs);
    const passwordFile = join(workshop, "password");
    await writeFile(passwordFile, password, { mode: 0o600 });
    if (runAs !== null) await chown(passwordFile, runAs.uid, runAs.gid);
    const result = await runProgram(binaries.initdb, initdbArguments(unfinished, passwordFile), {
      runAs,
    });
    if (result.exitCode !== 0) throw fromServerOutput(lastWords(result.stderr), layout.clusterDir);
    await unlink(passwordFile);
    await rename(unfinished, layout.clusterDir);
    await syncFolder(layout.dataDir);
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

function initdbArguments(dir: string, passwordFile: string): readonly string[] {
  return [
    `--pgdata=${dir}`,
    `--username=${superuser}`,
    `--pwfile=${passwordFile}`,
    "--locale=C",
    "--encoding=UTF8",
    "--auth=scram-sha-256",
    "--data-checksums",
  ];
}

async function checkVersion({ layout, binaries }: ClusterDeps): Promise<void> {
  const text = await readFile(join(layout.clusterDir, "PG_VERSION"), "utf8").catch(() => null);
  if (text === null) {
    throw new DataFolderError(
      "start-failed",
      `${layout.clusterDir} is not a PostgreSQL cluster, or a damaged one: the file PG_VERSION is missing. Restore the folder from a backup, or move it away to begin with an empty one.`,
    );
  }
  const major = Number.parseInt(text, 10);
  if (major === binaries.majorVersion) return;
  throw new DataFolderError(
    "version",
    `The database in ${layout.clusterDir} was written by PostgreSQL ${text.trim()}, and this is PostgreSQL ${String(binaries.majorVersion)}. Start with the release that wrote it, or dump it there and restore it here.`,
  );
}

/** The cluster came without its secrets, for instance from a backup: whoever may write the folder may set a new one. */
async function replacePassword(deps: ClusterDeps): Promise<string> {
  const { layout, binaries, runAs, log } = deps;
  await endOldServer({ clusterDir: layout.clusterDir, socketDir: deps.socketDir }, log);
  const password = await createPassword(layout);
  const result = await runProgram(
    binaries.postgres,
    ["--single", "-D", layout.clusterDir, "postgres"],
    {
      runAs,
      // The password is of letters, digits, - and _ alone.
      input: `ALTER ROLE ${superuser} PASSWORD '${password}';\n`,
    },
  );
  if (result.exitCode !== 0) {
    await rm(layout.secretsFile, { force: true });
    throw fromServerOutput(lastWords(result.stderr), layout.clusterDir);
  }
  log("warn", `${layout.secretsFile} was missing: the database has a new password`);
  return password;
}

/** The lines of a failed program that say why. */
function lastWords(output: string): string {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  const telling = lines.filter((line) => /FATAL|PANIC|error|No space/i.test(line));
  return (telling.length > 0 ? telling : lines).slice(-3).join(" ").trim() || "nothing";
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
      throw error;
    },
  );
}
