import type { Readable } from "node:stream";

/**
 * Files that are too large for the record: written once under a key that is never used again, read
 * whole or in part, removed. What is there and why stands in the record, so a store need not be able
 * to list. What fails does so with `BlobsUnavailable` or `BlobsFull`.
 */
export interface Blobs {
  /**
   * Keeps what the file on this machine holds. Once it resolves, the blob is whole and lasts. Before
   * that, and where it fails, there is what was there before or all of the new one: a part of it is
   * never read. Writing a key again replaces what is there. A file that cannot be opened is no failure
   * of the store: the error is the file system's own, such as ENOENT.
   */
  put(key: string, file: string, about: { readonly contentType: string }): Promise<void>;
  /** How many bytes it has; null: there is none. */
  size(key: string): Promise<number | null>;
  /**
   * The bytes from `start` to `end`, both included; all of them where no range is given. What of the
   * range lies beyond the blob's end is left out, so that there may be no byte at all. Null: there is
   * no blob. Ends with `BlobsUnavailable` when the store fails meanwhile; a stream that is not read to
   * its end must be destroyed, which lets go of the store.
   */
  read(key: string, range?: ByteRange): Promise<Readable | null>;
  /** Gone when it resolves. What is not there needs no removing. */
  remove(keys: readonly string[]): Promise<void>;
  /** Lets go of connections. */
  close(): Promise<void>;
}

/** A store as the node has it, which looks after it. */
export interface BlobStore extends Blobs {
  /** Writes, reads and removes something small; fails with what an operator has to mend. */
  check(): Promise<void>;
}

export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export function isByteRange({ start, end }: ByteRange): boolean {
  return Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start <= end;
}

/** Of every store: names that none of them mistakes for anything else, folders by `/`. */
export const blobKeyPattern =
  /^(?=.{1,200}$)[0-9A-Za-z_-][0-9A-Za-z._-]*(?:\/[0-9A-Za-z_-][0-9A-Za-z._-]*)*$/;

/** The store cannot be reached, or refuses; the blob may or may not be there. */
export class BlobsUnavailable extends Error {
  override readonly name = "BlobsUnavailable";
}

/** There is no room for it. */
export class BlobsFull extends Error {
  override readonly name = "BlobsFull";
}
