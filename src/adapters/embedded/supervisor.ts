import type { ChildProcess } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import type { UsableBinaries } from "./binaries.ts";
import { probe, type PostgresConnection } from "./connection.ts";
import { makePrivate, type Layout } from "./data-folder.ts";
import { DataFolderError, fromServerOutput } from "./data-folder-error.ts";
import { endOldServer, killProcessesIn } from "./processes.ts";
import { spawnProgram } from "./programs.ts";
import { createLogReader, type ServerLog } from "./server-log.ts";
import { serverArguments } from "./server-settings.ts";
import type { RunAs } from "./unprivileged-user.ts";

export type ServerState = "up" | "down" | "failed";

export interface SupervisorDeps {
  readonly layout: Layout;
  readonly binaries: UsableBinaries;
  readonly runAs: RunAs | null;
  readonly connection: PostgresConnection;
  readonly settings: Readonly<Record<string, string>>;
  readonly log: ServerLog;
  readonly onStateChange: (state: ServerState, cause?: string) => void;
}

export interface Supervisor {
  /** Resolves when the server answers, or rejects with a DataFolderError when it cannot start. Called once. */
  start(): Promise<void>;
  /** Shuts the server down in order, and harder if that takes too long. Every call gets the same promise. */
  stop(): Promise<void>;
}

/** The first restart is immediate; then a server that fails at once is given more and more time. */
const restartDelaysMs = [0, 100, 250, 500, 1_000, 2_000] as const;
/** So many failures in a row are a state of their own, which a person should look at. */
const failuresMax = restartDelaysMs.length;
/** The pace after a series of failures: a mended cause is noticed this soon. */
const slowRestartMs = 3_000;
/** A server that has been up for this long has not failed at once. */
const stableMs = 30_000;
const readyPollMs = 15;
/** A recovery may take minutes; while it goes on, the log says so this often. */
const stillStartingMs = 10_000;
const oldServerMs = 30_000;
const occupiedRetryMs = 200;
const fastShutdownMs = 20_000;
const immediateShutdownMs = 5_000;

interface Run {
  readonly child: ChildProcess;
  readonly exited: Promise<string>;
  lastFailure(): string | null;
}

export function createSupervisor(deps: SupervisorDeps): Supervisor {
  const { layout, log } = deps;
  const stopping = new AbortController();
  const isStopping = (): boolean => stopping.signal.aborted;
  let current: Run | null = null;
  let watching: Promise<void> | null = null;
  let stopped: Promise<void> | null = null;

  // A process that exits without an orderly stop takes its server along.
  const onExit = (): void => {
    current?.child.kill("SIGINT");
  };

  function spawnServer(): Run {
    const child = spawnProgram(
      deps.binaries.postgres,
      serverArguments(layout.clusterDir, deps.connection, deps.settings),
      { runAs: deps.runAs, ownGroup: true },
    );
    const reader = createLogReader(log);
    let unreadable = "";
    const exited = new Promise<string>((resolve) => {
      child.once("error", (error) => {
        unreadable = error.message;
        if (child.pid === undefined) resolve(error.message);
      });
      child.once("exit", (exitCode, signal) => {
        resolve(
          signal === null
            ? `it ended with exit code ${String(exitCode)}`
            : `it was ended by ${signal}`,
        );
      });
    });
    child.stdin?.on("error", () => undefined);
    child.stdin?.end();
    child.stdout?.resume();
    child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
      reader.add(chunk);
    });
    const run: Run = {
      child,
      exited,
      lastFailure: () => reader.lastFailure() ?? (unreadable === "" ? null : unreadable),
    };
    current = run;
    return run;
  }

  /** Starts one server and waits until it answers. */
  async function launch(): Promise<Run> {
    const { socketDir } = deps.connection;
    await endOldServer({ clusterDir: layout.clusterDir, socketDir }, log);
    await makePrivate(socketDir, deps.runAs);
    stopping.signal.throwIfAborted();
    const run = spawnServer();
    let nextNoticeAt = performance.now() + stillStartingMs;
    for (;;) {
      const answer = await probe(deps.connection);
      if (hasEnded(run)) {
        throw fromServerOutput(run.lastFailure() ?? (await run.exited), layout.clusterDir);
      }
      if (answer.state === "ready" || answer.state === "no-database") return run;
      if (answer.state === "bad-password") {
        await shutDown(run);
        throw new DataFolderError(
          "start-failed",
          `The password in ${layout.secretsFile} is not the one of the database beside it. Restore the file that belongs to it, or remove the file to have a new password set.`,
        );
      }
      if (performance.now() >= nextNoticeAt) {
        nextNoticeAt += stillStartingMs;
        log("info", `Still waiting for PostgreSQL: ${answer.reason}`);
      }
      await Promise.race([run.exited, delay(readyPollMs)]);
    }
  }

  /** The memory of an old server is released when its last child has gone, which cannot be hastened on every system. */
  async function launchFirst(): Promise<Run> {
    const deadline = performance.now() + oldServerMs;
    for (;;) {
      try {
        return await launch();
      } catch (error) {
        const occupied =
          error instanceof Error &&
          /pre-existing shared memory|postmaster\.pid" already exists/.test(error.message);
        if (!occupied || performance.now() >= deadline) throw error;
        await pause(occupiedRetryMs);
      }
    }
  }

  async function shutDown(run: Run): Promise<void> {
    if (hasEnded(run)) return;
    for (const [signal, timeoutMs] of [
      ["SIGINT", fastShutdownMs],
      ["SIGQUIT", immediateShutdownMs],
    ] as const) {
      run.child.kill(signal);
      await Promise.race([run.exited, delay(timeoutMs, undefined, { ref: false })]);
      if (hasEnded(run)) return;
      log("warn", `PostgreSQL did not end within ${String(timeoutMs)} ms after ${signal}`);
    }
    run.child.kill("SIGKILL");
    await killProcessesIn(layout.clusterDir);
    await run.exited;
  }

  async function keepUp(first: Run): Promise<void> {
    let run: Run | null = first;
    let upSince = performance.now();
    let failures = 0;
    let reported: string | null = null;
    while (!isStopping()) {
      let cause: string;
      if (run !== null) {
        const how = await run.exited;
        if (isStopping()) return;
        cause = run.lastFailure() ?? how;
        failures = performance.now() - upSince >= stableMs ? 0 : failures;
        log("error", `PostgreSQL went down: ${cause}`);
        deps.onStateChange(failures < failuresMax ? "down" : "failed", cause);
      }
      await pause(restartDelaysMs[failures] ?? slowRestartMs);
      if (isStopping()) return;
      try {
        run = await launch();
        upSince = performance.now();
        failures += 1;
        reported = null;
        log("info", "PostgreSQL is back");
        deps.onStateChange("up");
      } catch (error) {
        run = null;
        if (isStopping()) return;
        failures += 1;
        cause = error instanceof Error ? error.message : String(error);
        if (failures >= failuresMax && cause !== reported) {
          reported = cause;
          log(
            "error",
            `PostgreSQL stays down, retrying every ${String(slowRestartMs)} ms: ${cause}`,
          );
          deps.onStateChange("failed", cause);
        }
      }
    }
  }

  async function pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: stopping.signal }).catch(() => undefined);
  }

  return {
    async start() {
      process.once("exit", onExit);
      try {
        const first = await launchFirst();
        watching = keepUp(first);
      } catch (error) {
        process.removeListener("exit", onExit);
        throw error;
      }
    },
    stop() {
      stopped ??= (async () => {
        stopping.abort();
        if (current !== null) await shutDown(current);
        await watching;
        process.removeListener("exit", onExit);
      })();
      return stopped;
    },
  };
}

function hasEnded({ child }: Run): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}
