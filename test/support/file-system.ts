import { execFileSync } from "node:child_process";
import { statfsSync } from "node:fs";
import { appendFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { onTestFinished, type TestContext } from "vitest";
import { endProcessesIn } from "../../src/adapters/embedded/processes.ts";

/** A small file system in memory, mounted on a folder for the length of a test. */
export interface FileSystem {
  remount(options: string): void;
  /** Takes all the free space, and what becomes free meanwhile when called again. */
  fill(): Promise<void>;
  empty(): Promise<void>;
}

/** Where mounting is not permitted the test is skipped; where CI runs as root it fails instead. */
export function fileSystem(test: TestContext, dir: string, options: string): FileSystem {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `mode=0711,${options}`, "tmpfs", dir], {
      stdio: ["ignore", "ignore", "pipe"],
    });
  } catch (error) {
    if (process.env["CI"] === "true" && process.getuid?.() === 0) throw error;
    test.skip("mounting a file system is not permitted here (it takes root)");
  }
  onTestFinished(async () => {
    // Afterwards nobody finds them by their folder any more.
    await endProcessesIn(join(dir, "postgres"));
    execFileSync("umount", ["--lazy", dir]);
  });
  const filler = join(dir, "filler");
  return {
    remount: (changed) => execFileSync("mount", ["-o", `remount,${changed}`, dir]),
    async fill() {
      const { bavail, bsize } = statfsSync(dir);
      await appendFile(filler, Buffer.alloc(bavail * bsize)).catch(() => undefined);
    },
    empty: () => rm(filler),
  };
}
