import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Streams } from "./ffprobe.ts";
import type { MadeFiles } from "./messages.ts";
import { runProgram, type Ended } from "./programs.ts";
import { Refusal } from "./refusal.ts";
import { stillSizes, videoSize } from "./sizes.ts";
import type { Sniffed } from "./sniff.ts";
import { makeStills, resized, type Pixels } from "./stills.ts";
import { encoding, filters, quiet } from "./video-encoding.ts";
import {
  inputArgs,
  openVideo,
  probedVideo,
  tooLongBySMax,
  type VideoWork,
} from "./video-reader.ts";

/**
 * Makes what is shown of a video: one file that every browser plays, and a picture that stands for it. It is always
 * encoded anew, so nothing of the file but pictures and sound comes through.
 */

const videoName = "video.mp4";
const mp4: Sniffed = { kind: "video", contentType: "video/mp4" };

/** It writes what it makes, not what it says. */
const saidBytesMax = 10_000;

interface VideoFile {
  readonly path: string;
  readonly sniffed: Sniffed;
  readonly streams: Streams;
}

export async function makeVideo(
  file: VideoFile,
  folder: string,
  work: VideoWork,
): Promise<MadeFiles> {
  const made = await encodeVideo(file, folder, work);
  const { width, height, durationMs } = probedVideo(mp4, made.streams);
  const poster = await posterOf(made, work);
  const [largest, ...smaller] = stillSizes(poster);
  const stills = await makeStills(await resized(poster, largest), smaller, {
    folder,
    prefix: "poster-",
    withAvif: false,
  });
  const files = [{ name: videoName, width, height }, ...stills.files];
  return { ...stills, width, height, durationMs, files };
}

async function encodeVideo(
  { path: source, sniffed, streams }: VideoFile,
  folder: string,
  work: VideoWork,
): Promise<VideoFile> {
  const { programs, limits, confinement, onProcess } = work;
  const { video, audio } = streams;
  const target = path.join(folder, videoName);
  const ended = await runProgram({
    program: programs.ffmpeg,
    args: [
      ...[...quiet, ...inputArgs(sniffed, limits), "-i", `file:${source}`],
      ...["-map", `0:${String(video.index)}`],
      ...(audio === null ? [] : ["-map", `0:${String(audio)}`]),
      ...["-vf", filters(videoSize(video.shown), programs.canToneMap ? video.transfer : null)],
      // What is longer than it claimed is cut where it can be seen to be too long.
      ...[...encoding, "-t", String(limits.videoSecondsMax + 2 * tooLongBySMax)],
      ...["-movflags", "+faststart", "-f", "mp4", "-y", `file:${target}`],
    ],
    outputBytesMax: saidBytesMax,
    confinement,
    onProcess,
  });
  if (ended.exitCode === 0) {
    try {
      return { path: target, sniffed: mp4, streams: await openVideo(target, mp4, work) };
    } catch (error) {
      if (!(error instanceof Refusal) || error.fault === "too_long") {
        throw error;
      }
    }
  }
  throw await faultOf(ended, folder);
}

const roomBytes = 1_000_000;

/** ffmpeg fails in the same way on a broken file and on a full disk. */
async function faultOf({ stderr }: Ended, folder: string): Promise<Refusal> {
  const file = path.join(folder, "room");
  await writeFile(file, Buffer.alloc(roomBytes));
  await rm(file);
  const isTooLarge = /cannot allocate memory/iu.test(stderr);
  return new Refusal(isTooLarge ? "too_costly" : "broken", new Error(stderr));
}

const posterWithinS = 5;
/** Of 255; black is 16. */
const posterLightMin = 32;
const bytesPerPixel = 3;

/** The first frame that is not black, or the very first where all are. */
async function posterOf(file: VideoFile, work: VideoWork): Promise<Pixels> {
  const key = "lavfi.signalstats.YAVG";
  const light = `signalstats,metadata=select:key=${key}:value=${String(posterLightMin)}:function=greater`;
  const poster = (await frameOf(file, ["-vf", light], work)) ?? (await frameOf(file, [], work));
  if (poster === null) {
    throw new Refusal("broken");
  }
  return poster;
}

async function frameOf(
  { path: file, streams }: VideoFile,
  choice: readonly string[],
  { programs, limits, confinement, onProcess }: VideoWork,
): Promise<Pixels | null> {
  const { width, height } = streams.video;
  const bytes = width * height * bytesPerPixel;
  const { stdout } = await runProgram({
    program: programs.ffmpeg,
    args: [
      ...[...quiet, ...inputArgs(mp4, limits)],
      // Before the file it is what is read of it; after it, what is written, and a dark one were read to its end.
      ...["-t", String(posterWithinS), "-i", `file:${file}`, "-an", ...choice],
      ...["-frames:v", "1", "-pix_fmt", "rgb24", "-f", "rawvideo", "pipe:1"],
    ],
    outputBytesMax: bytes,
    confinement,
    onProcess,
  });
  return stdout.length === bytes ? { data: stdout, width, height, channels: 3 } : null;
}
