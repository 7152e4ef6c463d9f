import { createHash } from "node:crypto";
import type { Migration, ModuleMigrations, Sql, TransactionSql } from "../../ports/record.ts";

/**
 * Brings the record to the newest schema: forward only, numbered by module, each step once, in a
 * transaction of its own, by one node at a time.
 */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
}

export interface MigrationReport {
  /** Steps that ran now, as `module/number name`. */
  readonly applied: readonly string[];
}

/** Any number, the same for every node: nodes that start together take turns. */
const migrationLockKey = 7_236_501_842;
/** Waiting for another node's migration is fine; a lock on a table in use is not worth an outage. */
const lockTimeoutMs = 5_000;

function checksum(migration: Migration): string {
  return createHash("sha256").update(migration.sql).digest("hex");
}

function checkNumbers({ module, migrations }: ModuleMigrations): void {
  migrations.forEach((migration, index) => {
    if (migration.number !== index + 1) {
      throw new MigrationError(
        `${module}: migration ${String(migration.number)} stands at place ${String(index + 1)}`,
      );
    }
  });
}

async function applyOne(sql: Sql, module: string, migration: Migration): Promise<boolean> {
  return sql.begin(async (tx: TransactionSql) => {
    const [done] = await tx<{ checksum: string }[]>`
      SELECT checksum FROM record.migrations WHERE module = ${module} AND number = ${migration.number}`;
    if (done !== undefined) {
      if (done.checksum !== checksum(migration)) {
        throw new MigrationError(
          `${module}/${String(migration.number)} ${migration.name} is not the one that this database has; ` +
            `released migrations are never edited, add another`,
        );
      }
      return false;
    }
    await tx.unsafe(
      `SET LOCAL lock_timeout = ${String(lockTimeoutMs)}; SET LOCAL statement_timeout = 0`,
    );
    await tx.unsafe(migration.sql);
    await tx`
      INSERT INTO record.migrations (module, number, name, checksum)
      VALUES (${module}, ${migration.number}, ${migration.name}, ${checksum(migration)})`;
    return true;
  });
}

/**
 * `sql` needs two connections: one holds the lock meanwhile. Steps that a newer version of Maru
 * has applied stay: they are safe for this version (expand, then contract).
 */
export async function migrate(
  sql: Sql,
  modules: readonly ModuleMigrations[],
): Promise<MigrationReport> {
  modules.forEach(checkNumbers);
  const reserved = await sql.reserve();
  const applied: string[] = [];
  try {
    await reserved`SELECT set_config('statement_timeout', '0', false), set_config('lock_timeout', '0', false)`;
    await reserved`SELECT pg_advisory_lock(${migrationLockKey}::bigint)`;
    await reserved.unsafe(`
      CREATE SCHEMA IF NOT EXISTS record;
      CREATE TABLE IF NOT EXISTS record.migrations (
        module text NOT NULL,
        number int NOT NULL,
        name text NOT NULL,
        checksum text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (module, number)
      )`);
    for (const { module, migrations } of modules) {
      for (const migration of migrations) {
        if (await applyOne(sql, module, migration)) {
          applied.push(`${module}/${String(migration.number)} ${migration.name}`);
        }
      }
    }
  } finally {
    await reserved`SELECT pg_advisory_unlock(${migrationLockKey}::bigint)`.catch(() => undefined);
    reserved.release();
  }
  return { applied };
}
