import type { Sql, TransactionSql } from "../../ports/record.ts";

/** Files of builds that have run; the only SQL of this module. */

export interface FileRow {
  readonly media: string;
  readonly bytes: Uint8Array;
}

export interface NewFile extends FileRow {
  readonly path: string;
  readonly build: string;
}

/** Notes that a build with these files runs, and gives those that are there. */
export async function touchFiles(
  sql: TransactionSql,
  paths: readonly string[],
  build: string,
): Promise<readonly string[]> {
  // In one order, so that two nodes that start together do not wait for each other in a circle.
  const rows = await sql<{ path: string }[]>`
    UPDATE web.files SET last_seen_at = now(), build = ${build}
    WHERE path IN (
      SELECT path FROM web.files WHERE path = ANY (${[...paths]}) ORDER BY path FOR UPDATE)
    RETURNING path`;
  return rows.map(({ path }) => path);
}

export async function insertFile(sql: TransactionSql, file: NewFile): Promise<void> {
  await sql`
    INSERT INTO web.files (path, media, bytes, build, last_seen_at)
    VALUES (${file.path}, ${file.media}, ${Buffer.from(file.bytes)}, ${file.build}, now())
    ON CONFLICT (path) DO UPDATE SET last_seen_at = now(), build = excluded.build`;
}

/** Paths of all files, those of the newest builds first. */
export async function readPaths(sql: Sql, limit: number): Promise<readonly string[]> {
  const rows = await sql<{ path: string }[]>`
    SELECT path FROM web.files ORDER BY last_seen_at DESC, path LIMIT ${limit}`;
  return rows.map(({ path }) => path);
}

export async function readFile(sql: Sql, path: string): Promise<FileRow | null> {
  const [row] = await sql<FileRow[]>`SELECT media, bytes FROM web.files WHERE path = ${path}`;
  return row ?? null;
}

/** Deletes files of which no build has run for so long; how many there were. */
export async function deleteUnseen(
  sql: TransactionSql,
  unseenS: number,
  limit: number,
): Promise<number> {
  const { count } = await sql`
    DELETE FROM web.files WHERE path IN (
      SELECT path FROM web.files WHERE last_seen_at < now() - make_interval(secs => ${unseenS})
      ORDER BY path LIMIT ${limit} FOR UPDATE SKIP LOCKED)`;
  return count;
}
