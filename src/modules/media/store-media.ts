import type { Id } from "../../kernel/id.ts";
import { idArray, type Sql, type TransactionSql } from "../../ports/record.ts";
import type { MediaKind } from "../../ports/processing.ts";
import type { MediaCopy, MediaFile, MediaState } from "./contract.ts";

/** The rows of media items. */

/** Who may see a media item: nobody, its owner, friends, everybody. */
export const audiences = { nobody: 0, owner: 1, friends: 2, everybody: 3 } as const;

/** A file as it is kept: what its address names, and where its bytes are. */
export interface KeptFile extends MediaFile {
  readonly key: string;
  readonly bytes: number;
}

export interface MediaRow {
  readonly id: Id;
  readonly ownerId: Id;
  readonly kind: MediaKind;
  readonly state: MediaState;
  readonly problem: string | null;
  readonly alt: string;
  readonly width: number;
  readonly height: number;
  readonly durationMs: number | null;
  readonly blurhash: string | null;
  readonly secret: string;
  readonly audience: number;
  /** The blob of what was uploaded, until what is shown has been made of it. */
  readonly original: string | null;
  readonly files: readonly KeptFile[];
  readonly preview: string | null;
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly removeAfterMs: number | null;
}

const columns = (sql: Sql | TransactionSql) => sql`
  id, owner_id AS "ownerId", kind, state, problem, alt, width, height, duration_ms AS "durationMs",
  blurhash, secret, audience, original, files, preview, version,
  (extract(epoch FROM remove_after) * 1000)::float8 AS "removeAfterMs"`;

/** In no order; what is not there is left out. */
export async function mediaById(
  sql: Sql | TransactionSql,
  ids: readonly Id[],
): Promise<readonly MediaRow[]> {
  return sql<MediaRow[]>`
    SELECT ${columns(sql)} FROM media.media WHERE id = ANY(${idArray(ids)}::bigint[])`;
}

/** In the order of their ids, each as it is until the transaction ends. */
export async function lockMedia(
  sql: TransactionSql,
  ids: readonly Id[],
): Promise<readonly MediaRow[]> {
  return sql<MediaRow[]>`
    SELECT ${columns(sql)} FROM media.media WHERE id = ANY(${idArray(ids)}::bigint[])
    ORDER BY id FOR UPDATE`;
}

const dateOf = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));

export async function insertMedia(sql: TransactionSql, row: MediaRow): Promise<void> {
  await sql`
    INSERT INTO media.media (id, owner_id, kind, state, problem, alt, width, height, duration_ms, blurhash,
      secret, audience, original, files, preview, version, remove_after)
    VALUES (${row.id}, ${row.ownerId}, ${row.kind}, ${row.state}, ${row.problem}, ${row.alt},
      ${row.width}, ${row.height}, ${row.durationMs}, ${row.blurhash}, ${row.secret}, ${row.audience},
      ${row.original}, ${JSON.stringify(row.files)}::text::jsonb, ${row.preview}, ${row.version},
      ${dateOf(row.removeAfterMs)})`;
}

/** Writes the whole row as it is to be. The caller has locked it. */
export async function updateMedia(sql: TransactionSql, row: MediaRow): Promise<void> {
  await sql`
    UPDATE media.media SET state = ${row.state}, problem = ${row.problem}, alt = ${row.alt},
      width = ${row.width}, height = ${row.height}, duration_ms = ${row.durationMs},
      blurhash = ${row.blurhash}, secret = ${row.secret}, audience = ${row.audience},
      original = ${row.original}, files = ${JSON.stringify(row.files)}::text::jsonb,
      preview = ${row.preview}, version = ${row.version}, remove_after = ${dateOf(row.removeAfterMs)}
    WHERE id = ${row.id}`;
}

/** How many of a person's wait to be used, counted up to `max`. */
export async function countUnused(
  sql: Sql | TransactionSql,
  ownerId: Id,
  max: number,
): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    SELECT count(*)::int AS count FROM (
      SELECT FROM media.media WHERE owner_id = ${ownerId} AND remove_after IS NOT NULL LIMIT ${max}
    ) AS unused`;
  return row?.count ?? 0;
}

/** Those whose time is over, locked; others' locks are passed by. */
export async function lockOverdue(
  sql: TransactionSql,
  beforeMs: number,
  limit: number,
): Promise<readonly MediaRow[]> {
  return sql<MediaRow[]>`
    SELECT ${columns(sql)} FROM media.media WHERE remove_after < ${new Date(beforeMs)}
    ORDER BY remove_after LIMIT ${limit} FOR UPDATE SKIP LOCKED`;
}

export async function lockMediaOf(
  sql: TransactionSql,
  ownerId: Id,
  limit: number,
): Promise<readonly MediaRow[]> {
  return sql<MediaRow[]>`
    SELECT ${columns(sql)} FROM media.media WHERE owner_id = ${ownerId} ORDER BY id LIMIT ${limit} FOR UPDATE`;
}

/** With what says that it is used. */
export async function deleteMedia(sql: TransactionSql, ids: readonly Id[]): Promise<void> {
  await sql`DELETE FROM media.uses WHERE media_id = ANY(${idArray(ids)}::bigint[])`;
  await sql`DELETE FROM media.media WHERE id = ANY(${idArray(ids)}::bigint[])`;
}

/** Nothing of this person is taken any more. Waits for what is being taken. */
export async function markErased(sql: TransactionSql, accountId: Id): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(${lockSpace}, hashint8(${accountId}::bigint))`;
  await sql`INSERT INTO media.erased_accounts (account_id) VALUES (${accountId}) ON CONFLICT DO NOTHING`;
}

/** Advisory locks of this module: one of two numbers, so that they are not those of ids. */
const lockSpace = 0x6d65;

/**
 * Lets the person's uploads be taken one after another, so that their number can be counted. False:
 * the person is gone.
 */
export async function lockOwner(sql: TransactionSql, accountId: Id): Promise<boolean> {
  await sql`SELECT pg_advisory_xact_lock(${lockSpace}, hashint8(${accountId}::bigint))`;
  const rows = await sql`SELECT FROM media.erased_accounts WHERE account_id = ${accountId}`;
  return rows.length === 0;
}

export function copyOf(row: MediaRow): MediaCopy {
  const { version, kind, state, problem, alt, width, height, durationMs, blurhash } = row;
  return {
    id: String(row.id),
    version,
    kind,
    state,
    problem,
    alt,
    width,
    height,
    durationMs,
    blurhash,
    secret: row.secret,
    access: row.audience === audiences.everybody ? "public" : "signed",
    files: row.files.map(({ name, type, width: fileWidth }) => ({ name, type, width: fileWidth })),
    preview: row.preview,
  };
}
