import { createHash } from "node:crypto";
import type { Id } from "../kernel/id.ts";
import { idArray, type Statement, type Transaction, type TransactionSql } from "../ports/record.ts";

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
  readonly n: number;
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

/** "taken": another transaction holds the key. */
export type Claim = KeptAnswer | Free | "taken";

/**
 * Takes the keys for this transaction, in the order of the scopes, which differ. The two statements
 * are sent at once, but each sees its own moment: what a first holder committed before it let go is
 * seen by the second.
 */
export async function claimKeys(
  sql: TransactionSql,
  scopes: readonly KeyScope[],
): Promise<readonly Claim[]> {
  const locks = idArray(scopes.map(lockOf));
  const wanted = JSON.stringify(
    scopes.map((scope, n) => ({
      n,
      account_id: String(scope.accountId ?? anonymous),
      operation: scope.operation,
      key: scope.key,
    })),
  );
  const [held, found] = await Promise.all([
    sql<{ locked: boolean; transaction_id: bigint }[]>`
      SELECT pg_try_advisory_xact_lock(lock) AS locked,
        pg_current_xact_id()::text::bigint AS transaction_id
      FROM unnest(${locks}::bigint[]) AS wanted (lock)`,
    sql<Row[]>`
      SELECT n, key_id, tag, status, headers, body
      FROM json_to_recordset(${wanted}::text::json) AS wanted (
        n int, account_id bigint, operation text, key text)
      JOIN http.idempotency_keys USING (account_id, operation, key)`,
  ]);
  const kept = new Map(found.map((row) => [row.n, keptOf(row)] as const));
  return held.map(({ locked, transaction_id: transactionId }, n) =>
    locked ? (kept.get(n) ?? { transactionId }) : "taken",
  );
}

function keptOf(row: Row): KeptAnswer {
  return {
    keyId: row.key_id,
    tag: row.tag,
    status: row.status,
    headers: JSON.parse(row.headers) as Record<string, string>,
    body: row.body,
  };
}

/** Keeps answers under keys that this transaction has claimed. Not sent yet. */
export function keepAnswers(
  sql: TransactionSql,
  answers: readonly (readonly [KeyScope, KeptAnswer])[],
): Statement {
  const rows = answers.map(([scope, kept]) => ({
    account_id: String(scope.accountId ?? anonymous),
    operation: scope.operation,
    key: scope.key,
    key_id: kept.keyId,
    tag: Buffer.from(kept.tag).toString("hex"),
    status: kept.status,
    headers: JSON.stringify(kept.headers),
    body: kept.body,
  }));
  return sql`
    INSERT INTO http.idempotency_keys
      (account_id, operation, key, key_id, tag, status, headers, body)
    SELECT account_id, operation, key, key_id, decode(tag, 'hex'), status, headers, body
    FROM json_to_recordset(${JSON.stringify(rows)}::text::json) AS answer (
      account_id bigint, operation text, key text, key_id smallint, tag text, status smallint,
      headers text, body text)`;
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
