import type { DurableWorker, EventEnvelope } from "../../src/ports/log.ts";
import type { Transaction } from "../../src/ports/record.ts";
import type { Metrics } from "../../src/ports/telemetry.ts";
import { internalContext } from "../../src/kernel/context.ts";
import type { WorkTiming } from "../../src/adapters/postgres/worker-timing.ts";
import { logDatabase, made, openTestNode, type LogDatabase, type TestNode } from "./log.ts";
import type { TestNodeOptions } from "./log.ts";
import { noMetrics, quietLogger } from "./record.ts";

/** Effects of the tests' workers; without a key, so that one that came twice would be seen. */
export const workTables = `
  CREATE SCHEMA things;
  CREATE TABLE things.effects (worker text, n int);
`;

/** Quick looks, and leases that no busy machine loses. */
export const testTiming: WorkTiming = {
  leaseMs: 60_000,
  renewEveryMs: 20_000,
  graceMs: 20_000,
  stopGraceMs: 20_000,
  pollMs: 20,
};

export const numberOf = (event: EventEnvelope): number => event.data["n"] as number;

export async function note(tx: Transaction, worker: string, event: EventEnvelope): Promise<void> {
  await tx.sql`INSERT INTO things.effects VALUES (${worker}, ${numberOf(event)})`;
}

/** Notes each event when its work is done; the work itself is `before`, and may fail. */
export function noting(
  before: (event: EventEnvelope, signal: AbortSignal) => Promise<void> | void = () => undefined,
  options: Partial<DurableWorker> = {},
): DurableWorker {
  const { name = "noting" } = options;
  return {
    name,
    types: ["things.made.v1"],
    attemptsMax: 3,
    atOnceMax: 4,
    timeoutMs: 60_000,
    async work(_context, event, signal) {
      await before(event, signal);
      return (tx) => note(tx, name, event);
    },
    ...options,
  };
}

export interface EntryRow {
  readonly n: number;
  readonly attempts: number;
  readonly lease: string | null;
  readonly last_error: string | null;
  readonly due_in_ms: number;
}

export interface WorkBench extends LogDatabase {
  open(workers: readonly DurableWorker[], options?: TestNodeOptions): Promise<TestNode>;
  close(node: TestNode): Promise<void>;
  closeAll(): Promise<void>;
  /** Commits an event for each number. */
  write(node: TestNode, ...numbers: readonly number[]): Promise<void>;
  /** Smallest first. */
  effects(worker?: string): Promise<readonly number[]>;
  entries(worker?: string): Promise<readonly EntryRow[]>;
  /** As if all that is put off were due now. */
  makeDue(): Promise<void>;
}

export const workContext = internalContext("request-1");

/** What tests of workers work on. */
export function workBench(): WorkBench {
  const database = logDatabase({ tables: workTables });
  const nodes: TestNode[] = [];
  return {
    get endpoint() {
      return database.endpoint;
    },
    get sql() {
      return database.sql;
    },
    async open(workers, options = {}) {
      const node = await openTestNode(database.endpoint, {
        logger: { ...quietLogger, error: () => undefined },
        stableHolder: false,
        workers: () => workers,
        workBackOff: { firstMs: 1, maxMs: 4 },
        workTiming: testTiming,
        ...options,
      });
      nodes.push(node);
      await node.log.start();
      await node.log.startConsumers();
      return node;
    },
    async close(node) {
      nodes.splice(nodes.indexOf(node), 1);
      await node.close();
    },
    async closeAll() {
      await Promise.all(nodes.splice(0).map((node) => node.close()));
    },
    async write(node, ...numbers) {
      await node.record.write(workContext, async (tx) => {
        numbers.forEach((n) => {
          tx.append(made(node.ids.mint(), n));
        });
      });
    },
    async effects(worker = "noting") {
      const rows = await database.sql<{ n: number }[]>`
        SELECT n FROM things.effects WHERE worker = ${worker} ORDER BY n`;
      return rows.map((row) => row.n);
    },
    async entries(worker = "noting") {
      return database.sql<EntryRow[]>`
        SELECT (event->'data'->>'n')::int AS n, attempts, lease, last_error,
          (extract(epoch FROM due_at - clock_timestamp()) * 1000)::float8 AS due_in_ms
        FROM log.work WHERE worker = ${worker} ORDER BY n`;
    },
    async makeDue() {
      await database.sql`UPDATE log.work SET due_at = clock_timestamp() WHERE lease IS NULL`;
    },
  };
}

/** Counts what works came to, by outcome. */
export function countingOutcomes(): {
  readonly metrics: Metrics;
  readonly counts: Readonly<Record<string, number>>;
} {
  const counts: Record<string, number> = {};
  const counter: Metrics["counter"] = (name) => ({
    add(value, labels = {}) {
      const { outcome } = labels;
      if (name === "maru_log_work_total" && outcome !== undefined) {
        counts[outcome] = (counts[outcome] ?? 0) + value;
      }
    },
  });
  return { metrics: { ...noMetrics, counter }, counts };
}

/** Holds works until the test lets them go on. */
export interface Holding {
  readonly worker: DurableWorker;
  /** Works that are held, in the order in which they began. */
  readonly held: readonly HeldWork[];
  /** Of this event, the newest that began; undefined: none did. */
  of(n: number): HeldWork | undefined;
}

export interface HeldWork {
  readonly n: number;
  readonly signal: AbortSignal;
  succeed(): void;
  fail(error: Error): void;
}

/** `heeds`: whether works end when their signal is aborted. */
export function holding(
  options: Partial<DurableWorker> & { readonly heeds?: boolean } = {},
): Holding {
  const { heeds = true, ...rest } = options;
  const held: HeldWork[] = [];
  const worker = noting((event, signal) => {
    return new Promise((resolve, reject) => {
      held.push({ n: numberOf(event), signal, succeed: resolve, fail: reject });
      if (heeds) {
        signal.addEventListener("abort", () => {
          reject(signal.reason as Error);
        });
      }
    });
  }, rest);
  return { worker, held, of: (n) => held.findLast((one) => one.n === n) };
}
