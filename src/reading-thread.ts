import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "./adapters/system/clock.ts";
import { createLogger } from "./adapters/telemetry/logger.ts";
import { createRequestHistogram } from "./adapters/telemetry/request-histogram.ts";
import { createTracing } from "./adapters/telemetry/tracing.ts";
import { createAtOnceHost } from "./http/at-once.ts";
import { createAccounting } from "./http/exchange.ts";
import { createFailures } from "./http/failures.ts";
import { createForward } from "./http/forward.ts";
import { createLoadGuard } from "./http/load-guard.ts";
import { createReadingServer } from "./http/reading-server.ts";
import { createEntrance } from "./http/entrance.ts";
import { createRefuse } from "./http/refusals.ts";
import { createRequestIds } from "./http/request-id.ts";
import { createResponder } from "./http/respond.ts";
import { createTrust } from "./http/trusted.ts";
import { createAjv } from "./http/validation.ts";
import { assert } from "./kernel/assert.ts";
import { createKeyring } from "./kernel/keyring.ts";
import { createCursors } from "./kernel/page.ts";
import { unavailable } from "./kernel/problem.ts";
import { createServingTerm, duringTerm } from "./kernel/serving-term.ts";
import { createSessionReader } from "./modules/accounts/session-shelf.ts";
import { feedQuerySchema, createFeedAtOnce } from "./modules/feed/routes-at-once.ts";
import type { FromThread, RefusedCount, ThreadStart, ToThread } from "./reading-threads.ts";

/**
 * A further HTTP thread of the node: reads the feed from the memory of the main thread, and forwards
 * what is not in it. It writes to nothing but its row of the tallies.
 */
const start = workerData as ThreadStart;
const port = parentPort;
assert(port !== null, "this runs as a thread of a node");
const tell = (message: FromThread): void => {
  port.postMessage(message);
};

/** Lines go to the main thread in batches: a message for each would cost more than the line. */
const reportEveryMs = 100;
const linesCharactersMax = 64 * 1024;
let lines = "";

const clock = systemClock;
const logger = createLogger({
  level: start.logLevel,
  clock,
  destination: {
    write(line) {
      lines += line;
      if (lines.length > linesCharactersMax) {
        report();
      }
    },
    flush: report,
  },
});
const histogram = createRequestHistogram();
const tracing = createTracing({
  enabled: start.isTracing,
  serviceName: "maru",
  serviceVersion: start.version,
  ...(start.sampling === undefined ? {} : { sampling: start.sampling }),
});
const nextRequestId = createRequestIds(clock);
let isStopping = false;
const accounting = createAccounting({
  clock,
  accessLog: logger.accessLog,
  tracer: tracing.tracer,
  requests: histogram.requests,
});
const responder = createResponder(() => isStopping);
const failures = createFailures(responder, logger);
const unmatched = accounting.measure("-", "-");
const cursors = createCursors(createKeyring(start.keys));

let refused = new Map<string, RefusedCount>();
const guard = createLoadGuard({
  // What is forwarded takes its place in the main thread.
  settings: { ...start.load, adaptiveLimit: false },
  trustedProxies: start.trustedProxies,
  parts: start.pageParts,
  monotonicMs: clock.monotonicMs,
  onRefused(of, why) {
    const key = `${of} ${why}`;
    refused.set(key, { class: of, why, count: (refused.get(key)?.count ?? 0) + 1 });
  },
});
const refuse = createRefuse({
  nextRequestId,
  requests: histogram.requests,
  logger,
  monotonicMs: clock.monotonicMs,
  isClosing: () => isStopping,
});

const { forward, close: closeForward } = createForward({
  socketPath: start.socketPath,
  isClosing: () => isStopping,
  isTrusted: createTrust(start.trustedProxies),
  refuse(request, response) {
    const exchange = accounting.begin(nextRequestId(), { request, response, route: unmatched });
    failures.answer(exchange, unavailable({ retryAfterS: 1 }));
  },
});
const server = createReadingServer({
  admitting: createEntrance({ guard, refuse, monotonicMs: clock.monotonicMs }).admitting,
  answerAtOnce: createAtOnceHost({
    routes: [
      {
        method: "GET",
        path: "/v1/feed",
        query: feedQuerySchema,
        atOnce: createFeedAtOnce(start.feed, { cursors, nowMs: clock.nowMs }, start.thread),
      },
    ],
    ajv: createAjv(),
    viewerOf: duringTerm(
      createServingTerm(clock.monotonicMs, start.term),
      createSessionReader(start.sessions, () => clock.nowMs()),
    ),
    accounting,
    responder,
    guard,
    refuse,
    nextRequestId,
    monotonicMs: () => clock.monotonicMs(),
  }),
  forward,
  nextRequestId,
  connectionsMax: start.connectionsMax,
  monotonicMs: () => clock.monotonicMs(),
});

function report(): void {
  const requests = histogram.take();
  const connections = server.connections();
  tell({ kind: "report", lines, requests, connections, refused: [...refused.values()] });
  lines = "";
  refused = new Map();
}

const reporting = setInterval(report, reportEveryMs);

port.on("message", (message: ToThread) => {
  if (message.kind === "level") {
    logger.setLevel(message.level);
  } else if (message.kind === "close") {
    server.close();
  } else if (!isStopping) {
    isStopping = true;
    void server.stop().then(async () => {
      clearInterval(reporting);
      guard.stop();
      closeForward();
      await tracing.shutdown();
      report();
      tell({ kind: "stopped" });
      port.close();
    });
  }
});

server.listen(start).then(
  () => {
    tell({ kind: "listening" });
  },
  (error: unknown) => {
    tell({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  },
);
