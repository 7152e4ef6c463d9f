import type { Cursors } from "../kernel/page.ts";
import type { Clock } from "./clock.ts";
import type { IdSource } from "./ids.ts";
import type { DurableConsumer, DurableWorker, EventSchemas, View } from "./log.ts";
import type { ModuleMigrations, PartitionedTable, RecordPort } from "./record.ts";
import type { Route } from "./routes.ts";
import type { Logger, Metrics } from "./telemetry.ts";

/** What every module is given; a module adds the contracts of its neighbours to its own `Deps`. */
export interface ModuleDeps {
  readonly record: RecordPort;
  readonly ids: IdSource;
  readonly clock: Clock;
  readonly cursors: Cursors;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** Something that runs again and again on one node at a time, such as a clean-up. */
export interface Job {
  readonly name: string;
  readonly everyMs: number;
  run(): Promise<void>;
}

/** Ready or not, and why not. */
export interface HealthCheck {
  readonly name: string;
  /** Null when all is well, otherwise what is missing. */
  check(): string | null;
  /** The node is ready without it, and the answer says so. */
  readonly isBearable?: boolean;
}

/** What a module hands to the composition root. */
export interface Module<Contract> {
  readonly name: string;
  readonly contract: Contract;
  readonly routes: readonly Route[];
  readonly views: readonly View[];
  readonly consumers: readonly DurableConsumer[];
  readonly workers?: readonly DurableWorker[];
  readonly jobs: readonly Job[];
  readonly healthChecks: readonly HealthCheck[];
  /** After the record is migrated and the log has its starting position, before requests come. */
  start(): Promise<void>;
  /** Ends what it started; open streams are told to go elsewhere. */
  stop(): Promise<void>;
}

/** What is known of a module before it is created: its tables and events. */
export interface ModuleSchema {
  readonly tables: ModuleMigrations;
  readonly partitioned: readonly PartitionedTable[];
  readonly events: EventSchemas;
}
