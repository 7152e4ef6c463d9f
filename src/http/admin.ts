import { randomBytes } from "node:crypto";
import { Type } from "typebox";
import { assert } from "../kernel/assert.ts";
import { createKeyring, tagBytes } from "../kernel/keyring.ts";
import type { DeadLetters } from "../ports/log.ts";
import type { RecordPort } from "../ports/record.ts";
import { defineRoute, type Route } from "../ports/routes.ts";
import { logLevels, type LogLevel } from "../ports/telemetry.ts";
import { createDeadLetterRoutes } from "./admin-dead-letters.ts";
import { refuseOtherPages } from "./authentication.ts";
import type { ListenAddress } from "./listener.ts";
import { unguarded } from "./load-guard.ts";
import { readinessSchema, type Readiness } from "./readiness.ts";
import { createHttpServer, type ServerDeps } from "./server.ts";

/**
 * The operators' port: a listener in a process of its own, on loopback unless told otherwise. Whoever
 * reaches it is an operator; it knows no accounts.
 */
export interface AdminHost {
  listen(port: number, host: string): Promise<ListenAddress>;
  close(): Promise<void>;
}

/** What operators may ask of the node and change in it. */
export interface OperatedNode {
  /** Whether it runs: `starting` until it first says so, `silent` where it has stopped saying so. */
  liveness(): Liveness;
  readiness(): Readiness;
  logLevel(): LogLevel;
  /** Resolves once the node has it. */
  setLogLevel(level: LogLevel): Promise<void>;
}

export type Liveness = "starting" | "live" | "silent";

export interface AdminHostDeps extends Omit<
  ServerDeps,
  "name" | "routes" | "authenticate" | "record" | "log" | "keyring"
> {
  readonly node: OperatedNode;
  /** Prometheus' text format. */
  readonly renderMetrics: () => Promise<string>;
  readonly metricsContentType: string;
  /** Where the log keeps events that a consumer gave up on. */
  readonly deadLetters: DeadLetters;
}

/** That all is well is not worth a line of the log. */
const watched: ReadonlySet<string> = new Set(["/livez", "/readyz", "/metrics"]);
const notOkFrom = 400;

/** No admin route runs a command with an idempotency key, or reads at a position. */
const noKeyring = createKeyring([{ id: 1, secret: randomBytes(tagBytes) }]);
const noRecord: RecordPort = {
  read: () => Promise.reject(new Error("the admin port reads no record")),
  write: () => Promise.reject(new Error("the admin port writes no record")),
  writeInGroup: () => Promise.reject(new Error("the admin port writes no record")),
  positionOf: String,
};

export function createAdminHost(deps: AdminHostDeps): AdminHost {
  const server = createHttpServer({
    ...deps,
    accessLog(entry) {
      // Balancers and Prometheus ask many times a second.
      if (!watched.has(entry.route) || entry.status >= notOkFrom) {
        deps.accessLog(entry);
      }
    },
    name: "admin",
    // Operators get in whatever else is refused.
    settings: { ...deps.settings, load: unguarded },
    routes: [
      ...healthRoutes(deps),
      ...logLevelRoutes(deps),
      ...createDeadLetterRoutes(deps.deadLetters),
    ].map(refusingOtherSites),
    authenticate: () => Promise.resolve(null),
    record: noRecord,
    keyring: noKeyring,
    log: { waitFor: () => Promise.resolve(true) },
  });
  return {
    listen: (port, host) => server.listen({ port, host }),
    close: server.close,
  };
}

/** A page that an operator has open must not act on the node behind the operator's back. */
function refusingOtherSites(route: Route): Route {
  return route.method === "GET"
    ? route
    : {
        ...route,
        handle(call) {
          refuseOtherPages(call.headers);
          return route.handle(call);
        },
      };
}

const tag = "Operation";

function healthRoutes(deps: AdminHostDeps): Route[] {
  return [
    defineRoute({
      method: "GET",
      path: "/livez",
      operationId: "live",
      tag,
      summary: "Whether the node's process runs, and is not stuck",
      viewer: "none",
      answers: { 200: livenessSchema, 503: livenessSchema },
      handle() {
        const status = deps.node.liveness();
        return Promise.resolve({ status: status === "live" ? 200 : 503, body: { status } });
      },
    }),
    defineRoute({
      method: "GET",
      path: "/readyz",
      operationId: "ready",
      tag,
      summary: "Whether the node takes requests, and what is missing if not",
      viewer: "none",
      answers: { 200: readinessSchema, 503: readinessSchema },
      handle() {
        const body = deps.node.readiness();
        return Promise.resolve({ status: body.status === "ready" ? 200 : 503, body });
      },
    }),
    defineRoute({
      method: "GET",
      path: "/metrics",
      operationId: "metrics",
      tag,
      summary: "Metrics as Prometheus reads them",
      viewer: "none",
      answers: { 200: null },
      handle: async () => ({
        status: 200,
        text: await deps.renderMetrics(),
        headers: { "content-type": deps.metricsContentType },
      }),
    }),
  ];
}

const livenessSchema = Type.Object({
  status: Type.Union([Type.Literal("starting"), Type.Literal("live"), Type.Literal("silent")]),
});

const levelSchema = Type.Object(
  { level: Type.Union(logLevels.map((level) => Type.Literal(level))) },
  { additionalProperties: false },
);

function logLevelRoutes({ node, logger }: AdminHostDeps): Route[] {
  const shown = (): { status: number; body: unknown } => ({
    status: 200,
    body: { level: node.logLevel() },
  });
  const path = "/admin/v1/log-level";
  return [
    defineRoute({
      method: "GET",
      path,
      operationId: "getLogLevel",
      tag,
      summary: "The level below which nothing is logged",
      viewer: "none",
      answers: { 200: levelSchema },
      handle: () => Promise.resolve(shown()),
    }),
    defineRoute({
      method: "PUT",
      path,
      operationId: "setLogLevel",
      tag,
      summary: "Change that level until the node ends",
      viewer: "none",
      body: levelSchema,
      answers: { 200: levelSchema },
      async handle({ body, context }) {
        const level = logLevels.find((known) => known === body.level);
        assert(level !== undefined, "the schema lets only levels through");
        await node.setLogLevel(level);
        logger.warn({ requestId: context.requestId, level }, "an operator changed the log level");
        return shown();
      },
    }),
  ];
}
