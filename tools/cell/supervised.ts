/**
 * One process of a cell over all its lives: started, waited for, watched, ended in order, and started again when it ends
 * unasked or hangs.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { sendSignal } from "../../src/adapters/embedded/processes.ts";
import type { RunAs } from "../../src/adapters/embedded/unprivileged-user.ts";
import { startTimeOf, type Recorded } from "./leftovers.ts";
import type { CellProcess, ProcessKind, ProcessName, ProcessState } from "./types.ts";

/** What is run under a name. */
export interface Part {
  readonly name: ProcessName;
  readonly kind: ProcessKind;
  readonly port: number;
  readonly url: string;
  readonly adminUrl: string | null;
  readonly logFile: string;
  readonly command: readonly [string, ...string[]];
  /** Asked at each start. */
  readonly environment: () => Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly runAs: RunAs | null;
  /** Makes way for each start. */
  prepare(): Promise<void>;
  isReady(): Promise<boolean>;
  /** Whether it answers at all; null where nobody may judge that from outside. */
  readonly isLive: (() => Promise<boolean>) | null;
  /** Ends it in order. */
  readonly stopSignal: NodeJS.Signals;
  /** After this long it is killed. */
  readonly stopWithinMs: number;
}

export interface SupervisedDeps {
  readonly onEvent: (text: string) => void;
  /** A process has begun or ended. */
  readonly onChange: () => void;
}

export interface Supervised extends CellProcess {
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  isReady(): Promise<boolean>;
  /** For the list by which leftovers are found. */
  recorded(): Recorded | null;
}

/** The first start again is at once; who keeps ending is waited for a little longer each time. */
const backOffMs = [0, 100, 250, 500, 1_000, 2_000, 3_000];
/** Who has run so long has not failed at its start. */
const settledMs = 10_000;
const readyPollMs = 50;
const watchEveryMs = 500;
/** `isLive` answers within this time. */
export const probeTimeoutMs = 1_000;
/** Who has not answered for so long is killed. */
const silentMs = 5_000;
/** Who has never answered may be filling its memory. */
const silentAtStartMs = 300_000;
/** Where this process itself stood still, silence says nothing. */
const stalledMs = 3 * probeTimeoutMs;

/** One run of the program. */
interface Life {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly startedAt: string;
  readonly ended: Promise<undefined>;
}

export function createSupervised(part: Part, deps: SupervisedDeps): Supervised {
  const { name } = part;
  let life: Life | null = null;
  let state: ProcessState = "stopped";
  let isWanted = false;
  let isLaunching = false;
  let starts = 0;
  let failures = 0;
  let supervised = true;

  async function launch(): Promise<void> {
    if (life !== null || isLaunching || !isWanted) return;
    isLaunching = true;
    state = "starting";
    let hasBegun = false;
    try {
      await part.prepare();
      if (wanted()) {
        run();
        hasBegun = true;
      }
    } catch (error) {
      state = "ended";
      failures += 1;
      deps.onEvent(`${name} cannot be started: ${error instanceof Error ? error.message : ""}`);
    } finally {
      isLaunching = false;
    }
    if (!hasBegun) startAgain();
  }

  /** `stop` may have come while something was waited for. */
  const wanted = (): boolean => isWanted;

  function run(): void {
    const log = openSync(part.logFile, "a", 0o600);
    const [program, ...args] = part.command;
    const startedMs = performance.now();
    let child: ChildProcess;
    try {
      child = spawn(program, args, {
        cwd: part.cwd,
        env: { ...part.environment() },
        stdio: ["ignore", log, log],
        // A terminal's Ctrl-C must reach the cell alone, which ends its parts in order.
        detached: true,
        ...(part.runAs === null ? {} : { uid: part.runAs.uid, gid: part.runAs.gid }),
      });
    } finally {
      closeSync(log);
    }
    const { promise, resolve } = Promise.withResolvers<undefined>();
    child.once("error", (error) => {
      if (child.pid === undefined) deps.onEvent(`${name} cannot be run: ${error.message}`);
    });
    if (child.pid === undefined) throw new Error(`${program} does not start`);
    const begun: Life = {
      child,
      pid: child.pid,
      startedAt: startTimeOf(child.pid) ?? "",
      ended: promise,
    };
    child.once("exit", (code, signal) => {
      const ranMs = performance.now() - startedMs;
      life = null;
      failures = ranMs >= settledMs ? 0 : failures + 1;
      resolve(undefined);
      deps.onChange();
      if (!isWanted) {
        state = "stopped";
        return;
      }
      state = "ended";
      const way = signal ?? `exit code ${code ?? 0}`;
      deps.onEvent(
        `${name} has ended unasked (${way})${supervised ? "; it is started again" : ""}`,
      );
      startAgain();
    });
    life = begun;
    starts += 1;
    deps.onChange();
    void becomeReady(begun);
    void watch(begun);
  }

  function startAgain(): void {
    if (!isWanted || !supervised) return;
    const waitMs = backOffMs[Math.min(failures, backOffMs.length) - 1] ?? 0;
    setTimeout(() => void launch(), waitMs);
  }

  async function becomeReady(begun: Life): Promise<void> {
    while (!(await part.isReady())) {
      if (hasEnded(begun)) return;
      await delay(readyPollMs);
    }
    if (!hasEnded(begun) && isWanted) state = "ready";
  }

  async function watch(begun: Life): Promise<void> {
    if (part.isLive === null) return;
    let answeredMs = performance.now();
    let patienceMs = silentAtStartMs;
    for (;;) {
      const beforeMs = performance.now();
      await delay(watchEveryMs);
      const isLive = await part.isLive();
      if (hasEnded(begun) || !isWanted) return;
      const nowMs = performance.now();
      if (isLive) patienceMs = silentMs;
      if (isLive || !supervised || nowMs - beforeMs > stalledMs) answeredMs = nowMs;
      if (nowMs - answeredMs < patienceMs) continue;
      deps.onEvent(`${name} has not answered for ${Math.round(patienceMs / 1000)} s; it is killed`);
      sendSignal(begun.pid, "SIGKILL");
      return;
    }
  }

  const hasEnded = ({ child }: Life): boolean =>
    child.exitCode !== null || child.signalCode !== null;

  return {
    name,
    kind: part.kind,
    port: part.port,
    url: part.url,
    adminUrl: part.adminUrl,
    logFile: part.logFile,
    get pid() {
      return life?.pid ?? null;
    },
    get state() {
      return state;
    },
    get starts() {
      return starts;
    },
    get supervised() {
      return supervised;
    },
    set supervised(value) {
      supervised = value;
      if (state === "ended") startAgain();
    },
    start() {
      isWanted = true;
      return launch();
    },
    async stop() {
      isWanted = false;
      // A start that is under way sees that it is not wanted any more.
      while (isLaunching) await delay(readyPollMs);
      const ending = life;
      if (ending === null) {
        state = "stopped";
        return;
      }
      sendSignal(ending.pid, part.stopSignal);
      const patience = new AbortController();
      await Promise.race([
        ending.ended,
        delay(part.stopWithinMs, undefined, { signal: patience.signal }).catch(() => undefined),
      ]);
      patience.abort();
      if (!hasEnded(ending)) {
        deps.onEvent(`${name} does not end in order; it is killed`);
        sendSignal(ending.pid, "SIGKILL");
      }
      await ending.ended;
    },
    kill(signal) {
      if (life !== null) sendSignal(life.pid, signal);
    },
    isReady: async () => life !== null && state === "ready" && (await part.isReady()),
    recorded: () => (life === null ? null : { name, pid: life.pid, startedAt: life.startedAt }),
  };
}
