import type { Sql, Statement, TransactionSql } from "../../ports/record.ts";
import { logName } from "./log-schema.ts";

/** Who may give positions: the holder of the row, and of its newest epoch. */
export interface RelayLease {
  readonly holder: string;
  readonly holderEpoch: bigint;
}

/** A holder that does not renew loses the lease after this long. */
export const relayLeaseTtlMs = 1_500;

interface StateRow {
  readonly holder_epoch: bigint;
  readonly epoch: number;
  readonly history: string;
  readonly free: boolean;
  readonly now_history: string;
}

export interface Acquired {
  readonly lease: RelayLease;
  /** True where the transaction ids are another server's than before: the log began a new epoch. */
  readonly newHistory: boolean;
}

/**
 * Takes the lease where it is free, expired or was this holder's before, and raises its epoch, so
 * that whoever held it can give no position any more. Null: another holds it.
 *
 * `history` names the server and its timeline. Where it has changed, the record was promoted or
 * restored, and positions go on under a new epoch. After a restore, events that wait for a position
 * get the transaction id of now, because ids of another server cannot be compared with this one's;
 * they keep the order in which they were written.
 */
export async function acquireRelayLease(sql: Sql, holder: string): Promise<Acquired | null> {
  const result = await sql.begin(async (tx: TransactionSql): Promise<Acquired | null> => {
    const [state] = await tx<StateRow[]>`
      SELECT holder_epoch, epoch, history,
        holder = ${holder} OR ${isRelayFree(tx)} AS free,
        (SELECT system_identifier FROM pg_control_system()) || '/'
          || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) AS now_history
      FROM log.state WHERE log = ${logName} FOR UPDATE`;
    if (state?.free !== true) {
      return null;
    }
    const changed = state.history !== state.now_history;
    await tx`
      UPDATE log.state SET
        holder = ${holder},
        holder_epoch = holder_epoch + 1,
        expires_at = clock_timestamp() + ${relayLeaseTtlMs} * interval '1 ms',
        history = ${state.now_history},
        epoch = ${changed ? state.epoch + 1 : state.epoch},
        moved_below = '0'
      WHERE log = ${logName}`;
    const before = state.history !== "";
    if (before && serverOf(state.history) !== serverOf(state.now_history)) {
      await tx`UPDATE log.outbox SET transaction_id = pg_current_xact_id()`;
    }
    const lease = { holder, holderEpoch: state.holder_epoch + 1n };
    return { lease, newHistory: changed && before };
  });
  return result;
}

/**
 * Whether nobody gives positions. A lease that ends further ahead than any can was written by a clock
 * that has been put right since.
 */
export function isRelayFree(sql: Sql | TransactionSql): Statement {
  return sql`(holder IS NULL OR expires_at NOT BETWEEN clock_timestamp()
    AND clock_timestamp() + ${2 * relayLeaseTtlMs} * interval '1 ms')`;
}

function serverOf(history: string): string {
  return history.split("/")[0] ?? "";
}

/** False where the lease is another's now. */
export async function renewRelayLease(sql: Sql, lease: RelayLease): Promise<boolean> {
  const renewed = await sql`
    UPDATE log.state SET expires_at = clock_timestamp() + ${relayLeaseTtlMs} * interval '1 ms'
    WHERE log = ${logName} AND holder = ${lease.holder} AND holder_epoch = ${lease.holderEpoch}
    RETURNING 1 AS one`;
  return renewed.length > 0;
}

/** Lets the next relay begin at once. */
export async function releaseRelayLease(sql: Sql, lease: RelayLease): Promise<void> {
  await sql`
    UPDATE log.state SET holder = NULL, expires_at = '-infinity'
    WHERE log = ${logName} AND holder = ${lease.holder} AND holder_epoch = ${lease.holderEpoch}`;
}
