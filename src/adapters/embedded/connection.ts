import postgres from "postgres";

/** How to reach the embedded server: over a Unix socket alone, with a password even so. */
export interface PostgresConnection {
  readonly socketDir: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
}

export type ProbeAnswer =
  | { readonly state: "ready" }
  /** It answers, but not yet to this: it starts, recovers or stops. */
  | { readonly state: "busy"; readonly reason: string }
  | { readonly state: "no-database" }
  | { readonly state: "bad-password" }
  | { readonly state: "silent"; readonly reason: string };

const probeTimeoutS = 5;

/** Opens one connection for a moment and asks whether the server would serve. Never rejects. */
export async function probe(connection: PostgresConnection): Promise<ProbeAnswer> {
  try {
    await once(connection, async (sql) => {
      await sql`select 1`;
    });
    return { state: "ready" };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code === "3D000") return { state: "no-database" };
    if (code === "28P01") return { state: "bad-password" };
    if (/^[0-9A-Z]{5}$/.test(code)) return { state: "busy", reason };
    return { state: "silent", reason };
  }
}

/** Copies the files of the template, which is much quicker than the default way through the log. */
export async function createDatabase(connection: PostgresConnection, name: string): Promise<void> {
  await once({ ...connection, database: "postgres" }, async (sql) => {
    await sql`create database ${sql(name)} template template0 strategy file_copy`;
  });
}

async function once(
  connection: PostgresConnection,
  use: (sql: postgres.Sql) => Promise<void>,
): Promise<void> {
  const sql = postgres({
    host: connection.socketDir,
    port: connection.port,
    database: connection.database,
    user: connection.user,
    pass: connection.password,
    max: 1,
    connect_timeout: probeTimeoutS,
    fetch_types: false,
    onnotice: () => undefined,
  });
  try {
    await use(sql);
  } finally {
    await sql.end({ timeout: 0 });
  }
}
