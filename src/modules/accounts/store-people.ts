import type { Id } from "../../kernel/id.ts";
import type { Sql, TransactionSql } from "../../ports/record.ts";
import type { NewAccountRow } from "./store.ts";

/** People found by how their names begin, and people made by an import. */

/** Texts with `from <= text < end`, from after a place on. */
export interface PrefixRange {
  readonly prefix: string;
  /** Null: there is no upper end. */
  readonly end: string | null;
  readonly limit: number;
}

export interface FoundByHandle {
  readonly id: Id;
  readonly handle: string;
}

export interface FoundByName {
  readonly id: Id;
  readonly handle: string;
  readonly name_folded: string;
}

/** In the order of handles, so that the handle which is the prefix itself comes first. */
export async function peopleByHandle(
  sql: Sql,
  range: PrefixRange,
  after: string | null,
): Promise<FoundByHandle[]> {
  const { prefix, end, limit } = range;
  return sql<FoundByHandle[]>`
    SELECT account_id AS id, handle FROM accounts.handles
    WHERE handle >= ${prefix} ${end === null ? sql`` : sql`AND handle < ${end}`}
      ${after === null ? sql`` : sql`AND handle > ${after}`}
    ORDER BY handle LIMIT ${limit}`;
}

export async function peopleByName(
  sql: Sql,
  range: PrefixRange,
  after: { readonly name: string; readonly id: Id } | null,
): Promise<FoundByName[]> {
  const { prefix, end, limit } = range;
  return sql<FoundByName[]>`
    SELECT id, handle, name_folded FROM accounts.accounts
    WHERE status = 'active' AND name_folded >= ${prefix}
      ${end === null ? sql`` : sql`AND name_folded < ${end}`}
      ${after === null ? sql`` : sql`AND (name_folded, id) > (${after.name}, ${after.id})`}
    ORDER BY name_folded, id LIMIT ${limit}`;
}

export interface ImportedRow {
  readonly external_id: string;
  readonly account_id: Id;
  readonly status: string;
}

/** Any number, the same on every node: imports take turns, so that each sees what the last one made. */
const importLockKey = 4_711_200_031;

export async function lockImports(sql: TransactionSql): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(${importLockKey}::bigint)`;
}

export async function importedBefore(
  sql: TransactionSql,
  externalIds: readonly string[],
): Promise<ImportedRow[]> {
  return sql<ImportedRow[]>`
    SELECT p.external_id, p.account_id, a.status
    FROM accounts.imported_people p JOIN accounts.accounts a ON a.id = p.account_id
    WHERE p.external_id IN (
      SELECT jsonb_array_elements_text(${sql.json(externalIds)}))`;
}

/** Takes the handles that are free, and gives those that it took. */
export async function takeHandles(
  sql: TransactionSql,
  taken: readonly { readonly handle: string; readonly id: Id }[],
): Promise<ReadonlySet<string>> {
  const rows = await sql<{ handle: string }[]>`
    INSERT INTO accounts.handles (handle, account_id)
    SELECT handle, id
    FROM jsonb_to_recordset(${sql.json(taken.map(({ handle, id }) => ({ handle, id: String(id) })))})
      AS wanted (handle text, id bigint)
    ORDER BY handle
    ON CONFLICT (handle) DO NOTHING RETURNING handle`;
  return new Set(rows.map(({ handle }) => handle));
}

export async function insertImported(
  sql: TransactionSql,
  people: readonly (NewAccountRow & { readonly external_id: string })[],
): Promise<void> {
  const rows = people.map(({ avatar: _, ...person }) => ({ ...person, id: String(person.id) }));
  await sql`
    WITH people AS (
      SELECT * FROM jsonb_to_recordset(${sql.json(rows)}) AS person (
        external_id text, id bigint, handle text, name text, name_folded text, bio text, locale text,
        time_zone text, home_region smallint, privacy text, status text, password_hash text, version int)
    ), made AS (
      INSERT INTO accounts.accounts (id, handle, name, name_folded, bio, locale, time_zone, home_region,
        privacy, status, password_hash, version)
      SELECT id, handle, name, name_folded, bio, locale, time_zone, home_region,
        privacy, status, password_hash, version
      FROM people
    )
    INSERT INTO accounts.imported_people (external_id, account_id)
    SELECT external_id, id FROM people`;
}
