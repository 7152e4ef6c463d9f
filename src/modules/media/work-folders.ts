import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";

/**
 * Folders for files that are being taken in or made, on the node's own disk, in one of its process's own.
 * What a node leaves behind when it dies is removed by the next one to start on its machine.
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

export function createWorkFolders(root: string): WorkFolders {
  const machine = hostname();
  const own = path.join(root, `${machine}+${String(process.pid)}`);
  return {
    async start() {
      await mkdir(root, { recursive: true, mode: privateMode });
      for (const name of await readdir(root)) {
        const [host, pid] = name.split("+");
        if (host === machine && (Number(pid) === process.pid || !isRunning(Number(pid)))) {
          await rm(path.join(root, name), { recursive: true, force: true });
        }
      }
      await mkdir(own, { recursive: true, mode: privateMode });
    },
    async open() {
      const folder = await mkdtemp(path.join(own, "work-"));
      return {
        path: folder,
        remove: () => rm(folder, { recursive: true, force: true }),
      };
    },
  };
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
