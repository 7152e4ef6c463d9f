/** Plain JavaScript, for the same reason as launch.mjs, whose parts use it. */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const lockPollMs = 500;
/** A lock without its owner's id is one that is just being written, for at most this long. */
const lockYoungMs = 5000;

/**
 * Lets one process at a time change what others would trip over, such as installed packages. The
 * lock of a process that is gone counts for nothing.
 *
 * @param {string} file
 * @param {string} whyWaiting said once, if there is another
 * @returns {Promise<() => void>} gives the lock back
 */
export async function lock(file, whyWaiting) {
  mkdirSync(path.dirname(file), { recursive: true });
  for (let told = false; ;) {
    try {
      writeFileSync(file, String(process.pid), { flag: "wx" });
      return () => {
        rmSync(file, { force: true });
      };
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    if (isAbandoned(file)) {
      rmSync(file, { force: true });
      continue;
    }
    if (!told) console.error(`maru: ${whyWaiting}; waiting …`);
    told = true;
    await sleep(lockPollMs);
  }
}

/** @param {string} file */
function isAbandoned(file) {
  try {
    const owner = Number(readFileSync(file, "utf8"));
    if (owner === 0) return Date.now() - statSync(file).mtimeMs > lockYoungMs;
    process.kill(owner, 0);
    return false;
  } catch (error) {
    // EPERM: the owner lives and belongs to someone else. ENOENT: the lock has just been freed.
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}
