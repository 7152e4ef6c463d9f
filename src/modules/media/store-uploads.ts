import type { Id } from "../../kernel/id.ts";
import type { Sql, TransactionSql } from "../../ports/record.ts";

/** Uploads that may be gone on with. Their parts are blobs of their ids. */

export interface UploadPart {
  readonly key: string;
  readonly bytes: number;
}

export interface UploadRow {
  readonly id: Id;
  readonly ownerId: Id;
  /** Of the whole file, as its client has said. */
  readonly bytes: bigint;
  readonly received: bigint;
  readonly parts: readonly UploadPart[];
  readonly metadata: Readonly<Record<string, string | null>>;
  /** What has become of it. */
  readonly mediaId: Id | null;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
}

const columns = (sql: Sql | TransactionSql) => sql`
  id, owner_id AS "ownerId", bytes, received, parts, metadata, media_id AS "mediaId",
  (extract(epoch FROM expires_at) * 1000)::float8 AS "expiresAtMs"`;

export async function uploadById(sql: Sql, id: Id): Promise<UploadRow | null> {
  const [row] = await sql<UploadRow[]>`SELECT ${columns(sql)} FROM media.uploads WHERE id = ${id}`;
  return row ?? null;
}

export async function lockUpload(sql: TransactionSql, id: Id): Promise<UploadRow | null> {
  const [row] = await sql<UploadRow[]>`
    SELECT ${columns(sql)} FROM media.uploads WHERE id = ${id} FOR UPDATE`;
  return row ?? null;
}

export async function countUploads(sql: TransactionSql, ownerId: Id): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    SELECT count(*)::int AS count FROM media.uploads WHERE owner_id = ${ownerId} AND media_id IS NULL`;
  return row?.count ?? 0;
}

export async function insertUpload(
  sql: TransactionSql,
  row: Pick<UploadRow, "id" | "ownerId" | "bytes" | "metadata" | "expiresAtMs">,
): Promise<void> {
  await sql`
    INSERT INTO media.uploads (id, owner_id, bytes, metadata, expires_at)
    VALUES (${row.id}, ${row.ownerId}, ${row.bytes}, ${JSON.stringify(row.metadata)}::text::jsonb,
      ${new Date(row.expiresAtMs)})`;
}

/** False: somebody else has gone on with it meanwhile, or it is gone. */
export async function addPart(
  sql: TransactionSql,
  upload: { readonly id: Id; readonly received: bigint },
  part: UploadPart,
): Promise<boolean> {
  const rows = await sql`
    UPDATE media.uploads
    SET received = received + ${part.bytes}, parts = parts || ${JSON.stringify([part])}::text::jsonb
    WHERE id = ${upload.id} AND received = ${upload.received} AND media_id IS NULL RETURNING 1`;
  return rows.length > 0;
}

/** Its parts are not needed any more. */
export async function endUpload(sql: TransactionSql, id: Id, mediaId: Id): Promise<void> {
  await sql`UPDATE media.uploads SET media_id = ${mediaId}, parts = '[]' WHERE id = ${id}`;
}

/** As with those below, the caller dooms its parts. */
export async function deleteUpload(sql: TransactionSql, id: Id): Promise<void> {
  await sql`DELETE FROM media.uploads WHERE id = ${id}`;
}

export async function deleteUploadsOf(sql: TransactionSql, ownerId: Id): Promise<readonly Id[]> {
  const rows = await sql<Pick<UploadRow, "id">[]>`
    DELETE FROM media.uploads WHERE owner_id = ${ownerId} RETURNING id`;
  return rows.map(({ id }) => id);
}

export async function deleteExpired(
  sql: TransactionSql,
  beforeMs: number,
  limit: number,
): Promise<readonly Id[]> {
  const rows = await sql<Pick<UploadRow, "id">[]>`
    DELETE FROM media.uploads WHERE id IN (
      SELECT id FROM media.uploads WHERE expires_at < ${new Date(beforeMs)} LIMIT ${limit}
      FOR UPDATE SKIP LOCKED
    ) RETURNING id`;
  return rows.map(({ id }) => id);
}
