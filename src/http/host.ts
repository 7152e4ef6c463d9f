import type { Job, HealthCheck } from "../ports/module.ts";
import type { Route } from "../ports/routes.ts";
import { createDocsRoutes } from "./docs-routes.ts";
import { createExpiryJob } from "./expiry.ts";
import type { ListenAddress } from "./listener.ts";
import { createOpenApi, type OpenApiDocument } from "./openapi.ts";
import { createHttpServer, type ServerDeps } from "./server.ts";

/** The public API with its reference. */
export interface HttpHost {
  /** Port 0 takes a free one; the answer tells which. */
  listen(address: ListenAddress): Promise<ListenAddress>;
  /** Takes what the node's other threads forward. */
  listenInside(socketPath: string): Promise<void>;
  /** Ready while it serves: not before `listen`, and not once it drains. */
  readonly healthCheck: HealthCheck;
  /** Deletes idempotency keys that are a day old. */
  readonly jobs: readonly Job[];
  /** Streams of events that are open: how many look at a feed. */
  streams(): number;
  /** Goes on serving for `drainDelayMs`, then finishes what runs, within `drainTimeoutMs`. */
  drain(): Promise<void>;
  /** Ends at once what still runs. Safe to call again, and after a drain. */
  close(): Promise<void>;
  /** The reference as it is served at `/openapi.json`. */
  openapi(): OpenApiDocument;
}

export interface HttpHostDeps extends Omit<ServerDeps, "name"> {
  /** Of Maru, in the reference. */
  readonly version: string;
}

export function createHttpHost(deps: HttpHostDeps): HttpHost {
  const document = createOpenApi(deps.routes, deps.version);
  const routes: readonly Route[] = [...deps.routes, ...createDocsRoutes(document, deps.routes)];
  const server = createHttpServer({ ...deps, routes, name: "main" });
  return {
    listen: server.listen,
    listenInside: server.listenInside,
    healthCheck: server.healthCheck,
    jobs: [createExpiryJob(deps.record)],
    streams: server.streams,
    drain: server.drain,
    close: server.close,
    openapi: () => document,
  };
}
