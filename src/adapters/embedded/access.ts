import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { DataFolderError, fromFileError } from "./data-folder-error.ts";
import { runProgram } from "./programs.ts";
import { nameOf, type RunAs } from "./unprivileged-user.ts";

const permissionBits = 0o777;

/** Permission may be denied for want of ownership, or on the way to the folder: the person needs to know which. */
export async function explainDenial(error: unknown, path: string): Promise<Error> {
  const denied = error instanceof Error && "code" in error && error.code === "EACCES";
  const uid = process.getuid?.() ?? 0;
  if (!denied || uid === 0) return fromFileError(error, path);
  const closed = await firstClosedFolder(path, { name: "", uid, gid: process.getgid?.() ?? 0 });
  if (closed !== null && closed.path !== path) {
    return new DataFolderError(
      "unreachable",
      `${path} cannot be reached, because ${closed.path} (mode ${closed.mode}) may not be entered. Choose another data folder with --data.`,
      { cause: error },
    );
  }
  const found = await stat(path).catch(() => null);
  if (found === null || found.uid === uid) return fromFileError(error, path);
  return await wrongOwner(path, found.uid);
}

async function wrongOwner(path: string, uid: number): Promise<DataFolderError> {
  return new DataFolderError(
    "wrong-owner",
    `${path} belongs to the user ${await nameOf(uid)}. Start as that user or as root, change its owner, or choose another data folder with --data.`,
  );
}

/** Fails unless the cluster, where there is one, belongs to the user that PostgreSQL would run as. */
export async function checkOwner(clusterDir: string, runAs: RunAs | null): Promise<void> {
  const owner = await stat(clusterDir).then(
    (found) => found.uid,
    () => null,
  );
  const uid = runAs?.uid ?? process.getuid?.() ?? 0;
  if (owner === null || owner === uid) return;
  if (runAs === null) throw await wrongOwner(clusterDir, owner);
  throw new DataFolderError(
    "wrong-owner",
    `${clusterDir} belongs to the user ${await nameOf(owner)}, and PostgreSQL runs as the user ${runAs.name}. Change the owner with: chown -R ${runAs.name} ${clusterDir}`,
  );
}

/** Fails unless PostgreSQL's user can enter the data folder. */
export async function checkReachable(dataDir: string, runAs: RunAs | null): Promise<void> {
  if (runAs === null) return;
  // The system is asked rather than the mode bits alone, because access lists can grant what they do not show.
  const entered = await runProgram("/bin/sh", ["-c", 'cd -- "$1"', "sh", dataDir], { runAs });
  if (entered.exitCode === 0) return;
  const closed = (await firstClosedFolder(dataDir, runAs)) ?? { path: dataDir, mode: "unknown" };
  throw new DataFolderError(
    "unreachable",
    `PostgreSQL runs as the user ${runAs.name}, who may not enter ${closed.path} (mode ${closed.mode}). Choose a data folder elsewhere, for instance --data /var/lib/maru, or open the way with: chmod o+x ${closed.path}`,
  );
}

async function firstClosedFolder(
  path: string,
  user: RunAs,
): Promise<{ path: string; mode: string } | null> {
  const chain: string[] = [];
  for (let dir = path; ; dir = dirname(dir)) {
    chain.unshift(dir);
    if (dir === dirname(dir)) break;
  }
  for (const dir of chain) {
    const found = await stat(dir).catch(() => null);
    if (found === null) return null;
    const shift = found.uid === user.uid ? 6 : found.gid === user.gid ? 3 : 0;
    if (((found.mode >> shift) & 1) === 0)
      return { path: dir, mode: `0${(found.mode & permissionBits).toString(8)}` };
  }
  return null;
}
