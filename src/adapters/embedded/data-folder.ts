import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import {
  access,
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readFile,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { DataFolderError, fromFileError } from "./data-folder-error.ts";
import { runProgram } from "./programs.ts";
import { nameOf, type RunAs } from "./unprivileged-user.ts";

/** Where everything lies below the data folder. */
export interface Layout {
  /** Without symbolic links, so that processes can be recognised by it. */
  readonly dataDir: string;
  readonly clusterDir: string;
  readonly secretsFile: string;
}

/** Others pass through the folder to what belongs to PostgreSQL's user, and read nothing. */
const traversableMode = 0o711;
const privateMode = 0o700;
const permissionBits = 0o777;

export const socketPort = 5432;
/** The shortest limit of a socket's path among the supported systems (macOS; Linux has 107), in bytes. */
const socketPathBytesMax = 103;
const secretBytes = 24;

export async function openDataFolder(path: string): Promise<Layout> {
  const wanted = resolve(path);
  try {
    const created = await mkdir(wanted, { recursive: true, mode: privateMode });
    if (created !== undefined && process.getuid?.() === 0) await chmodEachNew(created, wanted);
    if (!(await stat(wanted)).isDirectory())
      throw Object.assign(new Error("not a folder"), { code: "ENOTDIR" });
    const dataDir = await realpath(wanted);
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
    return {
      dataDir,
      clusterDir: join(dataDir, "postgres"),
      secretsFile: join(dataDir, "secrets.json"),
    };
  } catch (error) {
    throw await explainDenial(error, wanted);
  }
}

async function chmodEachNew(first: string, last: string): Promise<void> {
  for (let dir = last; dir.length >= first.length; dir = dirname(dir))
    await chmod(dir, traversableMode);
}

/** Permission may be denied for want of ownership, or on the way to the folder: the person needs to know which. */
async function explainDenial(error: unknown, path: string): Promise<Error> {
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
export async function checkOwner(layout: Layout, runAs: RunAs | null): Promise<void> {
  const owner = await stat(layout.clusterDir).then(
    (found) => found.uid,
    () => null,
  );
  const uid = runAs?.uid ?? process.getuid?.() ?? 0;
  if (owner !== null && owner !== uid) throw await wrongOwner(layout.clusterDir, owner);
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

/** Makes a folder that PostgreSQL's user alone may enter. */
export async function makePrivate(dir: string, runAs: RunAs | null): Promise<void> {
  await mkdir(dir, { recursive: true, mode: privateMode });
  await chmod(dir, privateMode);
  if (runAs !== null) await chown(dir, runAs.uid, runAs.gid);
}

/**
 * The folder of the socket: run/ in the data folder, or, where that path is too long for a socket, a private folder
 * among the system's temporary ones, whose path is written down in the data folder so that tools find it.
 */
export async function makeSocketDir(dataDir: string, runAs: RunAs | null): Promise<string> {
  const near = join(dataDir, "run");
  if (fitsSocket(near)) {
    await makePrivate(near, runAs);
    return near;
  }
  const recorded = await recordedSocketDir(dataDir);
  if (recorded !== null && (await isPrivateTo(recorded, runAs))) return recorded;
  const far = await mkdtemp(join(tmpdir(), "maru-"));
  await makePrivate(far, runAs);
  await writeFile(socketRecord(dataDir), far, { mode: 0o600 });
  return far;
}

/** Where a running node's socket lies; null: it has not made one yet. */
export async function findSocketDir(dataDir: string): Promise<string | null> {
  const near = join(dataDir, "run");
  return fitsSocket(near) ? near : await recordedSocketDir(dataDir);
}

export async function removeFarSocketDir(dataDir: string, socketDir: string): Promise<void> {
  if (socketDir === join(dataDir, "run")) return;
  await rmdir(socketDir).catch(() => undefined);
}

/** Quotes and commas have a meaning of their own in PostgreSQL's list of socket folders. */
function fitsSocket(dir: string): boolean {
  return (
    Buffer.byteLength(join(dir, `.s.PGSQL.${String(socketPort)}`)) <= socketPathBytesMax &&
    !/[",]/.test(dir)
  );
}

async function recordedSocketDir(dataDir: string): Promise<string | null> {
  const text = await readFile(socketRecord(dataDir), "utf8").catch(() => "");
  return text === "" ? null : text;
}

function socketRecord(dataDir: string): string {
  return join(dataDir, "socket-folder");
}

/** A folder of the recorded name that someone else made meanwhile is not to be trusted. */
async function isPrivateTo(dir: string, runAs: RunAs | null): Promise<boolean> {
  const found = await lstat(dir).catch(() => null);
  const uid = runAs?.uid ?? process.getuid?.();
  return (
    found?.isDirectory() === true &&
    found.uid === uid &&
    (found.mode & permissionBits) === privateMode
  );
}

/** The database password; null: there is none yet. */
export async function readPassword(layout: Layout): Promise<string | null> {
  try {
    const parsed: unknown = JSON.parse(await readFile(layout.secretsFile, "utf8"));
    if (typeof parsed === "object" && parsed !== null && "databasePassword" in parsed)
      return String(parsed.databasePassword);
    throw new DataFolderError(
      "start-failed",
      `${layout.secretsFile} holds no databasePassword. Remove the file to have a new one made.`,
    );
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    if (error instanceof SyntaxError) {
      throw new DataFolderError(
        "start-failed",
        `${layout.secretsFile} is not JSON. Remove the file to have a new one made.`,
      );
    }
    throw await explainDenial(error, layout.secretsFile);
  }
}

/** Makes a password and keeps it; the file is whole or absent, also after a power cut. */
export async function createPassword(layout: Layout): Promise<string> {
  const password = randomBytes(secretBytes).toString("base64url");
  const unfinished = `${layout.secretsFile}.unfinished`;
  try {
    await rm(unfinished, { force: true });
    await writeFile(unfinished, `${JSON.stringify({ databasePassword: password }, null, 2)}\n`, {
      mode: 0o600,
      flush: true,
    });
    await rename(unfinished, layout.secretsFile);
    await syncFolder(layout.dataDir);
  } catch (error) {
    throw fromFileError(error, layout.secretsFile);
  }
  return password;
}

/** Makes the names in a folder durable. */
export async function syncFolder(dir: string): Promise<void> {
  const handle = await open(dir, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
