import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** Videos for tests are made by the ffmpeg of this machine, where it has one. */

/** Why tests of videos are left out; null: they are not. In CI there is an ffmpeg. */
export const noFfmpeg: string | null =
  spawnSync("ffmpeg", ["-version"]).status === 0 || process.env["CI"] === "true"
    ? null
    : "ffmpeg is not installed";

const outputBytesMax = 64 * 2 ** 20;

function run(program: string, args: readonly string[], input?: Uint8Array): Buffer {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    ...(input === undefined ? {} : { input }),
    maxBuffer: outputBytesMax,
  });
  if (status !== 0) {
    throw new Error(`${program} failed: ${error?.message ?? stderr.toString()}`);
  }
  return stdout;
}

/** What ffmpeg writes with these arguments, as `format`. */
export function ffmpeg(
  args: readonly string[],
  { format, input }: { readonly format: string; readonly input?: Uint8Array },
): Buffer {
  const folder = mkdtempSync(path.join(tmpdir(), "maru-ffmpeg-"));
  const file = path.join(folder, "made");
  try {
    run("ffmpeg", ["-v", "error", "-y", ...args, "-f", format, file], input);
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The same, written to a pipe: nothing that is known at the end alone is at the beginning. */
export function ffmpegToPipe(args: readonly string[], format: string): Buffer {
  return run("ffmpeg", ["-v", "error", ...args, "-f", format, "pipe:1"]);
}

interface ProbedFile {
  readonly streams: readonly Readonly<Record<string, unknown>>[];
  readonly format: { readonly duration?: string; readonly tags?: Readonly<Record<string, string>> };
}

export function probeFile(file: string): ProbedFile {
  const args = ["-v", "error", "-of", "json", "-show_streams", "-show_format", file];
  return JSON.parse(run("ffprobe", args).toString()) as ProbedFile;
}

/** How many frames there are to be shown, all of them decoded. */
export function countFrames(file: string): number {
  const entries = ["-show_entries", "stream=nb_read_frames", "-of", "csv=p=0"];
  const args = ["-v", "error", "-select_streams", "v:0", "-count_frames", ...entries, file];
  return Number.parseInt(run("ffprobe", args).toString(), 10);
}
