import { randomBytes } from "node:crypto";
import { assert } from "../../kernel/assert.ts";
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

const keyIdMax = 255;
const secretBytes = 32;

interface KeyRow {
  readonly id: number;
  readonly secret: Uint8Array;
}

/** Nodes that start together, or rotate together, take turns. */
async function locked<T>(sql: Sql, work: (tx: TransactionSql) => Promise<T>): Promise<T> {
  const result = await sql.begin(async (tx: TransactionSql) => {
    await tx`LOCK TABLE keys.signing IN SHARE ROW EXCLUSIVE MODE`;
    return [await work(tx)] as const;
  });
  return result[0];
}

async function addKey(tx: TransactionSql, id: number): Promise<KeyRow> {
  assert(id <= keyIdMax, `the key ring is full: ${keyIdMax} keys`);
  const key: KeyRow = { id, secret: randomBytes(secretBytes) };
  await tx`INSERT INTO keys.signing (id, secret) VALUES (${key.id}, ${key.secret})`;
  return key;
}

/** The keys that sign cursors and the like: made once, kept in the record, the same on every node. */
export async function loadKeyring(sql: Sql): Promise<Keyring> {
  const known = await sql<KeyRow[]>`SELECT id, secret FROM keys.signing ORDER BY id`;
  if (known.length > 0) {
    return createKeyring(known);
  }
  return locked(sql, async (tx) => {
    const meanwhile = await tx<KeyRow[]>`SELECT id, secret FROM keys.signing ORDER BY id`;
    return createKeyring(meanwhile.length > 0 ? meanwhile : [await addKey(tx, 1)]);
  });
}

/** Adds a key, which signs on every node that loads the ring from then on; what older ones signed stays good. */
export async function rotateKeyring(sql: Sql): Promise<void> {
  await locked(sql, async (tx) => {
    const [newest] = await tx<
      { id: number }[]
    >`SELECT id FROM keys.signing ORDER BY id DESC LIMIT 1`;
    await addKey(tx, (newest?.id ?? 0) + 1);
  });
}
