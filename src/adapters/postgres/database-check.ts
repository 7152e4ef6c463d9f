import type { Sql } from "../../ports/record.ts";

/** A PostgreSQL that Maru cannot use. The message names the cause and what to do, and no password. */
export class DatabaseError extends Error {
  override readonly name = "DatabaseError";
}

export interface DatabaseFacts {
  /** As PostgreSQL counts: 150004 is 15.4. */
  readonly versionNumber: number;
  readonly version: string;
  readonly database: string;
  readonly encoding: string;
  /** How texts are ordered where nothing else is said. */
  readonly collation: string;
  readonly isStandby: boolean;
}

const oldestVersionNumber = 150_000;
const byBytes: readonly string[] = ["C", "POSIX"];

/** One sentence, or null where the database will do. */
export function unfitness(facts: DatabaseFacts, where: string): string | null {
  if (facts.versionNumber < oldestVersionNumber) {
    return `PostgreSQL at ${where} is version ${facts.version}, and Maru needs 15 or newer.`;
  }
  if (facts.isStandby) {
    return `PostgreSQL at ${where} is a standby, which takes no writes. Set MARU_DATABASE_URL to the primary.`;
  }
  if (!byBytes.includes(facts.collation) || facts.encoding !== "UTF8") {
    return `The database ${facts.database} at ${where} has collation ${facts.collation} and encoding ${facts.encoding}, and Maru needs C and UTF8. Create one with: ${createStatement("maru")}`;
  }
  return null;
}

export interface ConnectionFacts {
  /** For those who are no superusers. */
  readonly allowed: number;
  /** That have a place in the cell; some of them may have ended a moment ago. */
  readonly otherNodes: number;
}

/** What is wrong, in a sentence: so much that no node can run, or only that all of them may run out. */
export function lackOfConnections(
  { allowed, otherNodes }: ConnectionFacts,
  own: number,
  where: string,
): { readonly isFatal: boolean; readonly sentence: string } | null {
  const nodes = otherNodes + 1;
  if (nodes * own <= allowed) {
    return null;
  }
  const isFatal = own > allowed;
  const needed = isFatal
    ? `a node needs ${String(own)}`
    : `${String(nodes)} nodes with ${String(own)} each need ${String(nodes * own)}`;
  return {
    isFatal,
    sentence: `PostgreSQL at ${where} allows ${String(allowed)} connections, and ${needed}. Lower MARU_DATABASE_READ_CONNECTIONS or MARU_DATABASE_WRITE_CONNECTIONS, or raise max_connections.`,
  };
}

/** Fails with a DatabaseError where not even this node has enough; gives a warning where all together have not. */
export async function checkConnections(sql: Sql, url: string, own: number): Promise<string | null> {
  const [facts] = await sql<ConnectionFacts[]>`
    SELECT current_setting('max_connections')::int
        - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true), '0')::int AS allowed,
      (SELECT count(*)::int FROM cell.nodes) AS "otherNodes"`;
  const lack = facts === undefined ? null : lackOfConnections(facts, own, withoutSecrets(url));
  if (lack?.isFatal === true) {
    throw new DatabaseError(lack.sentence);
  }
  return lack?.sentence ?? null;
}

function createStatement(database: string): string {
  return `CREATE DATABASE "${database}" TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'`;
}

/** Fails with a DatabaseError unless the server answers and its database will do. */
export async function checkDatabase(sql: Sql, url: string): Promise<void> {
  const where = withoutSecrets(url);
  const fault = unfitness(await readFacts(sql, where), where);
  if (fault !== null) {
    throw new DatabaseError(fault);
  }
}

async function readFacts(sql: Sql, where: string): Promise<DatabaseFacts> {
  try {
    const [facts] = await sql<DatabaseFacts[]>`
      SELECT current_setting('server_version_num')::int AS "versionNumber",
        current_setting('server_version') AS version,
        datname AS database, pg_encoding_to_char(encoding) AS encoding,
        CASE datlocprovider WHEN 'c' THEN datcollate
          ELSE coalesce(to_jsonb(pg_database) ->> 'datlocale', 'ICU') END AS collation,
        pg_is_in_recovery() AS "isStandby"
      FROM pg_database WHERE datname = current_database()`;
    if (facts === undefined) {
      throw new DatabaseError(`PostgreSQL at ${where} does not tell of its database.`);
    }
    return facts;
  } catch (error) {
    throw explained(error, where);
  }
}

const invalidPassword = /^28/;
const noDatabase = "3D000";
/** Before 15 a database has no provider of its collation. */
const noColumn = "42703";

function explained(error: unknown, where: string): DatabaseError {
  if (error instanceof DatabaseError) {
    return error;
  }
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const message = error instanceof Error && error.message !== "" ? error.message : code;
  const options = { cause: error };
  if (invalidPassword.test(code)) {
    return new DatabaseError(
      `PostgreSQL at ${where} does not let Maru in: ${message}. Correct the user or the password in MARU_DATABASE_URL.`,
      options,
    );
  }
  if (code === noDatabase) {
    return new DatabaseError(
      `PostgreSQL at ${where} says: ${message}. Create it with: ${createStatement(databaseOf(where))}`,
      options,
    );
  }
  if (code === noColumn) {
    return new DatabaseError(
      `PostgreSQL at ${where} is older than 15, and Maru needs 15 or newer.`,
      options,
    );
  }
  return new DatabaseError(
    `PostgreSQL at ${where} cannot be reached: ${message}. Start it, or correct MARU_DATABASE_URL.`,
    options,
  );
}

function databaseOf(where: string): string {
  return where.slice(where.lastIndexOf("/") + 1);
}

/** Host, port and database of the URL. */
function withoutSecrets(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${decodeURIComponent(pathname)}`;
}
