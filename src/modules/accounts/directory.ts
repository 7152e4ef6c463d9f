import { createBatchLoader } from "../../kernel/batch-loader.ts";
import type { Context } from "../../kernel/context.ts";
import { parseId, type Id } from "../../kernel/id.ts";
import type { Metrics } from "../../ports/telemetry.ts";
import type { RecordPort } from "../../ports/record.ts";
import { createLoadingCache } from "../../kernel/loading-cache.ts";
import type { Media } from "../media/contract.ts";
import { knownAccount, type KnownAccount } from "./present.ts";
import { foldHandle } from "./rules.ts";
import { accountIdOfHandle, accountsById, type AccountRow } from "./store.ts";
import { LRUCache } from "lru-cache";

/** Who people are, from memory where possible. */
export interface Directory {
  /** An account as its command leaves it; null for one that is not active. */
  show(row: AccountRow): KnownAccount | null;
  /** In the order of the ids; null for who is not active. */
  accounts(context: Context, ids: readonly Id[]): Promise<readonly (KnownAccount | null)[]>;
  account(context: Context, id: Id): Promise<KnownAccount | null>;
  /** Called when an event tells of a version, whatever memory holds. */
  watch(changed: (id: Id, version: number) => void): void;
  /** An active account if memory holds it. */
  held(id: Id): KnownAccount | null;
  /** By decimal id or `@handle`. */
  resolve(context: Context, idOrHandle: string): Promise<KnownAccount | null>;
  /** An event says that the account has this version now. */
  changed(id: Id, version: number): void;
}

interface Entry {
  readonly version: number;
  /** Null: the account is there and not active. */
  readonly account: KnownAccount | null;
}

export interface DirectoryDeps {
  readonly record: RecordPort;
  readonly metrics: Metrics;
  /** Asked for lazily: the modules know each other in a circle. */
  readonly media: () => Pick<Media, "avatarUrl">;
  /** Of the accounts in memory. */
  readonly bytesMax?: number;
}

const bytesMaxDefault = 64 * 1024 ** 2;
/** Objects, keys and places in the cache; the texts come on top, twice: as fields and as JSON. */
const entryBytes = 700;
const bytesPerCharacter = 2;
const handleHintsMax = 20_000;
/** Accounts that one query loads, and queries under way at once, whoever asks. */
const loadedAtOnceMax = 500;
const loadsMax = 2;

export function createDirectory(deps: DirectoryDeps): Directory {
  const { record, metrics } = deps;
  const show = (row: AccountRow): KnownAccount | null =>
    knownAccount(row, (copy) => deps.media().avatarUrl(copy));
  const hits = metrics.counter(
    "maru_accounts_summary_hits_total",
    "Accounts that were asked for and found in memory.",
  );
  const rows = createBatchLoader<Id, Entry>({
    keysMax: loadedAtOnceMax,
    loadsMax,
    async load(context, ids) {
      const found = await record.read(context, (sql) => accountsById(sql, ids));
      return new Map(found.map((row) => [row.id, { version: row.version, account: show(row) }]));
    },
  });
  const misses = metrics.counter(
    "maru_accounts_summary_misses_total",
    "Accounts that were asked for and had to be loaded.",
  );
  const cache = createLoadingCache<Id, Entry>({
    bytesMax: deps.bytesMax ?? bytesMaxDefault,
    bytesOf: ({ account }) =>
      entryBytes + 2 * bytesPerCharacter * (account === null ? 0 : account.json.length),
    missed: (keys) => {
      misses.add(keys);
    },
    load: rows.load,
  });
  metrics.gauge("maru_accounts_summary_bytes", "Memory of the accounts in memory.", cache.bytes);

  let watcher: (id: Id, version: number) => void = () => undefined;

  /** Only hints: whoever takes one looks whether the account still has the handle. */
  const idsByHandle = new LRUCache<string, Id>({ max: handleHintsMax });

  async function accounts(
    context: Context,
    ids: readonly Id[],
  ): Promise<readonly (KnownAccount | null)[]> {
    const found = new Map<Id, Entry>();
    const missing: Id[] = [];
    for (const id of ids) {
      const entry = context.bypassViews ? undefined : cache.peek(id);
      if (entry === undefined) {
        missing.push(id);
      } else {
        found.set(id, entry);
      }
    }
    hits.add(ids.length - missing.length);
    if (missing.length > 0) {
      for (const [id, entry] of await cache.get(context, missing)) {
        found.set(id, entry);
      }
    }
    return ids.map((id) => found.get(id)?.account ?? null);
  }

  async function account(context: Context, id: Id): Promise<KnownAccount | null> {
    const [found] = await accounts(context, [id]);
    return found ?? null;
  }

  async function byHandle(context: Context, handle: string): Promise<KnownAccount | null> {
    const hint = context.bypassViews ? undefined : idsByHandle.get(handle);
    if (hint !== undefined) {
      const found = await account(context, hint);
      if (found?.handle === handle) {
        return found;
      }
    }
    const id = await record.read(context, (sql) => accountIdOfHandle(sql, handle));
    if (id === null) {
      idsByHandle.delete(handle);
      return null;
    }
    idsByHandle.set(handle, id);
    return account(context, id);
  }

  return {
    show,
    accounts,
    account,
    held: (id) => cache.peek(id)?.account ?? null,
    watch(changed) {
      watcher = changed;
    },
    async resolve(context, idOrHandle) {
      if (idOrHandle.startsWith("@")) {
        const handle = foldHandle(idOrHandle.slice(1));
        return handle === null ? null : byHandle(context, handle);
      }
      const id = parseId(idOrHandle);
      return id === undefined ? null : account(context, id);
    },
    changed(id, version) {
      const known = cache.peek(id);
      // A late or repeated event tells nothing new; what is being loaded may be older than it.
      if (known === undefined || known.version < version) {
        cache.invalidate(id);
      }
      // Memory may have been loaded anew before the event came; what was made of it before was not.
      watcher(id, version);
    },
  };
}
