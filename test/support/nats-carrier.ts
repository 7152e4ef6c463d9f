import { createNatsCarrier } from "../../src/adapters/nats/carrier.ts";
import type { LogCarrier } from "../../src/ports/carrier.ts";
import type { Logger, Metrics } from "../../src/ports/telemetry.ts";

/** A carrier whose figures and words a test can look at. */
export interface WatchedCarrier {
  readonly carrier: LogCarrier;
  /** What was counted under a name, with the value of its one label. */
  counted(name: string, label: string): number;
  /** What was logged, as JSON. */
  readonly logged: string[];
}

export interface WatchedOptions {
  readonly name: string;
  /** Which of the servers is the first: a part of 1. */
  readonly chance?: () => number;
  readonly monotonicMs?: () => number;
}

export function openCarrier(urls: readonly string[], options: WatchedOptions): WatchedCarrier {
  const counts = new Map<string, number>();
  const logged: string[] = [];
  const metrics: Metrics = {
    counter: (name) => ({
      add(value, labels = {}) {
        const key = `${name} ${Object.values(labels).join()}`;
        counts.set(key, (counts.get(key) ?? 0) + value);
      },
    }),
    gauge: () => undefined,
    gauges: () => undefined,
    tally: () => undefined,
    histogram: () => ({ observe: () => undefined }),
  };
  const log = (fields: object, message: string): void => {
    const error = "err" in fields ? String(fields.err) : "";
    logged.push(JSON.stringify({ ...fields, err: error, message }));
  };
  const logger: Logger = { debug: log, info: log, warn: log, error: log };
  const carrier = createNatsCarrier({
    urls,
    logger,
    metrics,
    monotonicMs: () => performance.now(),
    chance: () => 0,
    ...options,
  });
  return { carrier, logged, counted: (name, label) => counts.get(`${name} ${label}`) ?? 0 };
}
