import type { CarrierReceiver, LogCarrier } from "../../ports/carrier.ts";
import type { Logger, Metrics } from "../../ports/telemetry.ts";
import { createConnection } from "./connection.ts";
import { createFence } from "./fence.ts";
import type { Undecodable } from "./messages.ts";
import { createReader } from "./reader.ts";
import { createSender } from "./sender.ts";
import { createSignals } from "./signals.ts";
import { within } from "./within.ts";

/** What goes wrong again and again is said once in a while. */
const logEveryMs = 10_000;
/** What is being written when the node stops is given this long. */
const settleMsMax = 250;

export interface NatsCarrierDeps {
  /** `nats://user:password@host:port`, one of each server of the cluster. */
  readonly urls: readonly string[];
  /** This node's; no other of the cell has it. */
  readonly name: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly monotonicMs: () => number;
  /** From 0 up to 1, for pauses and for the server to begin with. */
  readonly chance: () => number;
}

export function createNatsCarrier(deps: NatsCarrierDeps): LogCarrier {
  const { name, logger, metrics, monotonicMs, chance } = deps;
  const loggedAtMs = new Map<string, number>();
  let receiver: CarrierReceiver | null = null;

  const sent = metrics.counter(
    "maru_carrier_sent_total",
    "What this node sent to the others: batch, wake, spread.",
    ["kind"],
  );
  const received = metrics.counter(
    "maru_carrier_received_total",
    "What the others sent to this node: batch, wake, spread.",
    ["kind"],
  );
  const dropped = metrics.counter(
    "maru_carrier_dropped_total",
    "What was not sent: NATS was away or failed, too much waited, another node writes the log.",
    ["reason"],
  );
  const failures = metrics.counter(
    "maru_carrier_failures_total",
    "What went wrong: send, read, receive, malformed.",
    ["what"],
  );
  metrics.gauge("maru_carrier_connected", "1 while a server of NATS is connected.", () =>
    connection.host() === null ? 0 : 1,
  );

  function failed(what: string, error: unknown): void {
    failures.add(1, { what });
    const nowMs = monotonicMs();
    if (nowMs - (loggedAtMs.get(what) ?? Number.NEGATIVE_INFINITY) >= logEveryMs) {
      loggedAtMs.set(what, nowMs);
      logger.warn({ err: error, what }, "NATS does not carry the log as it should");
    }
  }

  function undecodable(what: Undecodable): void {
    if (what === "malformed") {
      failed(what, new Error("a message of the log cannot be read"));
    }
  }

  const fence = createFence(monotonicMs);
  const sender = createSender({ name, logger, monotonicMs, fence, sent, dropped, failed });
  const reader = createReader({
    name,
    chance,
    fence,
    undecodable,
    failed,
    received(batch) {
      received.add(1, { kind: "batch" });
      receiver?.moved(batch);
    },
  });
  const signals = createSignals({
    name,
    receiver: () => receiver,
    sent,
    received,
    dropped,
    undecodable,
    failed,
  });
  const connection = createConnection({
    urls: deps.urls,
    name,
    logger,
    monotonicMs,
    chance,
    opened(nats, lost) {
      signals.attach(nats, lost);
      sender.attach(nats, lost);
      void reader.follow(nats, lost);
    },
  });

  return {
    async start(to) {
      receiver = to;
      connection.start();
    },
    send: sender.send,
    wake: signals.wake,
    spread: signals.spread,
    trouble() {
      const away = connection.trouble();
      const problem = sender.problem() ?? reader.problem();
      if (away !== null || problem === null) {
        return away;
      }
      return `NATS at ${connection.host() ?? ""} does not carry the log: ${problem}`;
    },
    async stop() {
      receiver = null;
      await within(settleMsMax, sender.settled());
      await connection.stop();
    },
  };
}
