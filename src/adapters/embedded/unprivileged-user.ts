import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { promisify } from "node:util";
import { DataFolderError } from "./data-folder-error.ts";
import type { ServerLog } from "./server-log.ts";

const run = promisify(execFile);

/** The user whose rights the PostgreSQL programs have; null: those of this process. */
export interface RunAs {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const preferredUser = "maru";
const substitutes = ["postgres", "nobody"];

/**
 * PostgreSQL refuses to run as root. When this process is root, the owner of an existing cluster is taken, or a user
 * that has no rights beyond it; any other process needs no change of user, which null stands for.
 */
export async function chooseUser(clusterDir: string, log: ServerLog): Promise<RunAs | null> {
  if (process.getuid?.() !== 0) return null;
  const user =
    (await ownerOf(clusterDir)) ??
    (await lookUp(preferredUser)) ??
    (await create(log)) ??
    (await substitute());
  log("info", `Started as root: PostgreSQL runs as the unprivileged user ${user.name}`, {
    user: user.name,
    uid: user.uid,
  });
  return user;
}

async function ownerOf(clusterDir: string): Promise<RunAs | null> {
  const found = await stat(clusterDir).catch(() => null);
  if (found === null || found.uid === 0) return null;
  return { name: await nameOf(found.uid), uid: found.uid, gid: found.gid };
}

/** The name of a user id, or the number where the system has no name for it. */
export async function nameOf(uid: number): Promise<string> {
  const name = await run("id", ["-un", String(uid)]).then(
    (result) => result.stdout.trim(),
    () => "",
  );
  return name === "" ? `with id ${String(uid)}` : name;
}

async function lookUp(name: string): Promise<RunAs | null> {
  try {
    const [uid, gid] = await Promise.all([run("id", ["-u", name]), run("id", ["-g", name])]);
    return { name, uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return null;
  }
}

async function create(log: ServerLog): Promise<RunAs | null> {
  const ways: readonly (readonly [string, readonly string[]])[] = [
    [
      "useradd",
      [
        "--system",
        "--user-group",
        "--no-create-home",
        "--shell",
        "/usr/sbin/nologin",
        preferredUser,
      ],
    ],
    ["adduser", ["-S", "-D", "-H", "-s", "/sbin/nologin", preferredUser]],
  ];
  for (const [program, args] of ways) {
    const succeeded = await run(program, args).then(
      () => true,
      () => false,
    );
    // A start beside this one may have been quicker, so the user is looked up after a failure as well.
    const user = await lookUp(preferredUser);
    if (user === null) continue;
    if (succeeded)
      log("info", `Created the system user ${preferredUser} for PostgreSQL`, { uid: user.uid });
    return user;
  }
  return null;
}

async function substitute(): Promise<RunAs> {
  for (const name of substitutes) {
    const user = await lookUp(name);
    if (user !== null) return user;
  }
  throw new DataFolderError(
    "start-failed",
    `PostgreSQL does not run as root, and no user ${[preferredUser, ...substitutes].join(", ")} exists or could be created. Create one, or start as an ordinary user.`,
  );
}
