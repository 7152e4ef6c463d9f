import { setTimeout as delay } from "node:timers/promises";
import {
  startServerProcess,
  type ServerProcess,
} from "../../src/adapters/embedded/server-process.ts";
import { answersPing } from "../../tools/cell/probes.ts";
import { findRedis } from "../../tools/programs.ts";
import { freePorts } from "../../tools/free-ports.ts";

/** A Valkey, or Redis, that an operator runs: with a password, and nothing on disk. */
export interface TestValkey {
  readonly url: string;
  /** As if the power failed: SIGKILL. */
  kill(): Promise<void>;
  /** It hangs, with its connections open. */
  pause(): void;
  resume(): void;
  /** Starts it again, empty. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const program = findRedis();

/** Why tests with Valkey are left out; null where they can be run. */
export const valkeyMissing =
  program === undefined
    ? "redis-server or valkey-server is missing, left out: the tests with Valkey. On Debian: apt-get install redis-server."
    : null;

const password = "p@ss word";
const startsWithinMs = 30_000;
const probeMs = 1_000;
const pollMs = 20;

export async function startValkey(): Promise<TestValkey> {
  if (program === undefined) throw new Error(valkeyMissing ?? "");
  const binary = program;
  const [port = 0] = await freePorts(1);

  async function run(): Promise<ServerProcess> {
    const args = ["--bind", "127.0.0.1", "--port", String(port), "--save", ""];
    const started = startServerProcess(binary, [...args, "--requirepass", password], {
      runAs: null,
      log: () => undefined,
    });
    const deadline = performance.now() + startsWithinMs;
    while (!(await answersPing(port, probeMs))) {
      if (started.hasEnded() || performance.now() > deadline) {
        throw new Error(`${binary} did not start: ${started.cause()}`);
      }
      await delay(pollMs);
    }
    return started;
  }

  let server = await run();

  async function kill(): Promise<void> {
    server.signal("SIGKILL");
    await server.exited;
  }

  return {
    url: `redis://:${encodeURIComponent(password)}@127.0.0.1:${port}`,
    kill,
    pause: () => server.signal("SIGSTOP"),
    resume: () => server.signal("SIGCONT"),
    async restart() {
      await kill();
      server = await run();
    },
    stop: kill,
  };
}
