import { createLocalLimits } from "./adapters/memory/limits.ts";
import { createIdLeases } from "./adapters/postgres/id-leases.ts";
import { createPostgresLog } from "./adapters/postgres/log.ts";
import { createRecord } from "./adapters/postgres/record.ts";
import { systemClock } from "./adapters/system/clock.ts";
import { createLogger } from "./adapters/telemetry/logger.ts";
import { createMetrics } from "./adapters/telemetry/metrics.ts";
import type { Workbench } from "./commands/command.ts";
import { openFoundation, poolSizes } from "./compose-foundation.ts";
import { noMediaParts } from "./compose-media.ts";
import { allEvents, createModules, moduleSettings, noWebClient } from "./compose-modules.ts";
import type { Config } from "./config.ts";
import { createCursors } from "./kernel/page.ts";

/** The modules without HTTP, for commands; beside a running node or alone. */
export async function openWorkbench(config: Config): Promise<Workbench> {
  const clock = systemClock;
  const logger = createLogger({ level: "warn", clock });
  const { metrics } = createMetrics({ processMetrics: false });
  const foundation = await openFoundation(config, "tool", logger);
  const { pools } = foundation;
  const leases = createIdLeases({ sql: pools.log, clock, logger, region: config.region });
  await leases.start();
  // What a command writes is positioned by a node's relay: one that runs now, or the next to start.
  const log = createPostgresLog({
    sql: pools.log,
    record: () => record,
    ids: leases.ids,
    clock,
    logger,
    metrics,
    region: config.region,
    holder: globalThis.crypto.randomUUID(),
    stableHolder: false,
    schemas: allEvents(),
    views: () => [],
    consumers: () => [],
  });
  const record = createRecord({
    pools,
    sizes: poolSizes(config),
    sink: log,
    metrics,
    monotonicMs: clock.monotonicMs,
  });
  const cursors = createCursors(foundation.keyring);
  const modules = createModules(
    {
      record,
      ids: leases.ids,
      clock,
      cursors,
      metrics,
      logger,
      partitions: foundation.partitions,
      region: config.region,
      eventLog: log.port,
      sharedLimits: createLocalLimits(),
      keyring: foundation.keyring,
      files: noMediaParts,
    },
    moduleSettings(config, noWebClient),
  );
  return {
    accounts: modules.accounts.contract,
    graph: modules.graph.contract,
    stories: modules.stories.contract,
    deadLetters: log.deadLetters,
    migrated: foundation.migrated,
    async close() {
      await leases.stop();
      await foundation.close();
      logger.flush();
    },
  };
}
