import { statfs } from "node:fs/promises";
import type { HealthCheck } from "../../ports/module.ts";

/**
 * Looks how much room the data folder's disk has. PostgreSQL refuses writes one by one when there
 * is none, and goes on answering reads, so that nothing else would tell.
 */
export interface DiskWatch {
  readonly healthCheck: HealthCheck;
  start(): void;
  stop(): void;
}

const lookEveryMs = 1_000;
const mebibyte = 1024 * 1024;
/** PostgreSQL writes its log in files of this size; without room for one it ends. */
const roomMinBytes = 16 * mebibyte;

export function createDiskWatch(dataDir: string): DiskWatch {
  let trouble: string | null = null;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  async function look(): Promise<void> {
    try {
      const { bavail, bsize } = await statfs(dataDir);
      const roomBytes = bavail * bsize;
      trouble =
        roomBytes >= roomMinBytes
          ? null
          : `The disk that holds ${dataDir} is full: ${Math.floor(roomBytes / mebibyte)} MiB are left. Free some space there.`;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      trouble = `The disk that holds ${dataDir} cannot be looked at: ${reason}`;
    }
    if (!stopped) {
      timer = setTimeout(() => void look(), lookEveryMs);
    }
  }

  return {
    healthCheck: { name: "disk", check: () => trouble },
    start() {
      void look();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
