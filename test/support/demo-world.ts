import { chmod, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { startNode, type RunningNode } from "../../src/compose.ts";
import { parseConfig, type Config } from "../../src/config.ts";
import { openCommunity, type Community } from "../../src/demo/community.ts";
import type { Progress } from "../../src/demo/fill.ts";
import type { Clock } from "../../src/ports/clock.ts";
import { connectApi, expectStatus, type Api, type Person } from "./api-client.ts";
import { temporaryRoot } from "./postgres.ts";

/** A node with the sample community, whose time stands still until it is let run, fast. */
export interface DemoWorld {
  readonly api: Api;
  readonly community: Community;
  /** What the fill told of itself since the last start. */
  readonly progress: readonly Progress[];
  readonly config: Config;
  /** From now on its time runs, half a second in each of our milliseconds. */
  run(): void;
  signIn(handle: string): Promise<Person>;
  /** Ends the node, lets `meanwhile` happen, and starts it again, its time standing still. */
  restart(meanwhile?: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

const traversableMode = 0o711;
const seed = 7;
const tickMs = 1;

interface Time {
  readonly clock: Clock;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  run(): void;
}

function standingTime(): Time {
  let passedMs = 0;
  let isRunning = false;
  const running = Promise.withResolvers<undefined>();
  return {
    clock: {
      nowMs: () => Date.now() + passedMs,
      monotonicMs: () => performance.now() + passedMs,
    },
    async sleep(ms, signal) {
      if (!isRunning) {
        const aborted = new Promise((resolve) => {
          signal.addEventListener("abort", resolve, { once: true });
        });
        await Promise.race([running.promise, aborted]);
      }
      await wait(tickMs);
      passedMs += ms;
    },
    run() {
      isRunning = true;
      running.resolve(undefined);
    },
  };
}

/** `storiesMax`: how many stories each member keeps. */
export async function openDemoWorld(storiesMax?: number): Promise<DemoWorld> {
  const folder = await mkdtemp(join(await temporaryRoot(), "maru-demo-"));
  await chmod(folder, traversableMode);
  const config = parseConfig({
    MARU_HOST: "127.0.0.1",
    MARU_PORT: "0",
    MARU_ADMIN_PORT: "0",
    MARU_LOG_LEVEL: "error",
    MARU_DEMO: "true",
    MARU_DATA: join(folder, "data"),
  });

  async function start() {
    const time = standingTime();
    const progress: Progress[] = [];
    const community = await openCommunity({
      seed,
      sleep: time.sleep,
      clock: time.clock,
      onProgress: (step) => progress.push(step),
      ...(storiesMax === undefined ? {} : { storiesMax }),
    });
    const demo = { accounts: community.signIns };
    const program = { version: "0.0.0-test", isTracing: false, community, demo };
    const node: RunningNode = await startNode(config, program);
    const api = await connectApi(`http://127.0.0.1:${String(node.api.port)}`);
    return { time, progress, community, node, api };
  }

  let now = await start();
  async function end(): Promise<void> {
    now.api.close();
    await now.node.stop();
  }
  return {
    get api() {
      return now.api;
    },
    get community() {
      return now.community;
    },
    get progress() {
      return now.progress;
    },
    config,
    run() {
      now.time.run();
    },
    async signIn(handle) {
      const { password = "" } =
        now.community.signIns.find((known) => known.handle === handle) ?? {};
      const body = { handle, password };
      const reply = expectStatus(await now.api.send("POST", "/v1/sessions", { body }), 201);
      const { account, token } = reply.body;
      return now.api.withToken({ id: account.id, handle, password } as Person, token);
    },
    async restart(meanwhile) {
      await end();
      await meanwhile?.();
      now = await start();
    },
    async stop() {
      await end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
