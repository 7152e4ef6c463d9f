import { spawn, type ChildProcess } from "node:child_process";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import postgres from "postgres";
import { onTestFinished } from "vitest";
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type PostgresConnection,
  type StartOptions,
} from "../../src/adapters/embedded/postgres-server.ts";
import {
  endProcessesIn,
  recordedServer,
  sendSignal,
} from "../../src/adapters/embedded/processes.ts";
import { temporaryRoot } from "./postgres.ts";

const traversableMode = 0o711;
/** Several servers run beside each other; durability stays as it is in service. */
const smallSettings = { shared_buffers: "16MB", max_connections: "20" };

/** A folder for one test, removed with whatever still runs in it when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const dir = await mkdtemp(join(await temporaryRoot(), "maru-embedded-"));
  await chmod(dir, traversableMode);
  onTestFinished(async () => {
    await endProcessesIn(join(dir, "postgres"));
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  });
  return dir;
}

export interface Started extends EmbeddedPostgres {
  /** What the server logged, "level message" by line. */
  readonly lines: readonly string[];
  /** The states it went through since it started, as "state: cause". */
  readonly states: readonly string[];
}

/** Starts a small server, which is stopped when the test ends. */
export async function startIn(
  dataDir: string,
  purpose: StartOptions["purpose"] = "serve",
): Promise<Started> {
  const lines: string[] = [];
  const states: string[] = [];
  const server = await startEmbeddedPostgres({
    dataDir,
    purpose,
    settings: smallSettings,
    log: (level, message) => lines.push(`${level} ${message}`),
    onStateChange: (state, cause) =>
      states.push(cause === undefined ? state : `${state}: ${cause}`),
  });
  onTestFinished(() => server.stop());
  return { ...server, lines, states };
}

/** A client of one connection, closed when the test ends. */
export function connectTo(connection: PostgresConnection): postgres.Sql {
  const sql = postgres({
    host: connection.socketDir,
    port: connection.port,
    database: connection.database,
    user: connection.user,
    pass: connection.password,
    max: 1,
    fetch_types: false,
    backoff: false,
    onnotice: () => undefined,
  });
  onTestFinished(() => sql.end({ timeout: 0 }));
  return sql;
}

/** Kills the PostgreSQL of a data folder, as the kernel does when memory is out, and gives its process id. */
export async function killServerOf(dataDir: string): Promise<number> {
  const pid = await recordedServer(join(dataDir, "postgres"));
  if (pid === null) throw new Error(`no PostgreSQL runs in ${dataDir}`);
  sendSignal(pid, "SIGKILL");
  return pid;
}

export interface OtherProcess {
  readonly child: ChildProcess;
  /** The first line that it prints: "ready", or "code: message" of the error. */
  readonly answer: Promise<string>;
}

const serverModule = new URL("../../src/adapters/embedded/postgres-server.ts", import.meta.url)
  .href;

const program = `
const [dataDir, purpose, settings, moduleUrl] = process.argv.slice(1);
const { startEmbeddedPostgres } = await import(moduleUrl);
try {
  await startEmbeddedPostgres({ dataDir, purpose, settings: JSON.parse(settings), log() {} });
  console.log("ready");
  process.stdin.resume().once("end", () => process.exit(0));
} catch (error) {
  console.log(error.code + ": " + error.message);
  process.exit(1);
}
`;

/** A Node.js process that starts a server; it exits, without stopping it first, when its standard input ends. */
export function startInOtherProcess(
  dataDir: string,
  options: { readonly purpose?: StartOptions["purpose"]; readonly uid?: number } = {},
): OtherProcess {
  const child = spawn(
    process.execPath,
    [
      "--input-type=module",
      "--eval",
      program,
      dataDir,
      options.purpose ?? "serve",
      JSON.stringify(smallSettings),
      serverModule,
    ],
    {
      cwd: "/",
      stdio: ["pipe", "pipe", "inherit"],
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
    },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  const answer = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout })
      .once("line", resolve)
      .once("close", () => {
        resolve("nothing");
      });
  });
  return { child, answer };
}
