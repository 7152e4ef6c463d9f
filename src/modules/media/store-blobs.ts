import type { Id } from "../../kernel/id.ts";
import { idArray, type TransactionSql } from "../../ports/record.ts";

/**
 * Which blobs there are. `pending`: about to be written, and in use by nobody yet; `kept`: a row names
 * it; `doomed`: to be removed. A blob is named here before it is written, so whatever a node that died
 * has left behind is found.
 */

export interface BlobName {
  readonly mediaId: Id;
  readonly key: string;
}

const columnsOf = (
  blobs: readonly BlobName[],
): { readonly ids: string; readonly keys: string[] } => ({
  ids: idArray(blobs.map(({ mediaId }) => mediaId)),
  keys: blobs.map(({ key }) => key),
});

export async function announceBlobs(
  sql: TransactionSql,
  blobs: readonly BlobName[],
  atMs: number,
): Promise<void> {
  const { ids, keys } = columnsOf(blobs);
  await sql`
    INSERT INTO media.blobs (media_id, key, state, since)
    SELECT media_id, key, 'pending', ${new Date(atMs)}
    FROM unnest(${ids}::bigint[], ${keys}::text[]) AS blob (media_id, key)`;
}

/** False: one of them has been given up meanwhile, so that nothing may name it. */
export async function keepBlobs(sql: TransactionSql, blobs: readonly BlobName[]): Promise<boolean> {
  const { ids, keys } = columnsOf(blobs);
  const kept = await sql`
    UPDATE media.blobs SET state = 'kept'
    FROM unnest(${ids}::bigint[], ${keys}::text[]) AS wanted (media_id, key)
    WHERE blobs.media_id = wanted.media_id AND blobs.key = wanted.key AND state = 'pending'
    RETURNING 1`;
  return kept.length === blobs.length;
}

export async function doomBlobs(
  sql: TransactionSql,
  blobs: readonly BlobName[],
  atMs: number,
): Promise<void> {
  const { ids, keys } = columnsOf(blobs);
  await sql`
    UPDATE media.blobs SET state = 'doomed', since = ${new Date(atMs)}
    FROM unnest(${ids}::bigint[], ${keys}::text[]) AS wanted (media_id, key)
    WHERE blobs.media_id = wanted.media_id AND blobs.key = wanted.key`;
}

/** Dooms those that nothing keeps, also where another transaction is about to. */
export async function giveUpBlobs(
  sql: TransactionSql,
  blobs: readonly BlobName[],
  atMs: number,
): Promise<void> {
  const { ids, keys } = columnsOf(blobs);
  await sql`
    UPDATE media.blobs SET state = 'doomed', since = ${new Date(atMs)}
    FROM unnest(${ids}::bigint[], ${keys}::text[]) AS wanted (media_id, key)
    WHERE blobs.media_id = wanted.media_id AND blobs.key = wanted.key AND state = 'pending'`;
}

/**
 * What is pending is not there yet: it is doomed by whoever writes it, or when it is forgotten. Otherwise it
 * might be removed first, and written then.
 */
export async function doomBlobsOf(
  sql: TransactionSql,
  mediaIds: readonly Id[],
  atMs: number,
): Promise<void> {
  await sql`
    UPDATE media.blobs SET state = 'doomed', since = ${new Date(atMs)}
    WHERE media_id = ANY(${idArray(mediaIds)}::bigint[]) AND state = 'kept'`;
}

/** What was announced before that and never came to anything is given up. */
export async function doomForgotten(
  sql: TransactionSql,
  beforeMs: number,
  { atMs, limit }: { readonly atMs: number; readonly limit: number },
): Promise<number> {
  const rows = await sql`
    UPDATE media.blobs SET state = 'doomed', since = ${new Date(atMs)}
    WHERE (media_id, key) IN (
      SELECT media_id, key FROM media.blobs
      WHERE state = 'pending' AND since < ${new Date(beforeMs)} LIMIT ${limit} FOR UPDATE SKIP LOCKED
    ) AND state = 'pending' RETURNING 1`;
  return rows.length;
}

/** Oldest first, locked; what another node is removing is passed by. */
export async function lockDoomed(sql: TransactionSql, limit: number): Promise<readonly BlobName[]> {
  return sql<BlobName[]>`
    SELECT media_id AS "mediaId", key FROM media.blobs
    WHERE state = 'doomed' ORDER BY since LIMIT ${limit} FOR UPDATE SKIP LOCKED`;
}

export async function forgetBlobs(sql: TransactionSql, blobs: readonly BlobName[]): Promise<void> {
  const { ids, keys } = columnsOf(blobs);
  await sql`
    DELETE FROM media.blobs USING unnest(${ids}::bigint[], ${keys}::text[]) AS gone (media_id, key)
    WHERE blobs.media_id = gone.media_id AND blobs.key = gone.key`;
}
