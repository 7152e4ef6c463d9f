import type { Readable } from "node:stream";

/**
 * Files that are too large for the record: written once under a key that is never used again, read
 * whole or in part, removed. What is there and why stands in the record, so a store need not be able
 * to list.
 */
export interface Blobs {
  /**
   * Keeps what the file on this machine holds. Once it resolves, the blob is whole and lasts; until
   * then nobody reads any of it. Writing a key again replaces what is there.
   */
  put(key: string, file: string, about: { readonly contentType: string }): Promise<void>;
  /** How many bytes it has; null: there is none. */
  size(key: string): Promise<number | null>;
  /**
   * The bytes from `start` to `end`, both included; all of them where no range is given. Null: there
   * is none. Ends with an error when the store fails meanwhile; destroying it lets go of the store.
   */
  read(key: string, range?: ByteRange): Promise<Readable | null>;
  /** Gone when it resolves. What is not there needs no removing. */
  remove(keys: readonly string[]): Promise<void>;
  /** Lets go of connections. */
  close(): Promise<void>;
}

export interface ByteRange {
  readonly start: number;
  readonly end: number;
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
