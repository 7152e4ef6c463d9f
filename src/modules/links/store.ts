import type { Id } from "../../kernel/id.ts";
import type { Sql, TransactionSql } from "../../ports/record.ts";
import type { Preview } from "./contract.ts";
import type { LinkKey } from "./link-key.ts";
import type { Picture, Standing } from "./rules.ts";

/** The rows of links. Whoever changes a link, or the uses of one, holds its row's lock first. */

export interface LinkRow extends LinkKey {
  readonly id: Id;
  readonly standing: Standing;
  /** Of the fetch that is under way. */
  readonly askedImageId: Id | null;
  readonly picture: Picture | null;
  /** Stories that show it. */
  readonly uses: number;
}

interface Row {
  readonly url_hash: Buffer;
  readonly id: bigint;
  readonly url: string;
  readonly state: Standing["state"];
  readonly image_id: bigint | null;
  readonly image_path: string | null;
  readonly image_hash: Buffer | null;
  readonly asked_image_id: bigint | null;
  readonly attempts: number;
  readonly refresh_after: Date;
  readonly uses: bigint;
}

const columns = (sql: Sql | TransactionSql) => sql`
  url_hash, id, url, state, image_id, image_path, image_hash, asked_image_id, attempts,
  refresh_after, uses`;

function linkOf(row: Row): LinkRow {
  const { image_id: imageId, image_path: imagePath, image_hash: imageHash } = row;
  const hasPicture = imageId !== null && imagePath !== null && imageHash !== null;
  return {
    id: row.id,
    hash: row.url_hash,
    url: row.url,
    standing: {
      state: row.state,
      isAsked: row.asked_image_id !== null,
      refreshAfterMs: row.refresh_after.getTime(),
      attempts: row.attempts,
    },
    askedImageId: row.asked_image_id,
    picture: hasPicture ? { id: imageId, path: imagePath, hash: imageHash } : null,
    uses: Number(row.uses),
  };
}

/** The link of this address, locked; made with the id where there is none, and to be asked for at once. */
export async function lockOrMakeLink(
  sql: TransactionSql,
  { hash, url }: LinkKey,
  made: { readonly id: Id; readonly nowMs: number },
): Promise<LinkRow> {
  // Where the row is there, this changes nothing and waits for its lock.
  const [row] = await sql<[Row]>`
    INSERT INTO links.previews AS held (url_hash, id, url, refresh_after)
    VALUES (${hash}, ${made.id}, ${url}, ${new Date(made.nowMs)})
    ON CONFLICT (url_hash) DO UPDATE SET url = held.url
    RETURNING ${columns(sql)}`;
  return linkOf(row);
}

export async function lockLink(sql: TransactionSql, id: Id): Promise<LinkRow | undefined> {
  const [row] = await sql<Row[]>`
    SELECT ${columns(sql)} FROM links.previews WHERE id = ${id} FOR UPDATE`;
  return row === undefined ? undefined : linkOf(row);
}

export async function findLink(sql: Sql, id: Id): Promise<LinkRow | undefined> {
  const [row] = await sql<Row[]>`SELECT ${columns(sql)} FROM links.previews WHERE id = ${id}`;
  return row === undefined ? undefined : linkOf(row);
}

/** A fetch is under way from now on. One that was given up begins anew. */
export async function markAsked(sql: TransactionSql, hash: Buffer, imageId: Id): Promise<void> {
  await sql`
    UPDATE links.previews SET
      asked_image_id = ${imageId},
      state = CASE state WHEN 'none' THEN 'wanted' ELSE state END
    WHERE url_hash = ${hash}`;
}

/** Writes what a fetch came to. */
export async function writeStanding(
  sql: TransactionSql,
  hash: Buffer,
  { state, refreshAfterMs, attempts }: Standing,
): Promise<void> {
  await sql`
    UPDATE links.previews SET
      state = ${state}, refresh_after = ${new Date(refreshAfterMs)}, attempts = ${attempts},
      asked_image_id = NULL
    WHERE url_hash = ${hash}`;
}

/** Writes what is shown from now on. */
export async function writeShown(
  sql: TransactionSql,
  hash: Buffer,
  shown: {
    readonly title: string | null;
    readonly description: string | null;
    readonly picture: Picture | null;
    readonly nowMs: number;
  },
): Promise<void> {
  const { title, description, picture, nowMs } = shown;
  await sql`
    UPDATE links.previews SET
      title = ${title}, description = ${description}, image_id = ${picture?.id ?? null},
      image_path = ${picture?.path ?? null}, image_hash = ${picture?.hash ?? null},
      fetched_at = ${new Date(nowMs)}
    WHERE url_hash = ${hash}`;
}

/** By the hash as hexadecimal text; those that are not ready are left out. */
export async function previewsOf(
  sql: Sql,
  hashes: readonly string[],
): Promise<ReadonlyMap<string, Preview>> {
  const rows = await sql<(Preview & { hash: string })[]>`
    SELECT encode(url_hash, 'hex') AS hash, title, description, image_path AS "imagePath"
    FROM links.previews
    WHERE state = 'ready'
      AND url_hash IN (SELECT decode(hash, 'hex') FROM unnest(${[...hashes]}::text[]) AS wanted (hash))`;
  return new Map(
    rows.map(({ hash, title, description, imagePath }) => [
      hash,
      { title, description, imagePath },
    ]),
  );
}

/** Those that may come to something yet and are due, locked; others that are locked are passed over. */
export async function lockDue(
  sql: TransactionSql,
  nowMs: number,
  limit: number,
): Promise<readonly LinkRow[]> {
  const rows = await sql<Row[]>`
    SELECT ${columns(sql)} FROM links.previews
    WHERE state = 'wanted' AND asked_image_id IS NULL AND uses > 0
      AND refresh_after <= ${new Date(nowMs)}
    ORDER BY refresh_after LIMIT ${limit} FOR UPDATE SKIP LOCKED`;
  return rows.map(linkOf);
}

/** Removes links that no story has shown since before then, with what is known of them; their ids. */
export async function removeUnused(
  sql: TransactionSql,
  beforeMs: number,
  limit: number,
): Promise<readonly Id[]> {
  const rows = await sql<{ id: bigint }[]>`
    DELETE FROM links.previews WHERE url_hash IN (
      SELECT url_hash FROM links.previews
      WHERE unused_since < ${new Date(beforeMs)} AND uses = 0 AND asked_image_id IS NULL
      ORDER BY unused_since LIMIT ${limit} FOR UPDATE SKIP LOCKED)
    RETURNING id`;
  return rows.map(({ id }) => id);
}
