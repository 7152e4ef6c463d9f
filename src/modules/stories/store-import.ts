import type { Id } from "../../kernel/id.ts";
import type { TransactionSql } from "../../ports/record.ts";

/** Which stories of a source are here already, by the source's own names. */

/** Those of the keys that an import has brought before. */
export async function importedAmong(
  sql: TransactionSql,
  keys: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await sql<{ external_key: string }[]>`
    SELECT external_key FROM stories.imported_stories
    WHERE external_key IN (SELECT * FROM json_array_elements_text(${JSON.stringify(keys)}::text::json))`;
  return new Set(rows.map((row) => row.external_key));
}

export interface ImportedKey {
  readonly externalKey: string;
  readonly id: Id;
  readonly authorId: Id;
}

/** Those of the keys that were not there; of two imports at once one has each. */
export async function insertImported(
  sql: TransactionSql,
  keys: readonly ImportedKey[],
): Promise<ReadonlySet<string>> {
  const rows = keys.map(({ externalKey, id, authorId }) => ({
    external_key: externalKey,
    id: String(id),
    author_id: String(authorId),
  }));
  // In the order of the keys, so that two imports at once cannot wait for each other in a ring.
  const made = await sql<{ external_key: string }[]>`
    INSERT INTO stories.imported_stories (external_key, id, author_id)
    SELECT external_key, id, author_id
    FROM json_to_recordset(${JSON.stringify(rows)}::text::json)
      AS imported (external_key text, id bigint, author_id bigint)
    ORDER BY external_key
    ON CONFLICT DO NOTHING RETURNING external_key`;
  return new Set(made.map((row) => row.external_key));
}
