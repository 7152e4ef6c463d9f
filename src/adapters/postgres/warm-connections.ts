import type { PartitionedTable, Sql } from "../../ports/record.ts";

/**
 * Opens connections ahead of those who will need them, and lets each of their servers learn what
 * tables there are: of a table in partitions every server process looks up all of them for its
 * first statement, which takes tens of milliseconds, and right after a start it is everybody's
 * first. Whatever fails is left to the first who needs it.
 */
export async function warmConnections(
  sql: Sql,
  { count, tables }: { readonly count: number; readonly tables: readonly PartitionedTable[] },
): Promise<void> {
  const reserved = await Promise.allSettled(Array.from({ length: count }, () => sql.reserve()));
  await Promise.all(
    reserved.map(async (connection) => {
      if (connection.status === "rejected") {
        return;
      }
      const { value } = connection;
      try {
        for (const { schema, table } of tables) {
          await value.unsafe(`EXPLAIN SELECT FROM ${schema}.${table}`);
        }
      } catch {
        // The record went away: whoever needs the connection is told.
      } finally {
        value.release();
      }
    }),
  );
}
