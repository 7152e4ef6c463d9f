import type { MediaFault, Probed } from "../../ports/processing.ts";
import { decoders, probedEntries, streamsOf, type Streams } from "./ffprobe.ts";
import type { MediaLimits, VideoPrograms, Work } from "./messages.ts";
import { runProgram, type Confinement } from "./programs.ts";
import { Refusal } from "./refusal.ts";
import type { Sniffed } from "./sniff.ts";

/** Asks ffprobe what a video is. Runs in a process that does nothing else. */

export interface VideoWork {
  readonly programs: VideoPrograms;
  readonly limits: MediaLimits;
  readonly confinement: Confinement;
  readonly onProcess: (pid: number | null) => void;
}

const gibibyte = 2 ** 30;
const bitsPerByte = 8;
/** Above what is ever made: see `video-maker.ts`. */
const fileBitsPerSecondMax = 8_000_000;

export function videoWork(work: Work, onProcess: VideoWork["onProcess"]): VideoWork | null {
  const { video, limits, memoryBytesMax, programSecondsMax } = work;
  return video === null
    ? null
    : {
        programs: video,
        limits,
        onProcess,
        confinement: {
          // Its libraries and threads take addresses that they never fill.
          memoryBytes: memoryBytesMax + gibibyte,
          cpuSeconds: programSecondsMax,
          fileBytes: (fileBitsPerSecondMax / bitsPerByte) * (limits.videoSecondsMax + 1),
          isTethered: video.canTether,
        },
      };
}

/** ffmpeg's own name of each type's reader: with it a playlist cannot pass for a video, and lead elsewhere. */
const demuxers: Readonly<Record<string, string>> = {
  "video/mp4": "mov",
  "video/3gpp": "mov",
  "video/quicktime": "mov",
  "video/webm": "matroska",
  "video/matroska": "matroska",
};

/** A film has a handful; thousands are there to keep a machine busy. */
const streamsMax = 40;

/** What comes before a stranger's file on the command line of ffmpeg and ffprobe. */
export function inputArgs({ contentType }: Sniffed, limits: MediaLimits): readonly string[] {
  const demuxer = demuxers[contentType] ?? "mov";
  const own = demuxer === "mov" ? ["-enable_drefs", "0", "-use_absolute_path", "0"] : [];
  return [
    ...["-f", demuxer, ...own],
    ...["-protocol_whitelist", "file", "-codec_whitelist", decoders.join(",")],
    ...["-max_streams", String(streamsMax), "-max_pixels", String(limits.videoPixelsMax)],
  ];
}

/** So long a clip may be beyond the limit, for whose last frame or last sound comes a little late. */
export const tooLongBySMax = 0.5;

const jsonBytesMax = 1_000_000;
/** What ffprobe says of what it may not read: frames beyond `-max_pixels`, and others' codecs. */
const complaints: readonly (readonly [part: string, fault: MediaFault])[] = [
  ["exceeds specified max pixel count", "too_many_pixels"],
  ["not on whitelist", "unsupported"],
];

/** Throws `Refusal`. */
export async function openVideo(
  path: string,
  sniffed: Sniffed,
  { programs, limits, confinement, onProcess }: VideoWork,
): Promise<Streams> {
  const { exitCode, stdout, stderr } = await runProgram({
    program: programs.ffprobe,
    args: [
      ...["-v", "error", "-threads", "1", ...inputArgs(sniffed, limits)],
      ...["-of", "json", "-show_entries", probedEntries, `file:${path}`],
    ],
    outputBytesMax: jsonBytesMax,
    confinement,
    onProcess,
  });
  if (exitCode !== 0) {
    const known = complaints.find(([part]) => stderr.includes(part));
    throw new Refusal(known?.[1] ?? "broken");
  }
  const streams = streamsOf(stdout.toString());
  const { video, durationS } = streams;
  if (video.width * video.height > limits.videoPixelsMax) {
    throw new Refusal("too_many_pixels");
  }
  if (durationS !== null && durationS > limits.videoSecondsMax + tooLongBySMax) {
    throw new Refusal("too_long");
  }
  return streams;
}

const msPerS = 1_000;

export function probedVideo({ contentType }: Sniffed, { video, durationS }: Streams): Probed {
  const durationMs = durationS === null ? null : Math.round(durationS * msPerS);
  return { kind: "video", contentType, ...video.shown, durationMs };
}
