import { Type } from "typebox";
import { assert } from "../kernel/assert.ts";
import type { DeadLetters } from "../ports/log.ts";
import type { HealthCheck } from "../ports/module.ts";
import type { RecordPort } from "../ports/record.ts";
import { defineRoute, type Route } from "../ports/routes.ts";
import { logLevels, type LogControl } from "../ports/telemetry.ts";
import { createDeadLetterRoutes } from "./admin-dead-letters.ts";
import { refuseOtherPages } from "./authentication.ts";
import type { ListenAddress } from "./listener.ts";
import { createHttpServer, type ServerDeps } from "./server.ts";

/**
 * The operators' port: a listener of its own, on loopback unless told otherwise. Whoever reaches it
 * is an operator; it knows no accounts.
 */
export interface AdminHost {
  listen(port: number, host: string): Promise<ListenAddress>;
  close(): Promise<void>;
}

export interface AdminHostDeps extends Omit<
  ServerDeps,
  "name" | "routes" | "authenticate" | "record" | "log"
> {
  readonly healthChecks: readonly HealthCheck[];
  /** Prometheus' text format. */
  readonly renderMetrics: () => Promise<string>;
  readonly metricsContentType: string;
  readonly logControl: LogControl;
  /** Where the log keeps events that a consumer gave up on; null where it is not there. */
  readonly deadLetters: DeadLetters | null;
}

/** No admin route runs a command with an idempotency key, or reads at a position. */
const noRecord: RecordPort = {
  read: () => Promise.reject(new Error("the admin port reads no record")),
  write: () => Promise.reject(new Error("the admin port writes no record")),
  writeInGroup: () => Promise.reject(new Error("the admin port writes no record")),
  positionOf: String,
};

export function createAdminHost(deps: AdminHostDeps): AdminHost {
  const server = createHttpServer({
    ...deps,
    name: "admin",
    routes: [
      ...healthRoutes(deps),
      ...logLevelRoutes(deps),
      ...(deps.deadLetters === null ? [] : createDeadLetterRoutes(deps.deadLetters)),
    ].map(refusingOtherSites),
    authenticate: () => Promise.resolve(null),
    record: noRecord,
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
      summary: "Whether the process runs",
      viewer: "none",
      answers: { 200: Type.Object({ status: Type.Literal("live") }) },
      handle: () => Promise.resolve({ status: 200, body: { status: "live" } }),
    }),
    defineRoute({
      method: "GET",
      path: "/readyz",
      operationId: "ready",
      tag,
      summary: "Whether the node takes requests, and what is missing if not",
      viewer: "none",
      answers: { 200: readinessSchema, 503: readinessSchema },
      handle: () => Promise.resolve(readiness(deps.healthChecks)),
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

const readinessSchema = Type.Object({
  status: Type.Union([Type.Literal("ready"), Type.Literal("not ready")]),
  missing: Type.Array(Type.Object({ name: Type.String(), reason: Type.String() })),
});

function readiness(checks: readonly HealthCheck[]): { status: number; body: unknown } {
  const missing = checks.flatMap(({ name, check }) => {
    const reason = check();
    return reason === null ? [] : [{ name, reason }];
  });
  return missing.length === 0
    ? { status: 200, body: { status: "ready", missing } }
    : { status: 503, body: { status: "not ready", missing } };
}

const levelSchema = Type.Object(
  { level: Type.Union(logLevels.map((level) => Type.Literal(level))) },
  { additionalProperties: false },
);

function logLevelRoutes({ logControl, logger }: AdminHostDeps): Route[] {
  const shown = (): { status: number; body: unknown } => ({
    status: 200,
    body: { level: logControl.level() },
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
      handle({ body, context }) {
        const level = logLevels.find((known) => known === body.level);
        assert(level !== undefined, "the schema lets only levels through");
        logControl.setLevel(level);
        logger.warn({ requestId: context.requestId, level }, "an operator changed the log level");
        return Promise.resolve(shown());
      },
    }),
  ];
}
