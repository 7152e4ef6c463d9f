import { chmod, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import {
  startServerProcess,
  type ServerProcess,
} from "../../src/adapters/embedded/server-process.ts";
import { findNats } from "../../tools/programs.ts";
import { freePorts } from "../../tools/free-ports.ts";
import { temporaryRoot } from "./postgres.ts";

/** Servers of NATS with JetStream that an operator runs; each has a folder and ports of its own. */
export interface TestNats {
  /** Of each server, by index, with the credentials where there are any. */
  readonly urls: readonly string[];
  /** A client beside Maru's, to look and to disturb. */
  connect(index?: number): Promise<NatsConnection>;
  /** As if the power failed: SIGKILL. */
  kill(index?: number): Promise<void>;
  /** The server hangs, with its connections open. */
  pause(index?: number): void;
  resume(index?: number): void;
  /** Starts a server again that was killed, with what its folder holds. */
  restart(index?: number): Promise<void>;
  /** Removes what a killed server has stored. */
  wipe(index?: number): Promise<void>;
  stop(): Promise<void>;
}

export interface TestNatsOptions {
  /** 3: JetStream replicates. */
  readonly cluster?: 1 | 3;
  /** False: a server that only brings messages, and keeps none. */
  readonly jetStream?: boolean;
  readonly credentials?: { readonly user: string; readonly password: string };
}

const program = findNats();

/** Why tests with NATS are left out; null where they can be run. */
export const natsMissing =
  program === undefined
    ? "nats-server is missing, left out: the tests with NATS. On Debian: apt-get install nats-server."
    : null;

const traversableMode = 0o711;
const startsWithinMs = 30_000;
const pollMs = 50;
const quiet = (): void => undefined;

interface TestServer {
  readonly url: string;
  readonly store: string;
  readonly args: readonly string[];
  process: ServerProcess;
}

export async function startNats(options: TestNatsOptions = {}): Promise<TestNats> {
  const { cluster = 1, jetStream = true, credentials } = options;
  if (program === undefined) {
    throw new Error(natsMissing ?? "");
  }
  const binary = program;
  const root = await mkdtemp(join(await temporaryRoot(), "maru-test-nats-"));
  await chmod(root, traversableMode);
  const ports = await freePorts(2 * cluster);
  const clientPorts = ports.slice(0, cluster);
  const routes = ports.slice(cluster).map((port) => `nats://127.0.0.1:${port}`);
  const { user = "", password = "" } = credentials ?? {};
  const login = credentials === undefined ? "" : `${user}:${encodeURIComponent(password)}@`;

  function run(args: readonly string[]): ServerProcess {
    return startServerProcess(binary, args, { runAs: null, log: quiet });
  }

  const servers = clientPorts.map((port, index): TestServer => {
    const store = join(root, `n${index}`);
    const args = [
      ...["-a", "127.0.0.1", "-p", String(port), "-n", `n${index}`],
      ...(jetStream ? ["-js", "-sd", store] : []),
      ...(credentials === undefined ? [] : ["--user", user, "--pass", password]),
      ...(cluster === 1
        ? []
        : ["--cluster_name", "maru", "--cluster", routes[index] ?? "", "--routes", routes.join()]),
    ];
    return { url: `nats://${login}127.0.0.1:${port}`, store, args, process: run(args) };
  });

  function at(index: number): TestServer {
    const server = servers[index];
    if (server === undefined) {
      throw new Error(`there is no server ${index}`);
    }
    return server;
  }

  async function connectTo({ url }: TestServer): Promise<NatsConnection> {
    const { host } = new URL(url);
    const auth = credentials === undefined ? {} : { user, pass: password };
    return await connect({ servers: [host], reconnect: false, timeout: 1_000, ...auth });
  }

  /** Resolves when JetStream answers, which in a cluster needs a leader. */
  async function untilReady(server: TestServer): Promise<void> {
    const deadline = performance.now() + startsWithinMs;
    for (;;) {
      try {
        const nats = await connectTo(server);
        try {
          const manager = await jetstreamManager(nats, { checkAPI: false, timeout: 1_000 });
          if (jetStream) await manager.getAccountInfo();
          return;
        } finally {
          await nats.close();
        }
      } catch (error) {
        if (server.process.hasEnded() || performance.now() > deadline) {
          throw new Error(`nats-server did not start: ${server.process.cause()}`, { cause: error });
        }
      }
      await delay(pollMs);
    }
  }

  await Promise.all(servers.map(untilReady));
  return {
    urls: servers.map(({ url }) => url),
    connect: async (index = 0) => await connectTo(at(index)),
    async kill(index = 0) {
      at(index).process.signal("SIGKILL");
      await at(index).process.exited;
    },
    pause: (index = 0) => at(index).process.signal("SIGSTOP"),
    resume: (index = 0) => at(index).process.signal("SIGCONT"),
    async restart(index = 0) {
      const server = at(index);
      server.process = run(server.args);
      await untilReady(server);
    },
    wipe: async (index = 0) => await rm(at(index).store, { recursive: true, force: true }),
    async stop() {
      for (const { process } of servers) {
        process.signal("SIGKILL");
        await process.exited;
      }
      await rm(root, { recursive: true, force: true });
    },
  };
}
