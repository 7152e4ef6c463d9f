import { createDiskWatch } from "./adapters/embedded/disk-watch.ts";
import { createDatabaseWatch } from "./adapters/postgres/database-watch.ts";
import { createDoubts } from "./adapters/postgres/doubts.ts";
import { createIdLeases } from "./adapters/postgres/id-leases.ts";
import { createImpatientSql } from "./adapters/postgres/impatient-sql.ts";
import { createJobs } from "./adapters/postgres/jobs.ts";
import { createPostgresLog, type PostgresLog } from "./adapters/postgres/log.ts";
import { upcomingMonthsMs } from "./adapters/postgres/partitions.ts";
import { openSql } from "./adapters/postgres/pools.ts";
import { createRecord } from "./adapters/postgres/record.ts";
import { systemClock } from "./adapters/system/clock.ts";
import { createReadFolder } from "./adapters/system/folder.ts";
import { createLogger, type LogDestination, type RootLogger } from "./adapters/telemetry/logger.ts";
import { createMetrics, type Telemetry } from "./adapters/telemetry/metrics.ts";
import type { Sampling } from "./adapters/telemetry/sampling.ts";
import { createTracing, type Tracing } from "./adapters/telemetry/tracing.ts";
import { settings, type Config } from "./config.ts";
import type { Community } from "./demo/community.ts";
import { createHttpHost } from "./http/host.ts";
import type { ListenAddress } from "./http/listener.ts";
import { readinessOf } from "./http/readiness.ts";
import { createCursors } from "./kernel/page.ts";
import { duringTerm } from "./kernel/serving-term.ts";
import { createEnding, type Ending } from "./ending.ts";
import { listening } from "./listening.ts";
import { createOperator } from "./operator.ts";
import { createSessionReader } from "./modules/accounts/session-shelf.ts";
import type { Demo } from "./modules/web/contract.ts";
import type { WebSettings } from "./modules/web/module.ts";
import type { HealthCheck } from "./ports/module.ts";
import { createCell } from "./compose-cell.ts";
import { openMediaParts } from "./compose-media.ts";
import { openLimits } from "./compose-limits.ts";
import { accessLogFor, homeOf } from "./compose-community.ts";
import { httpSettingsOf, serveApi } from "./compose-threads.ts";
import { openFoundation, poolSizes } from "./compose-foundation.ts";
import {
  allEvents,
  createModules,
  listOf,
  moduleSettings,
  type ModuleAdjustments,
} from "./compose-modules.ts";

/** The only place where adapters meet modules. */

/** What a program is, as opposed to how it is set. */
export interface Program {
  readonly version: string;
  /** The standard variables of OpenTelemetry name where spans go. */
  readonly isTracing: boolean;
  readonly sampling?: Sampling;
  /** Where the built web client is; without it the API is served alone. */
  readonly clientFolder?: string;
  /** Whom a visitor may sign in as, for `GET /client.json`: given by `serve --demo` alone. */
  readonly demo?: Demo;
  /** Lives on the node: given by `serve --demo` alone. */
  readonly community?: Community;
}

function webSettings({ version, clientFolder, demo }: Program, config: Config): WebSettings {
  return {
    readClient: clientFolder === undefined ? null : createReadFolder(clientFolder),
    version,
    demo: demo ?? null,
    isHttps: config.publicUrl?.startsWith("https:") === true,
    mediaOrigin: config.mediaUrl === null ? null : new URL(config.mediaUrl).origin,
  };
}

export interface RunningNode {
  readonly api: ListenAddress;
  readonly admin: ListenAddress;
  /** Finishes what runs, then ends everything in order. Safe to call again. */
  stop(): Promise<void>;
}

const partitionsEveryMs = 12 * 3_600_000;

/** What tests hold or make smaller than any setting allows. */
export interface Adjustments extends ModuleAdjustments {
  /** Takes the log's lines instead of standard output. */
  readonly logDestination?: LogDestination;
}

/** A whole node: record, log, modules, API and admin port. */
export async function startNode(
  config: Config,
  program: Program,
  adjustments: Adjustments = {},
): Promise<RunningNode> {
  const clock = systemClock;
  const { logDestination: destination } = adjustments;
  const logger = createLogger({
    level: config.logLevel,
    clock,
    ...(destination === undefined ? {} : { destination }),
  });
  const telemetry = createMetrics();
  const tracing = createTracing({
    enabled: program.isTracing,
    serviceName: "maru",
    serviceVersion: program.version,
    ...(program.sampling === undefined ? {} : { sampling: program.sampling }),
  });
  const ending = createEnding(logger);
  ending.add("telemetry", async () => {
    await tracing.shutdown();
    logger.flush();
  });
  const stop = ending.endAll;
  try {
    return {
      ...(await assemble(config, program, { logger, telemetry, tracing, ending, adjustments })),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Instruments {
  readonly logger: RootLogger;
  readonly telemetry: Telemetry;
  readonly tracing: Tracing;
  /** What has been started. */
  readonly ending: Ending;
  readonly adjustments: Adjustments;
}

async function assemble(
  config: Config,
  program: Program,
  { logger, telemetry, tracing, ending, adjustments }: Instruments,
): Promise<Omit<RunningNode, "stop">> {
  const clock = systemClock;
  const { metrics, requests } = telemetry;
  const { tracer } = tracing;
  const httpSettings = httpSettingsOf(config);
  const operator = createOperator({
    address: { host: config.adminHost, port: config.adminPort },
    settings: httpSettings,
    logger,
    metrics,
    clock,
    metricsEveryMs: config.metricsMs,
  });
  ending.add("operators' process", operator.stop);
  const operatorListening = listening(operator.start(), {
    host: settings.adminHost,
    port: settings.adminPort,
  });
  // Whoever waits for it below learns of it.
  operatorListening.catch(() => undefined);
  const foundation = await openFoundation(config, "serve", logger);
  // PostgreSQL has bounds of its own for each way of ending it.
  ending.add("database", foundation.close, Number.POSITIVE_INFINITY);
  const { pools, keyring, partitions } = foundation;
  operator.useDatabase(foundation.endpoint);
  const watchSql = createImpatientSql(() =>
    openSql(foundation.endpoint, { max: 1, applicationName: "maru watch" }),
  );
  const databaseWatch = createDatabaseWatch({
    sql: watchSql,
    monotonicMs: clock.monotonicMs,
    trouble: foundation.trouble,
  });
  ending.add("database watch", async () => {
    databaseWatch.stop();
    await watchSql.end();
  });
  databaseWatch.start();
  const diskWatch = config.databaseUrl === null ? createDiskWatch(config.dataDir) : null;
  if (diskWatch !== null) {
    ending.add("disk watch", async () => {
      diskWatch.stop();
    });
    diskWatch.start();
  }
  const leases = createIdLeases({ sql: pools.log, clock, logger, region: config.region });
  ending.add("ids", leases.stop);
  await leases.start();

  const cell = createCell({
    config,
    endpoint: foundation.endpoint,
    clock,
    logger,
    metrics,
    appliedBelow: () => log.appliedBelow(),
    stuck: () => log.stuck(),
  });
  // Whatever fails from here on, no other node may wait for this one.
  ending.add("cell", cell.stop);
  const log: PostgresLog = createPostgresLog({
    sql: pools.log,
    record: () => record,
    ids: leases.ids,
    clock,
    logger,
    metrics,
    region: config.region,
    holder: cell.node,
    stableHolder: cell.isAlone,
    carrier: cell.carrier,
    hiding: cell.hiding,
    schemas: allEvents(),
    views: () => [
      ...listOf(modules).flatMap((module) => module.views),
      ...(program.community?.views ?? []),
    ],
    consumers: () => listOf(modules).flatMap((module) => module.consumers),
    workers: () => listOf(modules).flatMap((module) => module.workers ?? []),
  });
  const record = createRecord({
    pools,
    sizes: poolSizes(config),
    sink: log,
    isAlone: cell.isAlone,
    isSilent: databaseWatch.isSilent,
    doubts: createDoubts({
      wake: () => void log.committed([]),
      positionOf: log.positionOf,
      waitFor: log.port.waitFor,
    }),
    metrics,
    monotonicMs: clock.monotonicMs,
    tracer,
  });
  const limits = openLimits({ config, node: cell.node, clock, logger });
  ending.add("limits", limits.stop);
  const files = await openMediaParts(config, { clock, logger, metrics, version: program.version });
  ending.add("other people's servers", files.outsideWeb.close);
  const modules = createModules(
    {
      record,
      ids: leases.ids,
      clock,
      cursors: createCursors(keyring),
      metrics,
      logger,
      partitions,
      region: config.region,
      eventLog: log.port,
      sharedLimits: limits.limits,
      keyring,
      files,
    },
    moduleSettings(config, webSettings(program, config), adjustments),
  );
  // Others wait for this node from then on; most of what takes processor time is done by then.
  const adminAddress = await operatorListening;
  await cell.join();
  cell.start();
  ending.add("log", log.stop);
  await log.start();
  for (const module of listOf(modules)) {
    ending.add(module.name, module.stop);
    await module.start();
  }
  ending.add("workers", log.stopWorkers);
  await log.startConsumers();

  const server = {
    settings: httpSettings,
    record,
    log: log.port,
    keyring,
    clock,
    logger,
    accessLog: accessLogFor(program.community, logger.accessLog),
    metrics,
    requests,
    tracer,
  };
  const api = createHttpHost({
    ...server,
    version: program.version,
    routes: listOf(modules).flatMap((module) => module.routes),
    authenticate: (context, token) => modules.accounts.contract.authenticate(context, token),
    viewerOf: duringTerm(
      cell.term,
      createSessionReader(modules.accounts.contract.sessionMemory, () => clock.nowMs()),
    ),
    mayServe: cell.term.isRunning,
    answerUnmatched: modules.web.contract.answerUnmatched,
  });
  const healthChecks: readonly HealthCheck[] = [
    databaseWatch.healthCheck,
    ...(diskWatch === null ? [] : [diskWatch.healthCheck]),
    api.healthCheck,
    ...cell.healthChecks,
    ...limits.healthChecks,
    ...leases.healthChecks,
    ...log.healthChecks(),
    ...listOf(modules).flatMap((module) => module.healthChecks),
  ];
  operator.follow({
    readiness: () => readinessOf(healthChecks),
    metrics: telemetry.snapshot,
    redriven: log.redriven,
  });
  const jobs = createJobs({
    sql: pools.log,
    logger,
    metrics,
    node: cell.node,
    jobs: [
      {
        name: "partitions",
        everyMs: partitionsEveryMs,
        run: () => partitions.ensureFor(upcomingMonthsMs(clock.nowMs())),
      },
      ...log.jobs,
      ...api.jobs,
      ...listOf(modules).flatMap((module) => module.jobs),
    ],
  });
  ending.add("jobs", jobs.stop);
  jobs.start();
  // Others need not wait for a node that answers nobody any more.
  ending.add("place in the cell", cell.stop);
  const serving = {
    config,
    program,
    settings: httpSettings,
    modules,
    keyring,
    term: cell.term,
    logger,
    telemetry,
  };
  const apiAddress = await serveApi(api, serving, ending);
  const { community } = program;
  if (community !== undefined) {
    ending.add("sample community", community.stop);
    await community.settle(homeOf(config, { modules, api, clock, logger }, apiAddress));
  }
  await operator.report();
  return { api: apiAddress, admin: adminAddress };
}
