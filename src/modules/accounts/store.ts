import type { Id } from "../../kernel/id.ts";
import { idArray, type Sql, type TransactionSql } from "../../ports/record.ts";
import type { MediaCopy } from "../media/contract.ts";
import type { Privacy, Locale } from "./contract.ts";

/** Accounts and their handles. */

export interface AccountRow {
  readonly id: Id;
  readonly handle: string | null;
  readonly name: string;
  readonly bio: string;
  readonly locale: Locale;
  readonly time_zone: string;
  readonly privacy: Privacy;
  readonly status: "active" | "deactivated" | "deleted";
  readonly avatar: MediaCopy | null;
  readonly version: number;
}

export interface NewAccountRow extends AccountRow {
  readonly handle: string;
  readonly name_folded: string;
  readonly home_region: number;
  readonly password_hash: string | null;
}

export interface Credentials {
  readonly id: Id;
  readonly passwordHash: string | null;
}

export async function accountsById(sql: Sql, ids: readonly Id[]): Promise<AccountRow[]> {
  return sql<AccountRow[]>`
    SELECT id, handle, name, bio, locale, time_zone, privacy, status, avatar, version
    FROM accounts.accounts WHERE id = ANY (${idArray(ids)}::bigint[])`;
}

export async function accountIdOfHandle(sql: Sql, handle: string): Promise<Id | null> {
  const [row] = await sql<{ account_id: Id }[]>`
    SELECT account_id FROM accounts.handles WHERE handle = ${handle}`;
  return row?.account_id ?? null;
}

/** Of an active account. */
export async function credentialsOfHandle(sql: Sql, handle: string): Promise<Credentials | null> {
  const [row] = await sql<Credentials[]>`
    SELECT a.id, a.password_hash AS "passwordHash"
    FROM accounts.handles h JOIN accounts.accounts a ON a.id = h.account_id
    WHERE h.handle = ${handle} AND a.status = 'active'`;
  return row ?? null;
}

/** Of an active account. */
export async function credentialsOf(sql: Sql, id: Id): Promise<Credentials | null> {
  const [row] = await sql<Credentials[]>`
    SELECT id, password_hash AS "passwordHash"
    FROM accounts.accounts WHERE id = ${id} AND status = 'active'`;
  return row ?? null;
}

/** False: someone else has it. Waits for a transaction that is just taking it. */
export async function takeHandle(sql: TransactionSql, handle: string, id: Id): Promise<boolean> {
  const rows = await sql`
    INSERT INTO accounts.handles (handle, account_id) VALUES (${handle}, ${id})
    ON CONFLICT (handle) DO NOTHING RETURNING account_id`;
  return rows.length > 0;
}

export async function insertAccount(sql: TransactionSql, row: NewAccountRow): Promise<void> {
  await sql`
    INSERT INTO accounts.accounts (id, handle, name, name_folded, bio, locale, time_zone, home_region,
      privacy, status, password_hash, version)
    VALUES (${row.id}, ${row.handle}, ${row.name}, ${row.name_folded}, ${row.bio}, ${row.locale},
      ${row.time_zone}, ${row.home_region}, ${row.privacy}, ${row.status}, ${row.password_hash}, ${row.version})`;
}

/** The account as it is until the transaction ends, if it is active. */
export async function lockAccount(sql: TransactionSql, id: Id): Promise<AccountRow | null> {
  const [row] = await sql<AccountRow[]>`
    SELECT id, handle, name, bio, locale, time_zone, privacy, status, avatar, version
    FROM accounts.accounts WHERE id = ${id} AND status = 'active' FOR NO KEY UPDATE`;
  return row ?? null;
}

/**
 * Whether an active account's password is still the one that was proved; keeps it so until the
 * transaction ends. Passwords are proved before a transaction begins, because that takes long.
 */
export async function keepPassword(
  sql: TransactionSql,
  { id, passwordHash }: Credentials,
): Promise<boolean> {
  const rows = await sql`
    SELECT 1 FROM accounts.accounts
    WHERE id = ${id} AND status = 'active' AND password_hash IS NOT DISTINCT FROM ${passwordHash}
    FOR SHARE`;
  return rows.length > 0;
}

/** Of an active account; they stay so until the transaction ends. */
export async function lockCredentials(sql: TransactionSql, id: Id): Promise<Credentials | null> {
  const [row] = await sql<Credentials[]>`
    SELECT id, password_hash AS "passwordHash"
    FROM accounts.accounts WHERE id = ${id} AND status = 'active' FOR SHARE`;
  return row ?? null;
}

/** False: it is another one by now. */
export async function replacePassword(
  sql: TransactionSql,
  { id, passwordHash }: Credentials,
  next: string,
): Promise<boolean> {
  const rows = await sql`
    UPDATE accounts.accounts SET password_hash = ${next}
    WHERE id = ${id} AND status = 'active' AND password_hash = ${passwordHash} RETURNING 1`;
  return rows.length > 0;
}

export async function updateAccount(
  sql: TransactionSql,
  row: AccountRow,
  nameFolded: string,
): Promise<void> {
  await sql`
    UPDATE accounts.accounts
    SET name = ${row.name}, name_folded = ${nameFolded}, bio = ${row.bio}, locale = ${row.locale},
      time_zone = ${row.time_zone}, privacy = ${row.privacy}, version = ${row.version},
      avatar = ${row.avatar === null ? null : JSON.stringify(row.avatar)}::text::jsonb
    WHERE id = ${row.id}`;
}

/** Leaves nothing but the id and that it is over; frees the handle. */
export async function eraseAccount(sql: TransactionSql, id: Id, version: number): Promise<void> {
  await sql`
    UPDATE accounts.accounts
    SET handle = NULL, name = '', name_folded = '', bio = '', avatar = NULL, locale = 'en',
      time_zone = 'UTC', privacy = 'nobody', status = 'deleted', password_hash = NULL, version = ${version}
    WHERE id = ${id}`;
}

export async function freeHandle(sql: TransactionSql, handle: string, id: Id): Promise<void> {
  await sql`DELETE FROM accounts.handles WHERE handle = ${handle} AND account_id = ${id}`;
}
