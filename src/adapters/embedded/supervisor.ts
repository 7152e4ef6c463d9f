import { setTimeout as delay } from "node:timers/promises";
import type { UsableBinaries } from "./binaries.ts";
import { probe, type PostgresConnection } from "./connection.ts";
import { makePrivate, type Layout } from "./data-folder.ts";
import { DataFolderError, fromServerOutput } from "./data-folder-error.ts";
import { endOldServer, killProcessesIn } from "./processes.ts";
import type { ServerLog } from "./server-log.ts";
import { startServerProcess, type ServerProcess } from "./server-process.ts";
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
/** A server that does not answer for so long when it is to be ended hangs, and will not end in order. */
const answerMs = 2_000;
const hangingShutdownMs = 1_000;

export function createSupervisor(deps: SupervisorDeps): Supervisor {
  const { layout, log } = deps;
  const stopping = new AbortController();
  const isStopping = (): boolean => stopping.signal.aborted;
  let current: ServerProcess | null = null;
  let watching: Promise<void> | null = null;
  let stopped: Promise<void> | null = null;

  // A process that exits without an orderly stop takes its server along.
  const onExit = (): void => {
    current?.signal("SIGINT");
  };

  /** Starts one server and waits until it answers; a quiet one repeats nothing before it does. */
  async function launch(options: { readonly quiet: boolean }): Promise<ServerProcess> {
    let muted = options.quiet;
    const quietLog: ServerLog = (level, message, fields) => {
      if (!muted) log(level, message, fields);
    };
    const { socketDir } = deps.connection;
    await endOldServer({ clusterDir: layout.clusterDir, socketDir }, quietLog);
    await makePrivate(socketDir, deps.runAs);
    stopping.signal.throwIfAborted();
    const run = startServerProcess(
      deps.binaries.postgres,
      serverArguments(layout.clusterDir, deps.connection, deps.settings),
      { runAs: deps.runAs, log: quietLog },
    );
    current = run;
    let nextNoticeAt = performance.now() + stillStartingMs;
    for (;;) {
      const answer = await probe(deps.connection);
      if (run.hasEnded()) {
        await run.exited;
        throw fromServerOutput(run.cause(), layout.clusterDir);
      }
      if (answer.state === "ready" || answer.state === "no-database") {
        muted = false;
        return run;
      }
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
      await run.endsWithin(readyPollMs);
    }
  }

  /** The memory of an old server is released when its last child has gone, which cannot be hastened on every system. */
  async function launchFirst(): Promise<ServerProcess> {
    const deadline = performance.now() + oldServerMs;
    for (;;) {
      try {
        return await launch({ quiet: false });
      } catch (error) {
        const occupied =
          error instanceof Error &&
          /pre-existing shared memory|postmaster\.pid" already exists/.test(error.message);
        if (!occupied || performance.now() >= deadline) throw error;
        await pause(occupiedRetryMs);
      }
    }
  }

  async function isSilent(): Promise<boolean> {
    const expired = new AbortController();
    const tooLate = delay(answerMs, true, { signal: expired.signal }).catch(() => true);
    const answered = probe(deps.connection).then(() => false);
    const silent = await Promise.race([answered, tooLate]);
    expired.abort();
    return silent;
  }

  async function shutDown(run: ServerProcess): Promise<void> {
    if (run.hasEnded()) return;
    const hangs = await isSilent();
    for (const [signal, timeoutMs] of [
      ["SIGINT", hangs ? hangingShutdownMs : fastShutdownMs],
      ["SIGQUIT", hangs ? hangingShutdownMs : immediateShutdownMs],
    ] as const) {
      run.signal(signal);
      if (await run.endsWithin(timeoutMs)) return;
      log("warn", `PostgreSQL did not end within ${String(timeoutMs)} ms after ${signal}`);
    }
    run.signal("SIGKILL");
    await killProcessesIn(layout.clusterDir);
    await run.exited;
  }

  async function keepUp(first: ServerProcess): Promise<void> {
    let run: ServerProcess | null = first;
    let upSince = performance.now();
    let failures = 0;
    let reported: string | null = null;
    while (!isStopping()) {
      let cause: string;
      if (run !== null) {
        await run.exited;
        if (isStopping()) return;
        cause = run.cause();
        failures = performance.now() - upSince >= stableMs ? 0 : failures;
        log("error", `PostgreSQL went down: ${cause}`);
        deps.onStateChange(failures < failuresMax ? "down" : "failed", cause);
      }
      await pause(restartDelaysMs[failures] ?? slowRestartMs);
      if (isStopping()) return;
      try {
        run = await launch({ quiet: failures >= failuresMax });
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
