import { resolve } from "node:path";
import type { Clock } from "../../ports/clock.ts";
import type { Made, MediaProcessing, Probed, Refused } from "../../ports/processing.ts";
import type { Logger, Metrics } from "../../ports/telemetry.ts";
import { checkMade } from "./made-files.ts";
import { startMediaChild } from "./media-child.ts";
import { createMediaChildren, type MediaChildren } from "./media-children.ts";
import { timesFor, type Times } from "./media-times.ts";
import type { Answer, MediaLimits, Task } from "./messages.ts";
import { sniff } from "./sniff.ts";
import { findVideoPrograms } from "./video-programs.ts";

export interface MediaProcessingOptions {
  readonly limits: MediaLimits;
  /** Files of which something is made at once; beside them one is probed, and one made for a link. */
  readonly atOnceMax: number;
  /** Of real memory, for one file. */
  readonly memoryBytesMax: number;
  /** For one file, from when its turn has come. */
  readonly makingTimeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Names or paths of the programs. */
  readonly ffmpeg?: string;
  readonly ffprobe?: string;
  readonly times?: Partial<Times>;
  /** A process that has had nothing to do for so long gives its memory back. */
  readonly idleMsMax?: number;
}

/** What serves people comes first on a core that both want: it gets nearly 30 times as much. */
const niceness = 15;
/** Nine times as much, where somebody waits for the answer. */
const waitedForNiceness = 10;

/** Whoever comes then would wait for longer than anybody does. */
const probesWaitingMax = 64;

const msPerS = 1_000;
const idleMsUsual = 30 * msPerS;
const secondsBuckets = [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1_000];

/** Photos by libvips and videos by ffmpeg, in processes of their own: see `media-process.ts`. */
export async function createMediaProcessing(
  options: MediaProcessingOptions,
): Promise<MediaProcessing> {
  const { limits, atOnceMax, memoryBytesMax, makingTimeoutMs, clock, logger, metrics } = options;
  const { ffmpeg = "ffmpeg", ffprobe = "ffprobe", idleMsMax = idleMsUsual } = options;
  const { programs, missing } = await findVideoPrograms({ ffmpeg, ffprobe });
  const times = { ...timesFor(makingTimeoutMs), ...options.times };
  const pool = (countMax: number, niceness: number): MediaChildren =>
    createMediaChildren({
      countMax,
      idleMsMax,
      start: () => startMediaChild({ memoryBytesMax, niceness }),
    });
  // Whoever sends a file or shows a link does not wait behind the video of somebody else.
  const pools = {
    make: pool(atOnceMax, niceness),
    probe: pool(1, waitedForNiceness),
    preview: pool(1, niceness),
  };

  const outcomes = metrics.counter(
    "maru_media_files_total",
    "Photos and videos that were worked on, by what came of it.",
    ["task", "outcome"],
  );
  const cpuSeconds = metrics.histogram(
    "maru_media_file_cpu_seconds",
    "CPU time of the work on a photo or video, where the system tells it.",
    secondsBuckets,
    ["task"],
  );
  metrics.gauge(
    "maru_media_files_waiting",
    "Photos and videos that wait for a process to work on them.",
    () => pools.make.waiting() + pools.probe.waiting() + pools.preview.waiting(),
  );

  async function ask(task: Task, signal: AbortSignal): Promise<Answer> {
    const { kind } = task;
    const bounds = times[kind];
    const work = {
      task,
      limits,
      video: programs,
      memoryBytesMax,
      // The node ends it before; this is for a program that the node does not see any more.
      programSecondsMax: (2 * bounds.video.wallMsMax) / msPerS,
    };
    try {
      const { answer, used } = await pools[kind].run(work, { signal, bounds, clock });
      outcomes.add(1, { task: kind, outcome: "fault" in answer ? answer.fault : answer.kind });
      cpuSeconds.observe(used.cpuMs / msPerS, { task: kind });
      logger.debug({ task: kind, answer: answer.kind, ...used }, "a media file is done");
      if (answer.kind === "refused" && answer.fault === "too_costly") {
        logger.warn({ task: kind, ...used }, "a media file wants more than it is given");
      }
      return answer;
    } catch (error) {
      outcomes.add(1, { task: kind, outcome: signal.aborted ? "aborted" : "lost" });
      throw error;
    }
  }

  async function make(
    task: Exclude<Task, { kind: "probe" }>,
    signal: AbortSignal,
  ): Promise<Made | Refused> {
    const answer = await ask(task, signal);
    return answer.kind === "made" ? checkMade(answer.made, task.folder) : refusedIn(answer);
  }

  return {
    videoMissing: missing,
    sniff,
    async probe(path, signal): Promise<Probed | Refused> {
      if (pools.probe.waiting() >= probesWaitingMax) {
        throw new Error("too many files wait to be looked into");
      }
      const answer = await ask({ kind: "probe", path: resolve(path) }, signal);
      return answer.kind === "probed" ? answer.probed : refusedIn(answer);
    },
    make: (path, folder, signal) => make({ kind: "make", ...absolute(path, folder) }, signal),
    makePreview: (path, folder, signal) =>
      make({ kind: "preview", ...absolute(path, folder) }, signal),
    async close() {
      await Promise.all(Object.values(pools).map((own) => own.close()));
    },
  };
}

/** The processes for media have another working directory than the node. */
function absolute(
  path: string,
  folder: string,
): { readonly path: string; readonly folder: string } {
  return { path: resolve(path), folder: resolve(folder) };
}

function refusedIn(answer: Answer): Refused {
  if (answer.kind === "refused") {
    return { fault: answer.fault };
  }
  const why = answer.kind === "failed" ? answer.message : `it answers ${answer.kind}`;
  throw new Error(`a media file could not be worked on: ${why}`);
}
