import { startEmbeddedPostgres } from "../../src/adapters/embedded/postgres-server.ts";
import { openSql } from "../../src/adapters/postgres/pools.ts";
import type { Sql } from "../../src/ports/record.ts";

export interface RecordOfNode {
  readonly sql: Sql;
  close(): Promise<void>;
}

const connections = 2;

/** Reaches the database of a node that runs, as the commands of the command line do. */
export async function connectToNode(dataDir: string): Promise<RecordOfNode> {
  const attached = await startEmbeddedPostgres({ dataDir, purpose: "tool", log: () => undefined });
  const sql = openSql(attached.connection, { max: connections, applicationName: "maru test" });
  return {
    sql,
    async close() {
      await sql.end({ timeout: 1 });
      await attached.stop();
    },
  };
}
