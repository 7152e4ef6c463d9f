import type { Sql, TransactionSql } from "../../ports/record.ts";

/** Which blob store is the community's. */

export async function readStoreId(sql: Sql): Promise<string | null> {
  const [row] = await sql<{ id: string }[]>`SELECT id FROM media.store`;
  return row?.id ?? null;
}

/** Whose id it is then: the one given, or that of another node that was first. */
export async function claimStore(sql: TransactionSql, id: string): Promise<string> {
  await sql`INSERT INTO media.store (id) VALUES (${id}) ON CONFLICT DO NOTHING`;
  const [row] = await sql<{ id: string }[]>`SELECT id FROM media.store`;
  return row?.id ?? id;
}
