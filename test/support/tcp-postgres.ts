import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import postgres from "postgres";
import { makePrivate } from "../../src/adapters/embedded/data-folder.ts";
import { endProcessesIn } from "../../src/adapters/embedded/processes.ts";
import { runProgram } from "../../src/adapters/embedded/programs.ts";
import {
  startServerProcess,
  type ServerProcess,
} from "../../src/adapters/embedded/server-process.ts";
import { chooseUser } from "../../src/adapters/embedded/unprivileged-user.ts";
import { freePorts } from "../../tools/free-ports.ts";
import { temporaryRoot } from "./postgres.ts";

/** A PostgreSQL that an operator runs: on TCP, with a password, and not Maru's to start or stop. */
export interface TcpPostgres {
  readonly port: number;
  readonly password: string;
  /** Of an empty database with collation C, or as the options of CREATE DATABASE say. */
  createDatabase(name: string, options?: string): Promise<string>;
  url(database: string): string;
  /** As an administrator may do it: connections are cut, nothing is lost. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const traversableMode = 0o711;
const user = "maru";
const password = "open-sesame";
const startsWithinMs = 30_000;
const pollMs = 20;
const quiet = (): void => undefined;

/** Starts a server from the programs in this folder. */
export async function startTcpPostgres(binaries: string): Promise<TcpPostgres> {
  const root = await mkdtemp(join(await temporaryRoot(), "maru-tcp-postgres-"));
  await chmod(root, traversableMode);
  const dataDir = join(root, "cluster");
  const runAs = await chooseUser(dataDir, quiet);
  await makePrivate(dataDir, runAs);
  const passwordFile = join(root, "password");
  await writeFile(passwordFile, password, { mode: 0o644 });
  const made = await runProgram(
    join(binaries, "initdb"),
    ["-D", dataDir, "-U", user, `--pwfile=${passwordFile}`, "--auth=scram-sha-256", "--no-sync"],
    { runAs },
  );
  if (made.exitCode !== 0) throw new Error(made.stderr);

  const [port = 0] = await freePorts(1);
  const url = (database: string): string =>
    `postgres://${user}:${password}@127.0.0.1:${port}/${database}`;
  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    port: String(port),
    fsync: "off",
    shared_buffers: "32MB",
    max_connections: "100",
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  let server: ServerProcess;

  async function administrate(statement: string): Promise<void> {
    const sql = postgres(url("postgres"), { max: 1, fetch_types: false, onnotice: quiet });
    try {
      await sql.unsafe(statement);
    } finally {
      await sql.end({ timeout: 0 });
    }
  }

  async function start(): Promise<void> {
    server = startServerProcess(join(binaries, "postgres"), ["-D", dataDir, ...args], {
      runAs,
      log: quiet,
    });
    const deadline = performance.now() + startsWithinMs;
    for (;;) {
      try {
        await administrate("SELECT 1");
        return;
      } catch (error) {
        if (server.hasEnded() || performance.now() > deadline) {
          throw new Error(server.cause(), { cause: error });
        }
      }
      await server.endsWithin(pollMs);
    }
  }

  await start();
  return {
    port,
    password,
    url,
    async createDatabase(name, options = "LOCALE 'C'") {
      await administrate(
        `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8' ${options} STRATEGY file_copy`,
      );
      return url(name);
    },
    async restart() {
      server.signal("SIGINT");
      await server.exited;
      await start();
    },
    async stop() {
      server.signal("SIGQUIT");
      await server.exited;
      await endProcessesIn(dataDir);
      await rm(root, { recursive: true, force: true });
    },
  };
}
