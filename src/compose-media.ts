import path from "node:path";
import { createFileBlobs } from "./adapters/files/blobs.ts";
import { createOutsideWeb } from "./adapters/outside/outside-web.ts";
import { createMediaProcessing } from "./adapters/processing/media-processing.ts";
import { mediaSettings as defaults } from "./config-media.ts";
import type { Config } from "./config.ts";
import { filesReceivedMax, filesSentMax } from "./http/settings.ts";
import type { MediaSettings } from "./modules/media/settings.ts";
import type { BlobStore } from "./ports/blobs.ts";
import type { Clock } from "./ports/clock.ts";
import type { OutsideWeb } from "./ports/outside-web.ts";
import type { MediaProcessing } from "./ports/processing.ts";
import type { Logger, Metrics } from "./ports/telemetry.ts";

/** What the modules of media and links need of this machine and of others. */
export interface MediaParts {
  readonly blobs: BlobStore;
  readonly processing: MediaProcessing;
  readonly outsideWeb: OutsideWeb;
  /** On this node's own disk. */
  readonly workFolder: string;
}

export async function openMediaParts(
  config: Config,
  deps: {
    readonly clock: Clock;
    readonly logger: Logger;
    readonly metrics: Metrics;
    readonly version: string;
  },
): Promise<MediaParts> {
  const { clock, logger, metrics, version } = deps;
  const about = config.publicUrl === null ? "" : ` (+${config.publicUrl})`;
  return {
    blobs: await openBlobs(config),
    processing: await createMediaProcessing({
      limits: {
        imagePixelsMax: config.imagePixels,
        imageFramesMax: config.imageFrames,
        videoPixelsMax: config.videoPixels,
        videoSecondsMax: config.videoSeconds,
      },
      atOnceMax: config.mediaProcesses,
      memoryBytesMax: config.mediaMemory,
      makingTimeoutMs: config.mediaTimeoutMs,
      clock,
      logger,
      metrics,
    }),
    outsideWeb: createOutsideWeb({
      metrics,
      userAgent: `MaruBot/${version}${about}`,
      allow: config.linkAllow,
      forbid: config.linkForbid,
    }),
    workFolder: path.join(config.dataDir, "work"),
  };
}

async function openBlobs({ blobUrl, dataDir, mediaProcesses }: Config): Promise<BlobStore> {
  if (blobUrl?.kind === "s3") {
    // A third of a second and 38 MB that nobody else needs.
    const { createS3Blobs } = await import("./adapters/s3/blobs.ts");
    // As many as the host sends at once, so that it is the host who finds out who makes room, and the node's own.
    const readersMax = filesSentMax + filesReceivedMax + mediaProcesses;
    return createS3Blobs({ ...blobUrl, readersMax });
  }
  return createFileBlobs({ folder: blobUrl?.folder ?? path.join(dataDir, "blobs") });
}

/** A work that its own process should have ended is given a while more. */
const graceMs = 60_000;

export function mediaSettingsOf(config: Config): MediaSettings {
  return {
    imageBytesMax: config.imageBytes,
    videoBytesMax: config.videoBytes,
    unusedMax: config.unusedMedia,
    makingAtOnceMax: config.mediaProcesses,
    makingTimeoutMs: config.mediaTimeoutMs + graceMs,
    baseUrl: config.mediaUrl?.replace(/\/+$/u, "") ?? null,
    purgeUrl: config.mediaPurgeUrl,
  };
}

/** For programs that take and show no files: commands, and the description of the routes. */
export const noMediaSettings: MediaSettings = {
  imageBytesMax: defaults.imageBytes.fallback,
  videoBytesMax: defaults.videoBytes.fallback,
  unusedMax: defaults.unusedMedia.fallback,
  makingAtOnceMax: 1,
  makingTimeoutMs: 1,
  baseUrl: null,
  purgeUrl: null,
};

const never = (): never => {
  throw new Error("this program takes and shows no files");
};

export const noMediaParts: MediaParts = {
  blobs: {
    put: never,
    size: never,
    read: never,
    remove: never,
    check: never,
    close: async () => undefined,
  },
  processing: {
    videoMissing: null,
    sniff: never,
    probe: never,
    make: never,
    makePreview: never,
    close: async () => undefined,
  },
  outsideWeb: { get: never, close: async () => undefined },
  workFolder: "",
};
