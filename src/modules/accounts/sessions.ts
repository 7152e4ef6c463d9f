import { timingSafeEqual } from "node:crypto";
import { createBatchLoader } from "../../kernel/batch-loader.ts";
import { internalContext, type Context, type Viewer } from "../../kernel/context.ts";
import type { Clock } from "../../ports/clock.ts";
import type { RecordPort } from "../../ports/record.ts";
import type { Metrics } from "../../ports/telemetry.ts";
import type { ShelfMemory } from "../../kernel/shelf.ts";
import { createLoadingCache } from "../../kernel/loading-cache.ts";
import { createSessionShelf } from "./session-shelf.ts";
import { noteUses, recentlyUsed, tokensOf, type Touch } from "./store-sessions.ts";
import {
  hashToken,
  isToken,
  sessionKey,
  sessionKeyCharacters,
  sessionOfKey,
  type SessionName,
} from "./tokens.ts";

/** Finds the viewer of a token, and notes when sessions are used. */
export interface Sessions {
  authenticate(context: Context, token: string): Promise<Viewer | null>;
  /** An event says that the session is over. */
  ended(session: SessionName): void;
  /** Writes the uses that were noted since the last time. */
  flushUses(): Promise<void>;
  /** The sessions that were used last, newest use first. */
  recent(context: Context, limit: number): Promise<readonly SessionName[]>;
  /** Loads what memory lacks of these, ahead of their next use. */
  preload(context: Context, sessions: readonly SessionName[]): Promise<void>;
  /** Of sessions that other threads may find. */
  readonly memory: ShelfMemory;
}

interface Entry {
  readonly viewer: Viewer;
  readonly tokenHash: Buffer;
  lastUsedMs: number;
}

export interface SessionsDeps {
  readonly record: RecordPort;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** A session that nobody uses for so long is over. */
export const sessionIdleMsMax = 90 * dayMs;
/** Uses are noted this coarsely, so that a read costs no write. */
const useResolutionMs = hourMs;
/** Uses that wait to be written; beyond it they are noted at a later request. */
const pendingUsesMax = 10_000;
const usesPerWrite = 1_000;
const bytesMax = 32 * 1024 ** 2;
/** For nearly a million sessions. */
const sharedBytesMax = 64 * 1024 ** 2;
/** An entry with its ids, its hash, its key and its place in the cache. */
const entryBytes = 512;
/** Sessions that one query loads, and queries under way at once, whoever asks. */
const loadedAtOnceMax = 500;
const loadsMax = 2;

export function createSessions(deps: SessionsDeps): Sessions {
  const { record, clock, metrics } = deps;
  const pendingUses = new Map<string, Touch>();
  const rows = createBatchLoader<string, Entry>({
    keysMax: loadedAtOnceMax,
    loadsMax,
    load: readEntries,
  });
  const hits = metrics.counter(
    "maru_accounts_session_hits_total",
    "Tokens whose session was in memory.",
  );
  const misses = metrics.counter(
    "maru_accounts_session_misses_total",
    "Tokens whose session had to be loaded.",
  );
  /** By what a token begins with. Unknown sessions are not remembered: one may be on its way. */
  const cache = createLoadingCache<string, Entry>({
    bytesMax,
    bytesOf: () => entryBytes,
    missed: (keys) => {
      misses.add(keys);
    },
    load: rows.load,
  });
  const shared = createSessionShelf(sharedBytesMax);
  metrics.gauge(
    "maru_accounts_session_bytes",
    "Memory of the sessions in memory.",
    () => cache.bytes() + shared.bytes(),
  );

  async function readEntries(
    context: Context,
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, Entry>> {
    const names = keys.map(sessionOfKey);
    const found = await record.read(context, (sql) => tokensOf(sql, names));
    return new Map(
      found.map(({ accountId, sessionId, tokenHash, lastUsedMs }) => [
        sessionKey({ accountId, sessionId }),
        { viewer: { accountId, sessionId }, tokenHash, lastUsedMs: Number(lastUsedMs) },
      ]),
    );
  }

  const isOver = (entry: Entry): boolean => clock.nowMs() - entry.lastUsedMs >= sessionIdleMsMax;

  const isTokenOf = (entry: Entry, token: string): boolean =>
    timingSafeEqual(entry.tokenHash, hashToken(token));

  function use(key: string, entry: Entry): Viewer {
    const nowMs = clock.nowMs();
    if (nowMs - entry.lastUsedMs >= useResolutionMs && pendingUses.size < pendingUsesMax) {
      entry.lastUsedMs = nowMs;
      pendingUses.set(key, { ...entry.viewer, usedMs: nowMs });
    }
    // It may have ended since it was found; then the cache does not have it any more.
    if (cache.peek(key) === entry) {
      shared.hold(entry.viewer, entry.tokenHash, entry.lastUsedMs + useResolutionMs);
    }
    return entry.viewer;
  }

  return {
    memory: shared.memory,
    async authenticate(context, token) {
      const key = token.slice(0, sessionKeyCharacters);
      const known = context.bypassViews ? undefined : cache.peek(key);
      if (known !== undefined) {
        hits.add(1);
        if (!isTokenOf(known, token)) {
          return null;
        }
        if (!isOver(known)) {
          return use(key, known);
        }
        // Another node may have noted a later use.
        cache.invalidate(key);
      }
      if (!isToken(token)) {
        return null;
      }
      const entry = (await cache.get(context, [key])).get(key);
      const isGood = entry !== undefined && isTokenOf(entry, token) && !isOver(entry);
      return isGood ? use(key, entry) : null;
    },
    recent: (context, limit) => record.read(context, (sql) => recentlyUsed(sql, limit)),
    async preload(context, sessions) {
      await cache.get(context, sessions.map(sessionKey));
    },
    ended(session) {
      const key = sessionKey(session);
      cache.invalidate(key);
      shared.drop(session);
      pendingUses.delete(key);
    },
    async flushUses() {
      const uses = [...pendingUses.values()];
      pendingUses.clear();
      for (let i = 0; i < uses.length; i += usesPerWrite) {
        const batch = uses.slice(i, i + usesPerWrite);
        await record.write(internalContext("accounts.session-uses"), (tx) =>
          noteUses(tx.sql, batch),
        );
      }
    },
  };
}
