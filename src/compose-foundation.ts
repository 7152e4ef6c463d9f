import { openDataFolder } from "./adapters/embedded/data-folder.ts";
import { startEmbeddedPostgres } from "./adapters/embedded/postgres-server.ts";
import { checkConnections, checkDatabase } from "./adapters/postgres/database-check.ts";
import { loadKeyring } from "./adapters/postgres/keys.ts";
import { migrate } from "./adapters/postgres/migrate.ts";
import { createPartitions, upcomingMonthsMs } from "./adapters/postgres/partitions.ts";
import {
  connectionsOf,
  openPools,
  type PoolSizes,
  type Pools,
  type PostgresEndpoint,
} from "./adapters/postgres/pools.ts";
import { warmConnections } from "./adapters/postgres/warm-connections.ts";
import { systemClock } from "./adapters/system/clock.ts";
import { type RootLogger } from "./adapters/telemetry/logger.ts";
import { type Config } from "./config.ts";
import { markDemo, refuseToMix } from "./demo/folder.ts";
import { type Keyring } from "./kernel/keyring.ts";
import type { Partitions } from "./ports/record.ts";
import { schemas } from "./compose-modules.ts";

const logConnections = 8;
/** Of the embedded PostgreSQL, where a node needs no more. */
const connectionsMin = 100;
/** For whoever looks into the database beside the node and a command. */
const connectionsSpare = 10;

export function poolSizes(config: Config): PoolSizes {
  return { read: config.readConnections, write: config.writeConnections, log: logConnections };
}

/** A command may open as many as the node beside which it runs. */
function connectionsOfEmbedded(config: Config): string {
  const needed = 2 * connectionsOf(poolSizes(config)) + connectionsSpare;
  return String(Math.max(connectionsMin, needed));
}

/** The demo's folder is marked as such before there is anything in it. */
async function claimFolder({ dataDir, demo }: Config): Promise<void> {
  await refuseToMix(dataDir, demo);
  if (demo) {
    await markDemo((await openDataFolder(dataDir)).dataDir);
  }
}

export interface Foundation {
  readonly endpoint: PostgresEndpoint;
  readonly pools: Pools;
  readonly keyring: Keyring;
  readonly partitions: Partitions;
  readonly migrated: readonly string[];
  /** What the embedded server says of itself; null: nothing is wrong. */
  readonly trouble: () => string | null;
  close(): Promise<void>;
}

/** A PostgreSQL with the newest schema: the embedded one, or the one that the URL names. */
export async function openFoundation(
  config: Config,
  purpose: "serve" | "tool",
  logger: RootLogger,
): Promise<Foundation> {
  let trouble: string | null = null;
  if (config.databaseUrl === null) {
    await claimFolder(config);
  }
  const embedded =
    config.databaseUrl === null
      ? await startEmbeddedPostgres({
          dataDir: config.dataDir,
          purpose,
          settings: { max_connections: connectionsOfEmbedded(config) },
          log: (level, message, fields) => {
            logger[level](fields ?? {}, message);
          },
          onStateChange: (state, cause) => {
            trouble = state === "up" ? null : (cause ?? state);
          },
        })
      : null;
  const endpoint = config.databaseUrl ?? (embedded?.connection as PostgresEndpoint);
  const pools = openPools(endpoint, poolSizes(config));
  const close = async (): Promise<void> => {
    await pools.end();
    await embedded?.stop();
  };
  try {
    if (config.databaseUrl !== null) {
      await checkDatabase(pools.log, config.databaseUrl);
    }
    const { applied } = await migrate(
      pools.log,
      schemas.map((schema) => schema.tables),
    );
    if (config.databaseUrl !== null && purpose === "serve") {
      const own = connectionsOf(poolSizes(config));
      const warning = await checkConnections(pools.log, config.databaseUrl, own);
      if (warning !== null) {
        logger.warn({}, warning);
      }
    }
    const tables = schemas.flatMap((schema) => schema.partitioned);
    const partitions = createPartitions(pools.log, tables);
    await partitions.ensureFor(upcomingMonthsMs(systemClock.nowMs()));
    if (purpose === "serve") {
      await warmConnections(pools.read, { count: poolSizes(config).read, tables });
    }
    const keyring = await loadKeyring(pools.log);
    const troubleNow = (): string | null => trouble;
    return { endpoint, pools, keyring, partitions, migrated: applied, trouble: troubleNow, close };
  } catch (error) {
    await close();
    throw error;
  }
}
