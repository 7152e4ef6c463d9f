import { once } from "node:events";
import { createConnection as openSocket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import {
  AuthorizationError,
  connect,
  type NatsConnection,
  type Status,
} from "@nats-io/transport-node";
import { assert } from "../../kernel/assert.ts";
import type { Logger } from "../../ports/telemetry.ts";
import { parseAddress, type Address } from "./addresses.ts";
import { within } from "./within.ts";

/** A server that does not say who it is within this time is as good as away. */
const dialMs = 1_000;
/** Two pings without an answer end a connection: a server that hangs is left after two seconds. */
const pingMs = 500;
const pingsUnansweredMax = 2;
/** Between two attempts, with as much again by chance, so that nodes do not come all at once. */
const retryMs = 100;
const logEveryMs = 10_000;
/** What was sent before the end is given this long to leave. */
const drainMsMax = 400;

export interface ConnectionDeps {
  readonly urls: readonly string[];
  /** What the servers call this node. */
  readonly name: string;
  readonly logger: Logger;
  readonly monotonicMs: () => number;
  /** From 0 up to 1. */
  readonly chance: () => number;
  /** A connection is there, until the signal is aborted. */
  readonly opened: (connection: NatsConnection, lost: AbortSignal) => void;
}

export interface Connection {
  /** Connects in the background, and again and again whenever the connection is lost. */
  start(): void;
  /** Host and port of the server that is connected; null where none is. */
  host(): string | null;
  /** Null while connected, otherwise why not. */
  trouble(): string | null;
  stop(): Promise<void>;
}

interface Connected {
  readonly nats: NatsConnection;
  readonly host: string;
  readonly lost: AbortController;
}

/**
 * One connection after another, each to the next of the addresses and each with a client of its
 * own. The client library would connect again by itself, but says nothing of the attempts of its
 * first connection, cannot give them up, and keeps sockets to servers that accept and stay silent.
 */
export function createConnection(deps: ConnectionDeps): Connection {
  const { logger, monotonicMs, chance } = deps;
  const addresses = deps.urls.map(parseAddress);
  assert(addresses.length > 0, "NATS needs an address");
  const hosts = addresses.map(({ host }) => host).join(", ");
  const stopping = new AbortController();
  const stopped = (): boolean => stopping.signal.aborted;
  let connected: Connected | null = null;
  let problem: string | null = null;
  let loggedAtMs = Number.NEGATIVE_INFINITY;
  let running: Promise<void> = Promise.resolve();

  function explain(error: unknown, { host }: Address): string {
    if (error instanceof AuthorizationError) {
      return `NATS refuses the credentials at ${host}`;
    }
    return addresses.length === 1
      ? `NATS does not answer at ${host}`
      : `NATS does not answer at ${host}, one of ${hosts}`;
  }

  function report(said: string, error: unknown): void {
    const nowMs = monotonicMs();
    if (problem !== said || nowMs - loggedAtMs >= logEveryMs) {
      loggedAtMs = nowMs;
      logger.warn({ err: error }, `${said}; nodes follow the record until it does`);
    }
    problem = said;
  }

  /** Aborts `lost` at the connection's end, or at the first sign of it. */
  async function watch(nats: NatsConnection, lost: AbortController): Promise<void> {
    const ended = Promise.withResolvers<undefined>();
    const end = (): void => {
      connected = null;
      lost.abort();
      ended.resolve(undefined);
    };
    const heed = (status: Status): void => {
      if (status.type === "error") {
        logger.warn({ err: status.error }, "NATS refuses what was asked");
      } else if (status.type === "staleConnection" || status.type === "disconnect") {
        end();
        // Closing waits for nothing that a server which hangs would have to take.
        void nats.close();
      }
    };
    const listen = async (): Promise<void> => {
      for await (const status of nats.status()) {
        heed(status);
      }
    };
    void listen();
    void nats.closed().then(end);
    await ended.promise;
  }

  async function serve(nats: NatsConnection, host: string): Promise<void> {
    const lost = new AbortController();
    connected = { nats, host, lost };
    problem = null;
    logger.info({ host }, "Connected to NATS");
    deps.opened(nats, lost.signal);
    await watch(nats, lost);
  }

  async function attempt(address: Address): Promise<void> {
    try {
      await greeting(address, stopping.signal);
      const nats = await dial(address, deps.name);
      if (stopped()) {
        await nats.close();
        return;
      }
      await serve(nats, address.host);
      if (!stopped()) {
        report(explain(null, address), null);
      }
    } catch (error) {
      if (!stopped()) {
        report(explain(error, address), error);
      }
    }
  }

  async function run(): Promise<void> {
    // Nodes begin at different servers, and so share them.
    let next = Math.floor(chance() * addresses.length);
    while (!stopped()) {
      const address = addresses[next % addresses.length];
      assert(address !== undefined, "there is an address");
      await attempt(address);
      next += 1;
      await delay(retryMs * (1 + chance()), undefined, { signal: stopping.signal }).catch(
        () => undefined,
      );
    }
  }

  return {
    start() {
      running = run();
    },
    host: () => connected?.host ?? null,
    trouble: () =>
      connected === null ? (problem ?? `NATS does not answer yet at ${hosts}`) : null,
    async stop() {
      stopping.abort();
      if (connected !== null) {
        const { nats, lost } = connected;
        lost.abort();
        await within(drainMsMax, nats.drain());
        await nats.close();
      }
      await within(drainMsMax, running);
    },
  };
}

/**
 * Resolves when somebody speaks there. The client library keeps its socket where a server accepts
 * and stays silent, as one does that hangs; this finds out first.
 */
async function greeting({ host }: Address, stopping: AbortSignal): Promise<void> {
  const { hostname, port } = new URL(`nats://${host}`);
  const socket = openSocket({ host: hostname.replaceAll(/[[\]]/gu, ""), port: Number(port) });
  try {
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(dialMs)]);
    await once(socket, "data", { signal });
  } finally {
    socket.on("error", () => undefined);
    socket.destroy();
  }
}

async function dial(address: Address, name: string): Promise<NatsConnection> {
  const { user, password } = address;
  return await connect({
    servers: [address.host],
    name,
    noEcho: true,
    reconnect: false,
    ignoreClusterUpdates: true,
    timeout: dialMs,
    pingInterval: pingMs,
    maxPingOut: pingsUnansweredMax,
    noAsyncTraces: true,
    ...(address.tls ? { tls: {} } : {}),
    ...(user === null ? {} : password === null ? { token: user } : { user, pass: password }),
  });
}
