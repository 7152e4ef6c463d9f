import { internalContext, type Context } from "../../kernel/context.ts";
import { deadlineAfter } from "../../kernel/deadline.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Job } from "../../ports/module.ts";
import type { RecordPort } from "../../ports/record.ts";
import type { Logger } from "../../ports/telemetry.ts";
import type { Build } from "./build.ts";
import { deleteUnseen, insertFile, touchFiles } from "./store.ts";

/**
 * Keeps a running build's files in the record, for other nodes and for later ones: writes what is
 * missing when the node starts, and says every hour that the build still runs.
 */
export interface KeepBuild {
  /** Resolves when the files are there, or could not be written just now: that is tried again. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface KeepBuildDeps {
  readonly record: RecordPort;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly times?: Partial<KeepBuildTimes>;
}

export interface KeepBuildTimes {
  /** Between two moments at which the build is said to run. */
  readonly seenEveryMs: number;
  /** After a failure; doubled with each further one. */
  readonly retryMs: number;
  readonly retryMsMax: number;
}

/** Only what has a hash in its name is the same for good; the page refers to nothing else. */
const keptFolder = "/assets/";
const hourMs = 3_600_000;
const timesDefault: KeepBuildTimes = {
  seenEveryMs: hourMs,
  retryMs: 5_000,
  retryMsMax: 60_000,
};
const attemptTimeoutMs = 5_000;

export function createKeepBuild(deps: KeepBuildDeps, build: Build): KeepBuild {
  const times = { ...timesDefault, ...deps.times };
  const files = [...build.files].filter(([path]) => path.startsWith(keptFolder)).sort(byPath);
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let failures = 0;
  let stopped = false;

  function context(): Context {
    const deadline = deadlineAfter(attemptTimeoutMs, () => deps.clock.monotonicMs());
    return { ...internalContext("web-keep-build"), deadline };
  }

  async function keep(): Promise<void> {
    const paths = files.map(([path]) => path);
    const { value: present } = await deps.record.write(context(), ({ sql }) =>
      touchFiles(sql, paths, build.id),
    );
    const known = new Set(present);
    for (const [path, { mediaType, plain }] of files.filter(([each]) => !known.has(each))) {
      const row = { path, build: build.id, media: mediaType, bytes: plain };
      await deps.record.write(context(), ({ sql }) => insertFile(sql, row));
    }
  }

  async function attempt(): Promise<void> {
    try {
      await keep();
      failures = 0;
    } catch (error) {
      failures += 1;
      deps.logger.warn(
        { error, build: build.id },
        "the files of the web client could not be kept in the record, which is tried again",
      );
    }
    if (!stopped) {
      timer = setTimeout(() => {
        running = attempt();
      }, delayMs()).unref();
    }
  }

  function delayMs(): number {
    return failures === 0
      ? times.seenEveryMs
      : Math.min(times.retryMs * 2 ** (failures - 1), times.retryMsMax);
  }

  return {
    start() {
      running = attempt();
      return running;
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

function byPath([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

/** Long enough for a tab that was left open over a holiday. */
const keptS = 30 * 24 * 60 * 60;
const forgetEveryMs = 6 * hourMs;
/** Short transactions, so that nobody waits behind them. */
const batchRows = 100;

/** Removes files of builds that no node has run for a month. */
export function createForgetJob(record: RecordPort): Job {
  return {
    name: "web.forget-builds",
    everyMs: forgetEveryMs,
    async run() {
      const context = internalContext("job-web.forget-builds");
      for (let deleted = batchRows; deleted === batchRows;) {
        const { value } = await record.write(context, ({ sql }) =>
          deleteUnseen(sql, keptS, batchRows),
        );
        deleted = value;
      }
    },
  };
}
