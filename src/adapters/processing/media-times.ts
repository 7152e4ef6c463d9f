import type { MediaKind } from "../../ports/processing.ts";
import type { TimeBounds } from "./media-job.ts";
import type { Task } from "./messages.ts";

/** How long the work on a file may take, by what is done with which. */
export type Times = Readonly<Record<Task["kind"], Readonly<Record<MediaKind, TimeBounds>>>>;

const msPerS = 1_000;
/** Whoever asks waits for it. */
const probe: TimeBounds = { cpuMsMax: 4 * msPerS, wallMsMax: 12 * msPerS };
const preview: TimeBounds = { cpuMsMax: 10 * msPerS, wallMsMax: 20 * msPerS };
const photo: TimeBounds = { cpuMsMax: 60 * msPerS, wallMsMax: 300 * msPerS };
/** Of the time that a video may take: with less than that computed, the machine was too busy for it. */
const computedPart = 0.8;

export function timesFor(makingTimeoutMs: number): Times {
  const video: TimeBounds = {
    cpuMsMax: makingTimeoutMs * computedPart,
    wallMsMax: makingTimeoutMs,
  };
  const image: TimeBounds = {
    cpuMsMax: Math.min(photo.cpuMsMax, video.cpuMsMax),
    wallMsMax: Math.min(photo.wallMsMax, video.wallMsMax),
  };
  return {
    probe: { image: probe, video: probe },
    make: { image, video },
    preview: { image: preview, video: preview },
  };
}
