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
  rmdir,
  stat,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { explainDenial } from "./access.ts";
import type { RunAs } from "./unprivileged-user.ts";

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

/** Makes the names in a folder durable. */
export async function syncFolder(dir: string): Promise<void> {
  const handle = await open(dir, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
