/** Keeps the logs of a cell from filling the disk: each has one file and the one before it. */
import { copyFile, stat, truncate } from "node:fs/promises";

const bytesMax = 64 * 1024 * 1024;
const checkEveryMs = 10_000;

/** The processes go on writing to the same file, at its end: it is copied and emptied, not renamed. */
async function trim(file: string): Promise<void> {
  const { size } = await stat(file);
  if (size < bytesMax) return;
  await copyFile(file, `${file}.1`);
  await truncate(file);
}

export function startTrimming(files: readonly string[]): () => void {
  const timer = setInterval(() => {
    // What cannot be trimmed now is looked at again.
    for (const file of files) trim(file).catch(() => undefined);
  }, checkEveryMs);
  return () => {
    clearInterval(timer);
  };
}
