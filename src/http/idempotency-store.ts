import { createHash } from "node:crypto";
import type { Id } from "../kernel/id.ts";
import type { Transaction } from "../ports/record.ts";

/** The host's only SQL: the answers that idempotency keys are kept with. */

export interface KeyScope {
  /** Null: anyone without an account. */
  readonly accountId: Id | null;
  readonly operation: string;
  readonly key: string;
}

export interface KeptAnswer {
  /** The key of the ring and the tag that prove that a later request is the same. */
  readonly keyId: number;
  readonly tag: Uint8Array;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON; null where the answer has none. */
  readonly body: string | null;
}

interface Row {
  readonly key_id: number;
  readonly tag: Buffer;
  readonly status: number;
  readonly headers: string;
  readonly body: string | null;
}

/** The account id of those who have none. */
const anonymous = 0n;

/** Nobody has used the key: it is this transaction's. */
interface Free {
  readonly transactionId: bigint;
}

/**
 * Takes the key for this transaction. "taken": another holds it. The two statements are sent at
 * once, but each sees its own moment: what a first holder committed before it let go is seen by
 * the second.
 */
export async function claimKey(
  tx: Transaction,
  scope: KeyScope,
): Promise<KeptAnswer | Free | "taken"> {
  const accountId = scope.accountId ?? anonymous;
  const [locks, rows] = await Promise.all([
    tx.sql<{ locked: boolean; transaction_id: bigint }[]>`
      SELECT pg_try_advisory_xact_lock(${lockOf(scope)}) AS locked,
        pg_current_xact_id()::text::bigint AS transaction_id`,
    tx.sql<Row[]>`
      SELECT key_id, tag, status, headers, body FROM http.idempotency_keys
      WHERE account_id = ${accountId} AND operation = ${scope.operation} AND key = ${scope.key}`,
  ]);
  const [lock] = locks;
  if (lock?.locked !== true) {
    return "taken";
  }
  const row = rows[0];
  return row === undefined
    ? { transactionId: lock.transaction_id }
    : {
        keyId: row.key_id,
        tag: row.tag,
        status: row.status,
        headers: JSON.parse(row.headers) as Record<string, string>,
        body: row.body,
      };
}

export async function keepAnswer(
  tx: Transaction,
  scope: KeyScope,
  kept: KeptAnswer,
): Promise<void> {
  await tx.sql`
    INSERT INTO http.idempotency_keys
      (account_id, operation, key, key_id, tag, status, headers, body)
    VALUES
      (${scope.accountId ?? anonymous}, ${scope.operation}, ${scope.key}, ${kept.keyId},
       ${kept.tag}, ${kept.status}, ${JSON.stringify(kept.headers)}, ${kept.body})`;
}

/** Deletes at most `limit` keys older than this; how many there were. */
export async function deleteExpired(
  tx: Transaction,
  keptS: number,
  limit: number,
): Promise<number> {
  const deleted = await tx.sql`
    DELETE FROM http.idempotency_keys WHERE (account_id, operation, key) IN (
      SELECT account_id, operation, key FROM http.idempotency_keys
      WHERE created_at < now() - make_interval(secs => ${keptS})
      ORDER BY created_at LIMIT ${limit})`;
  return deleted.count;
}

const lockBits = 64;

/** A number for the lock; that two scopes share one by chance only makes one of them try again. */
function lockOf(scope: KeyScope): bigint {
  const text = `${scope.accountId ?? anonymous}\n${scope.operation}\n${scope.key}`;
  return BigInt.asIntN(lockBits, createHash("sha256").update(text).digest().readBigUInt64BE());
}
