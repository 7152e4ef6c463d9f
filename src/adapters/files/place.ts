import { createHash } from "node:crypto";
import { join } from "node:path";
import { assert } from "../../kernel/assert.ts";
import { blobKeyPattern } from "../../ports/blobs.ts";

/** Where a blob lies. */
export interface Place {
  readonly folder: string;
  readonly path: string;
}

/** No key has it, and every file system does. */
const slash = "+";

/**
 * Two levels of 256 folders, by hash: ten million blobs are about 150 in each. The key's own folders
 * are part of the file's name, so that a removed blob leaves no empty folder behind, and that no blob
 * is in the way of another one whose key begins with its key.
 */
export function placeIn(root: string, key: string): Place {
  assert(blobKeyPattern.test(key), "a blob's key is made of names, with slashes between them");
  const hash = createHash("sha256").update(key).digest("hex");
  const folder = join(root, hash.slice(0, 2), hash.slice(2, 4));
  return { folder, path: join(folder, key.replaceAll("/", slash)) };
}
