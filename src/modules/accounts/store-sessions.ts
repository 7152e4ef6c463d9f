import type { Id } from "../../kernel/id.ts";
import type { Sql, TransactionSql } from "../../ports/record.ts";
import type { SessionName } from "./tokens.ts";

/** Sessions; a row's presence is what makes its token good. */

export interface SessionRow {
  readonly id: Id;
  readonly user_agent: string;
  readonly last_used_ms: bigint;
}

export interface TokenRow extends SessionName {
  readonly tokenHash: Buffer;
  readonly lastUsedMs: bigint;
}

export interface NewSession extends SessionName {
  readonly tokenHash: Buffer;
  readonly userAgent: string;
  readonly nowMs: number;
}

export interface Touch extends SessionName {
  readonly usedMs: number;
}

/** Names and other rows travel as JSON, one parameter for any number of them. */
const namesOf = (names: readonly SessionName[]): { a: string; s: string }[] =>
  names.map(({ accountId, sessionId }) => ({ a: String(accountId), s: String(sessionId) }));

export async function tokensOf(sql: Sql, names: readonly SessionName[]): Promise<TokenRow[]> {
  return sql<TokenRow[]>`
    SELECT account_id AS "accountId", id AS "sessionId", token_hash AS "tokenHash",
      last_used_ms AS "lastUsedMs"
    FROM accounts.sessions
    WHERE (account_id, id) IN (
      SELECT a, s FROM jsonb_to_recordset(${sql.json(namesOf(names))}) AS names (a bigint, s bigint))`;
}

const idBytes = 8;

/** The sessions that were used last, newest use first, packed by the database into eight bytes an id. */
export async function recentlyUsed(sql: Sql, limit: number): Promise<readonly SessionName[]> {
  const [row] = await sql<{ accounts: Buffer | null; sessions: Buffer | null }[]>`
    SELECT string_agg(int8send(account_id), '') AS accounts, string_agg(int8send(id), '') AS sessions
    FROM (
      SELECT account_id, id FROM accounts.sessions ORDER BY last_used_ms DESC LIMIT ${limit}
    ) AS recent`;
  const { accounts, sessions } = row ?? {};
  if (!accounts || !sessions) {
    return [];
  }
  return Array.from({ length: accounts.length / idBytes }, (_, i) => ({
    accountId: accounts.readBigInt64BE(i * idBytes),
    sessionId: sessions.readBigInt64BE(i * idBytes),
  }));
}

export async function insertSession(sql: TransactionSql, session: NewSession): Promise<void> {
  await sql`
    INSERT INTO accounts.sessions (account_id, id, token_hash, user_agent, last_used_ms)
    VALUES (${session.accountId}, ${session.sessionId}, ${session.tokenHash}, ${session.userAgent},
      ${BigInt(session.nowMs)})`;
}

/** Newest first, with ids below `below`. */
export async function sessionsOf(
  sql: Sql,
  accountId: Id,
  range: { readonly below: Id; readonly usedSinceMs: number; readonly limit: number },
): Promise<SessionRow[]> {
  return sql<SessionRow[]>`
    SELECT id, user_agent, last_used_ms FROM accounts.sessions
    WHERE account_id = ${accountId} AND id < ${range.below}
      AND last_used_ms > ${BigInt(range.usedSinceMs)}
    ORDER BY id DESC LIMIT ${range.limit}`;
}

export async function deleteSession(
  sql: TransactionSql,
  { accountId, sessionId }: SessionName,
): Promise<Id[]> {
  const rows = await sql<{ id: Id }[]>`
    DELETE FROM accounts.sessions WHERE account_id = ${accountId} AND id = ${sessionId} RETURNING id`;
  return rows.map(({ id }) => id);
}

/** All of an account, but for the one to keep. */
export async function deleteSessions(
  sql: TransactionSql,
  accountId: Id,
  keep: Id | null,
): Promise<Id[]> {
  const rows = await sql<{ id: Id }[]>`
    DELETE FROM accounts.sessions WHERE account_id = ${accountId} AND id <> ${keep ?? 0n} RETURNING id`;
  return rows.map(({ id }) => id);
}

/** Leaves the `kept` of an account that were used last. */
export async function deleteLeastUsed(
  sql: TransactionSql,
  accountId: Id,
  kept: number,
): Promise<Id[]> {
  const rows = await sql<{ id: Id }[]>`
    DELETE FROM accounts.sessions s
    USING (
      SELECT id, row_number() OVER (ORDER BY last_used_ms DESC, id DESC) AS place
      FROM accounts.sessions WHERE account_id = ${accountId}) ranked
    WHERE s.account_id = ${accountId} AND s.id = ranked.id AND ranked.place > ${kept}
    RETURNING s.id`;
  return rows.map(({ id }) => id);
}

/** A later use that another node noted stays. */
export async function noteUses(sql: TransactionSql, touches: readonly Touch[]): Promise<void> {
  const rows = touches.map(({ accountId, sessionId, usedMs }) => ({
    a: String(accountId),
    s: String(sessionId),
    ms: usedMs,
  }));
  await sql`
    UPDATE accounts.sessions SET last_used_ms = used.ms
    FROM jsonb_to_recordset(${sql.json(rows)}) AS used (a bigint, s bigint, ms bigint)
    WHERE account_id = used.a AND id = used.s AND last_used_ms < used.ms`;
}

/** At most `limit` of those that were last used at or before `untilMs`; how many there were. */
export async function deleteExpired(
  sql: TransactionSql,
  untilMs: number,
  limit: number,
): Promise<number> {
  const rows = await sql`
    DELETE FROM accounts.sessions WHERE (account_id, id) IN (
      SELECT account_id, id FROM accounts.sessions
      WHERE last_used_ms <= ${BigInt(untilMs)} ORDER BY last_used_ms LIMIT ${limit})
    RETURNING 1`;
  return rows.length;
}
