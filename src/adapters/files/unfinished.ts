import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, open, readdir, rm, stat, type FileHandle } from "node:fs/promises";
import { join } from "node:path";

/** Where blobs are written before they get their names. */
export interface Unfinished {
  readonly folder: string;
  /** A copy that lasts, under a name that nobody else has; the open file and the path are of the same. */
  copy(source: FileHandle, path: string): Promise<string>;
  /** The same of a text. */
  write(text: string): Promise<string>;
  /** Removes what a node that was killed has left behind. Of what cannot be removed nothing is told. */
  sweep(): Promise<void>;
}

const fileMode = 0o600;
/** Other work of the process has its turn between two of them. */
const chunkBytes = 512 * 1024;
/** A file that a node of any machine still writes has been written to more recently. */
const abandonedMs = 3_600_000;
const namePattern = /^[0-9a-f-]{36}[.]part$/;

export function createUnfinished(folder: string): Unfinished {
  /** The path of a new file, once `make` has made it. */
  async function finished(make: (target: string) => Promise<void>): Promise<string> {
    const target = join(folder, `${randomUUID()}.part`);
    try {
      await make(target);
      return target;
    } catch (error) {
      await rm(target, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  return {
    folder,
    copy: (source, path) =>
      finished(async (target) => {
        if (!(await clone(path, target))) await write(target, chunksOf(source));
      }),
    write: (text) => finished((target) => write(target, [Buffer.from(text)])),
    async sweep() {
      const beforeMs = Date.now() - abandonedMs;
      for (const name of await readdir(folder).catch(() => [])) {
        if (!namePattern.test(name)) continue;
        const path = join(folder, name);
        // Another node may be sweeping, too.
        const mtimeMs = await stat(path).then(
          (stats) => stats.mtimeMs,
          () => Number.POSITIVE_INFINITY,
        );
        if (mtimeMs < beforeMs) await rm(path, { force: true }).catch(() => undefined);
      }
    },
  };
}

/** Some file systems copy without writing: both files share what is on the disk until one changes. */
async function clone(path: string, target: string): Promise<boolean> {
  try {
    await copyFile(path, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
  } catch {
    return false;
  }
  const file = await open(target, "r");
  try {
    await file.chmod(fileMode);
    await file.sync();
  } finally {
    await file.close();
  }
  return true;
}

async function write(
  target: string,
  chunks: Iterable<Buffer> | AsyncIterable<Buffer>,
): Promise<void> {
  const file = await open(target, "wx", fileMode);
  try {
    for await (const chunk of chunks) await file.writeFile(chunk);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Each is overwritten by the next one. */
async function* chunksOf(file: FileHandle): AsyncGenerator<Buffer> {
  const chunk = Buffer.allocUnsafe(chunkBytes);
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, chunkBytes, null);
    if (bytesRead === 0) return;
    yield chunk.subarray(0, bytesRead);
  }
}
