import { randomBytes } from "node:crypto";
import { createKeyring, type Keyring } from "../../kernel/keyring.ts";
import type { ModuleSchema } from "../../ports/module.ts";
import type { Sql, TransactionSql } from "../../ports/record.ts";

const createTable = `
CREATE SCHEMA keys;

-- The newest key signs, all of them verify. A key is never changed.
CREATE TABLE keys.signing (
  id smallint PRIMARY KEY CHECK (id BETWEEN 1 AND 255),
  secret bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
`;

export const keysSchema: ModuleSchema = {
  tables: {
    module: "keys",
    migrations: [{ number: 1, name: "create the key ring", sql: createTable }],
  },
  partitioned: [],
  events: {},
};

const secretBytes = 32;

interface KeyRow {
  readonly id: number;
  readonly secret: Uint8Array;
}

/**
 * The keys that sign cursors and the like: made once, kept in the record, the same on every node
 * that loads them. Rotating adds a row; what an older key signed stays good while its row is kept.
 */
export async function loadKeyring(sql: Sql): Promise<Keyring> {
  const known = await sql<KeyRow[]>`SELECT id, secret FROM keys.signing ORDER BY id`;
  if (known.length > 0) {
    return createKeyring(known);
  }
  // Nodes that start together take turns, so that the first makes the key for all of them.
  return sql.begin(async (tx: TransactionSql) => {
    await tx`LOCK TABLE keys.signing IN SHARE ROW EXCLUSIVE MODE`;
    const meanwhile = await tx<KeyRow[]>`SELECT id, secret FROM keys.signing ORDER BY id`;
    if (meanwhile.length > 0) {
      return createKeyring(meanwhile);
    }
    const first: KeyRow = { id: 1, secret: randomBytes(secretBytes) };
    await tx`INSERT INTO keys.signing (id, secret) VALUES (${first.id}, ${first.secret})`;
    return createKeyring([first]);
  });
}
