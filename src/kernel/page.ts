import { tagBytes, type Keyring } from "./keyring.ts";
import { invalid } from "./problem.ts";

/**
 * Pages of a list: keyset pagination. A cursor holds the keys after which the next page begins and
 * is signed together with the name of its list, so that no other list takes it.
 */
export const pageSizeDefault = 20;
export const pageSizeMax = 100;

export interface Page<T> {
  readonly items: readonly T[];
  /** Null alone means the end; an empty page with a cursor goes on. */
  readonly nextCursor: string | null;
}

/** What a list needs to make the next page: a few ids, numbers or short texts. */
export type CursorKeys = readonly (string | number | bigint)[];

export interface Cursors {
  /** `list` names the list and everything that belongs to it, such as `stories.comments:17:oldest`. */
  encode(list: string, keys: CursorKeys): string;
  /** The keys as strings; a broken cursor or another list's is a 400. Undefined gives null. */
  decode(list: string, cursor: string | undefined): readonly string[] | null;
}

const cursorPurpose = "cursor";
const cursorCharactersMax = 2048;
const keySeparator = "\u001f";

export function createCursors(keyring: Keyring): Cursors {
  return {
    encode(list, keys) {
      const payload = keys.map(String).join(keySeparator);
      const { keyId, tag } = keyring.sign(cursorPurpose, list + keySeparator + payload);
      return Buffer.concat([Buffer.of(keyId), tag, Buffer.from(payload, "utf8")]).toString(
        "base64url",
      );
    },
    decode(list, cursor) {
      if (cursor === undefined) {
        return null;
      }
      const bytes =
        cursor.length <= cursorCharactersMax ? Buffer.from(cursor, "base64url") : Buffer.alloc(0);
      const canonical = bytes.toString("base64url") === cursor;
      const payload = bytes.subarray(1 + tagBytes).toString("utf8");
      const message = list + keySeparator + payload;
      const keyId = bytes[0] ?? 0;
      const tag = bytes.subarray(1, 1 + tagBytes);
      if (!canonical || !keyring.verify(cursorPurpose, message, keyId, tag)) {
        throw invalid("cursor", "is not a cursor of this list; begin without one");
      }
      return payload.split(keySeparator);
    },
  };
}

/** Cuts limit + 1 rows to a page: the row too many only tells that there is more. */
export function pageOf<T>(
  rows: readonly T[],
  limit: number,
  cursorAfter: (last: T) => string,
): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items, nextCursor: more ? cursorAfter(last) : null };
}
