import { assert } from "../../kernel/assert.ts";
import type { Context } from "../../kernel/context.ts";
import type { Clock } from "../../ports/clock.ts";
import type { DurableConsumer, EventEnvelope } from "../../ports/log.ts";
import type { RecordPort, Sql, Transaction } from "../../ports/record.ts";
import type { Logger, Metrics } from "../../ports/telemetry.ts";
import { backOffDefault, type BackOff } from "./consumer-failure.ts";
import { contextOf, createConsumerRunner, type ConsumerRunner } from "./consumer-runner.ts";
import { consumersToRedrive, redriveOne } from "./dead-letters.ts";
import { logName } from "./log-schema.ts";
import { createSignal, type Signal } from "./signal.ts";

/** Events of this node raise a signal; this finds those of other nodes, and what a signal missed. */
const pollMs = 5_000;
/** An operator who sends dead letters back from the command line waits this long. */
const redrivePollMs = 1_000;
/** The record failed, or the way to it. */
const failureMs = 500;

export interface ConsumersDeps {
  readonly consumers: readonly DurableConsumer[];
  readonly record: () => RecordPort;
  readonly sql: Sql;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly causedBy: (tx: Transaction, context: Context) => Transaction;
  readonly backOff?: BackOff;
  /** This consumer's effects are committed, of an event or more. */
  readonly handled?: (consumer: string) => void;
}

/**
 * Runs the durable consumers. Any number of nodes may run the same ones: the row with a consumer's
 * progress is locked while one of them works.
 */
export interface Consumers {
  start(): Promise<void>;
  /** Ends after the transactions that are open. */
  stop(): Promise<void>;
  /** Events that were positioned just now. */
  moved(events: readonly EventEnvelope[]): void;
  /** An operator sent dead letters back. */
  redriven(): void;
}

interface Running {
  readonly runner: ConsumerRunner;
  readonly types: ReadonlySet<string>;
  readonly signal: Signal;
  redrive: boolean;
}

/** A consumer that is new to the log begins with the oldest event that is kept. */
async function register(sql: Sql, name: string): Promise<number> {
  const [row] = await sql<{ lost: number }[]>`
    WITH kept AS (
      SELECT coalesce(min(position) - 1, (SELECT position FROM log.state WHERE log = ${logName})) AS after
      FROM log.events
    ), added AS (
      INSERT INTO log.consumers (name, position) SELECT ${name}, after FROM kept ON CONFLICT DO NOTHING
    )
    SELECT greatest(0, after - position)::int AS lost FROM kept, log.consumers WHERE name = ${name}`;
  return row?.lost ?? 0;
}

export function createConsumers(deps: ConsumersDeps): Consumers {
  const { sql, clock, logger, handled = () => undefined } = deps;
  const names = new Set(deps.consumers.map(({ name }) => name));
  assert(names.size === deps.consumers.length, "no two consumers have the same name");
  const outcomes = deps.metrics.counter(
    "maru_log_consumer_events_total",
    "Events by durable consumer and outcome: handled, failed or dead.",
    ["consumer", "outcome"],
  );
  let stopped = false;
  let loops: readonly Promise<void>[] = [];
  let redriveTimer: NodeJS.Timeout | undefined;
  let redriveLook: Promise<void> = Promise.resolve();

  const running = deps.consumers.map((consumer): Running => {
    const runner = createConsumerRunner({
      consumer,
      record: {
        read: (...all) => deps.record().read(...all),
        write: (...all) => deps.record().write(...all),
        writeInGroup: (...all) => deps.record().writeInGroup(...all),
        positionOf: (transactionId) => deps.record().positionOf(transactionId),
      },
      sql,
      clock,
      logger,
      backOff: deps.backOff ?? backOffDefault,
      chance: Math.random,
      causedBy: deps.causedBy,
      outcome(outcome) {
        outcomes.add(1, { consumer: consumer.name, outcome });
        if (outcome === "handled") {
          handled(consumer.name);
        }
      },
    });
    return { runner, types: new Set(consumer.types), signal: createSignal(), redrive: false };
  });

  async function redriveAll(one: Running): Promise<void> {
    one.redrive = false;
    const { consumer } = one.runner;
    let found = true;
    while (found && !stopped) {
      found = await redriveOne({
        consumer,
        record: deps.record(),
        sql,
        logger,
        contextOf,
        causedBy: deps.causedBy,
      });
      handled(consumer.name);
    }
  }

  /** Works until nothing is due, and says how long to rest. */
  async function work(one: Running): Promise<number> {
    try {
      if (one.redrive) {
        await redriveAll(one);
      }
      let turn = await one.runner.turn();
      while (turn === "more" && !stopped) {
        turn = await one.runner.turn();
      }
      return typeof turn === "number" ? turn : pollMs;
    } catch (error) {
      const { name } = one.runner.consumer;
      logger.warn({ err: error, consumer: name }, "A consumer could not go on; trying again");
      return failureMs;
    }
  }

  async function run(one: Running): Promise<void> {
    while (!stopped) {
      const restMs = await work(one);
      await one.signal.wait(restMs);
    }
  }

  async function lookForRedrives(): Promise<void> {
    try {
      const names = await consumersToRedrive(sql);
      for (const one of running) {
        if (names.has(one.runner.consumer.name)) {
          one.redrive = true;
          one.signal.raise();
        }
      }
    } catch {
      // The loops say when the record is away.
    }
    if (!stopped) {
      redriveTimer = setTimeout(poll, redrivePollMs);
    }
  }

  function poll(): void {
    redriveLook = lookForRedrives();
  }

  return {
    async start() {
      for (const { runner } of running) {
        const { name } = runner.consumer;
        const lost = await register(sql, name);
        if (lost > 0) {
          logger.error(
            { consumer: name, lost },
            "Events were dropped before this consumer read them",
          );
        }
      }
      loops = running.map(run);
      if (running.length > 0) {
        poll();
      }
    },
    async stop() {
      stopped = true;
      clearTimeout(redriveTimer);
      await redriveLook;
      clearTimeout(redriveTimer);
      for (const { signal } of running) {
        signal.raise();
      }
      await Promise.all(loops);
    },
    moved(events) {
      for (const { types, signal } of running) {
        if (events.some((event) => types.has(event.type))) {
          signal.raise();
        }
      }
    },
    redriven() {
      for (const one of running) {
        one.redrive = true;
        one.signal.raise();
      }
    },
  };
}
