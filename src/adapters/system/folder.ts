import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type { ReadFolder } from "../../ports/folder.ts";

/** Each further attempt needs another folder to be put in its place just then. */
const attemptsMax = 5;

/**
 * Reads a folder that another program may replace by renaming: what is read is of one folder, the
 * one before or the one after. The files of a folder that stands there are never changed.
 */
export function createReadFolder(folder: string): ReadFolder {
  return async () => {
    for (let attempt = 1; ; attempt += 1) {
      const before = await identityOf(folder);
      const files = before === null ? null : await filesIn(folder);
      if ((await identityOf(folder)) === before && (files !== null || before === null)) {
        return files;
      }
      if (attempt === attemptsMax) {
        throw new Error(`${folder} is replaced again and again while it is read`);
      }
    }
  };
}

/** Null: there is none. */
async function identityOf(folder: string): Promise<string | null> {
  try {
    // A number may be given again to a later folder, so the moment of its birth counts too.
    const { dev, ino, birthtimeNs } = await stat(folder, { bigint: true });
    return [dev, ino, birthtimeNs].join(" ");
  } catch (error) {
    return unlessMissing(error);
  }
}

/** Null: something went away meanwhile. */
async function filesIn(folder: string): Promise<Map<string, Uint8Array> | null> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const paths = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    const files = new Map<string, Uint8Array>();
    for (const path of paths.sort()) {
      files.set(relative(folder, path).replaceAll(sep, "/"), await readFile(path));
    }
    return files;
  } catch (error) {
    return unlessMissing(error);
  }
}

function unlessMissing(error: unknown): null {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT" || code === "ENOTDIR") {
    return null;
  }
  throw error;
}
