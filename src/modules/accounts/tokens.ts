import { hash, randomBytes } from "node:crypto";
import type { Id } from "../../kernel/id.ts";

/**
 * A session's token: a mark of the format and the ids of account and session, which lead to its row
 * and its shard, then random bytes, all in base64url. The record holds its SHA-256 alone; a
 * password's slow hash would add nothing to that many random bits.
 */
const format = 1;
const formatBytes = 2;
const idBytes = 8;
const nameBytes = formatBytes + 2 * idBytes;
const secretBytes = 33;
/** Both parts are whole groups of three bytes, so that a token's beginning is its session's key. */
const bytesPerGroup = 3;
const charactersPerGroup = 4;
export const sessionKeyCharacters = (nameBytes / bytesPerGroup) * charactersPerGroup;
const tokenExpression = /^[A-Za-z0-9_-]{68}$/;
/** Of a whole token, as text and as bytes, and where in the bytes the two ids stand. */
export const tokenBytes = nameBytes + secretBytes;
export const tokenCharacters = (tokenBytes / bytesPerGroup) * charactersPerGroup;
export const tokenIdsAt = [formatBytes, formatBytes + idBytes] as const;

export interface SessionName {
  readonly accountId: Id;
  readonly sessionId: Id;
}

/** What every token of the session begins with. */
export function sessionKey({ accountId, sessionId }: SessionName): string {
  const bytes = Buffer.alloc(nameBytes);
  bytes.writeUInt16BE(format, 0);
  bytes.writeBigInt64BE(accountId, formatBytes);
  bytes.writeBigInt64BE(sessionId, formatBytes + idBytes);
  return bytes.toString("base64url");
}

export function mintToken(name: SessionName): string {
  return sessionKey(name) + randomBytes(secretBytes).toString("base64url");
}

/** The session whose key this is. */
export function sessionOfKey(key: string): SessionName {
  const bytes = Buffer.from(key, "base64url");
  return {
    accountId: bytes.readBigInt64BE(formatBytes),
    sessionId: bytes.readBigInt64BE(formatBytes + idBytes),
  };
}

/** Whether a text has the form of a token, with ids that can be. */
export function isToken(text: string): boolean {
  if (!tokenExpression.test(text)) {
    return false;
  }
  const key = text.slice(0, sessionKeyCharacters);
  const { accountId, sessionId } = sessionOfKey(key);
  return accountId > 0n && sessionId > 0n && sessionKey({ accountId, sessionId }) === key;
}

export function hashToken(token: string): Buffer {
  return hash("sha256", token, "buffer");
}
