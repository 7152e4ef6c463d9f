import { hash } from "node:crypto";
import type { Viewer } from "../../kernel/context.ts";
import { createShelf, ShelfReader, type ShelfMemory } from "../../kernel/shelf.ts";
import { highWord, joinWords, lowWord } from "../../kernel/words.ts";
import { tokenBytes, tokenCharacters, tokenIdsAt, type SessionName } from "./tokens.ts";

/**
 * Sessions in shared memory, so that any thread finds the viewer of a token without a pause. A
 * session is held until it is over or its use has to be noted again, whichever comes first.
 */
export interface SessionShelf {
  hold(viewer: Viewer, tokenHash: Uint8Array, untilMs: number): void;
  drop(session: SessionName): void;
  bytes(): number;
  readonly memory: ShelfMemory;
}

/** Words of a record under the session's id: the account's id, until when, and the token's SHA-256. */
const accountHighAt = 0;
const accountLowAt = 1;
const untilAt = 2;
const hashAt = 3;
const hashWords = 8;
const recordWords = hashAt + hashWords;
const recordBytes = 64;
const msPerSecond = 1000;
const wordBytes = 4;

export function createSessionShelf(bytesMax: number): SessionShelf {
  const shelf = createShelf({ bytesMax, entriesMax: Math.ceil(bytesMax / recordBytes) });
  return {
    hold({ accountId, sessionId }, tokenHash, untilMs) {
      const view = new DataView(tokenHash.buffer, tokenHash.byteOffset, tokenHash.byteLength);
      shelf.put(highWord(sessionId), lowWord(sessionId), recordWords, (words, at) => {
        words[at + accountHighAt] = highWord(accountId);
        words[at + accountLowAt] = lowWord(accountId);
        words[at + untilAt] = Math.floor(untilMs / msPerSecond);
        for (let i = 0; i < hashWords; i += 1) {
          words[at + hashAt + i] = view.getUint32(i * wordBytes);
        }
      });
    },
    drop({ sessionId }) {
      shelf.remove(highWord(sessionId), lowWord(sessionId));
    },
    bytes: shelf.bytes,
    memory: shelf.memory,
  };
}

/** Gives the viewer of a token whose session is held; null: memory does not tell. One for each thread. */
export function createSessionReader(
  memory: ShelfMemory,
  nowMs: () => number,
): (token: string) => Viewer | null {
  const reader = new ShelfReader(memory);
  const ids = Buffer.alloc(tokenBytes);

  return (token) => {
    if (token.length !== tokenCharacters || ids.write(token, "base64url") !== tokenBytes) {
      return null;
    }
    const [accountAt, sessionAt] = tokenIdsAt;
    const sessionHigh = ids.readUInt32BE(sessionAt);
    const sessionLow = ids.readUInt32BE(sessionAt + wordBytes);
    if (!reader.find(sessionHigh, sessionLow)) {
      return null;
    }
    const { words, at } = reader;
    const accountHigh = words[at + accountHighAt] as number;
    const accountLow = words[at + accountLowAt] as number;
    const digest = hash("sha256", token, "buffer");
    // Every word is compared whatever the first ones say, so that the time taken tells nothing.
    let difference =
      (accountHigh ^ ids.readUInt32BE(accountAt)) |
      (accountLow ^ ids.readUInt32BE(accountAt + wordBytes));
    for (let i = 0; i < hashWords; i += 1) {
      difference |= (words[at + hashAt + i] as number) ^ digest.readUInt32BE(i * wordBytes);
    }
    const isDue = (words[at + untilAt] as number) * msPerSecond <= nowMs();
    if (difference !== 0 || isDue || !reader.isStillThere()) {
      return null;
    }
    return {
      accountId: joinWords(accountHigh, accountLow),
      sessionId: joinWords(sessionHigh, sessionLow),
    };
  };
}
