import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import type { Clock } from "../../ports/clock.ts";

/**
 * Folders for files that are being taken in or made, on the node's own disk, in one of its process's own.
 * What a node leaves behind when it dies is removed by the next one to start on its machine, or in time
 * where its machine has another name by then, as containers do.
 */
export interface WorkFolders {
  /** Empties what an earlier run left. */
  start(): Promise<void>;
  /** A new empty folder. */
  open(): Promise<WorkFolder>;
}

export interface WorkFolder {
  readonly path: string;
  remove(): Promise<void>;
}

const privateMode = 0o700;
const namePattern = /^([^+]+)\+(\d+)$/u;
/** Longer than any piece of work takes. */
const abandonedMs = 48 * 3_600_000;

export function createWorkFolders(root: string, clock: Pick<Clock, "nowMs">): WorkFolders {
  const own = path.join(root, `${hostname()}+${String(process.pid)}`);
  return {
    async start() {
      await mkdir(root, { recursive: true, mode: privateMode });
      for (const name of await readdir(root)) {
        if (await isLeft(root, name, clock.nowMs())) {
          await rm(path.join(root, name), { recursive: true, force: true });
        }
      }
      await mkdir(own, { recursive: true, mode: privateMode });
    },
    async open() {
      await mkdir(own, { recursive: true, mode: privateMode });
      const folder = await mkdtemp(path.join(own, "work-"));
      return {
        path: folder,
        remove: () => rm(folder, { recursive: true, force: true }),
      };
    },
  };
}

async function isLeft(root: string, name: string, nowMs: number): Promise<boolean> {
  const [, host, pid] = namePattern.exec(name) ?? [];
  if (host === undefined) {
    return false;
  }
  if (host === hostname() && (Number(pid) === process.pid || !isRunning(Number(pid)))) {
    return true;
  }
  // Each piece of work that begins or ends there changes it.
  const { mtimeMs } = await stat(path.join(root, name));
  return mtimeMs < nowMs - abandonedMs;
}

/** A process of another user is running, too. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
