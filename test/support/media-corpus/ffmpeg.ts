import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** Videos for tests are made by the ffmpeg of this machine, where it has one. */

/** Why tests of videos are left out; null: they are not. In CI there is an ffmpeg. */
export const noFfmpeg: string | null =
  spawnSync("ffmpeg", ["-version"]).status === 0 || process.env["CI"] === "true"
    ? null
    : "ffmpeg is not installed";

const outputBytesMax = 64 * 2 ** 20;

function run(program: string, args: readonly string[], cwd = "/"): Buffer {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    maxBuffer: outputBytesMax,
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (status !== 0) {
    throw new Error(`${program} failed: ${error?.message ?? stderr.toString()}`);
  }
  return stdout;
}

/** Among the arguments: the file that is given beside them. */
export const inputFile = "input";
const outputFile = "output";

export interface FfmpegOptions {
  readonly format: string;
  readonly input?: Uint8Array;
  /** Further files, by their names. */
  readonly extra?: Readonly<Record<string, string>>;
  /** To where nothing can be changed at the end that stands at the beginning. */
  readonly toPipe?: boolean;
}

/** What ffmpeg writes with these arguments. */
export function ffmpeg(args: readonly string[], options: FfmpegOptions): Buffer {
  const { format, input, extra = {}, toPipe = false } = options;
  const folder = mkdtempSync(path.join(tmpdir(), "maru-ffmpeg-"));
  try {
    if (input !== undefined) {
      writeFileSync(path.join(folder, inputFile), input);
    }
    for (const [name, text] of Object.entries(extra)) {
      writeFileSync(path.join(folder, name), text);
    }
    const target = toPipe ? "pipe:1" : outputFile;
    const stdout = run("ffmpeg", ["-v", "error", "-y", ...args, "-f", format, target], folder);
    return toPipe ? stdout : readFileSync(path.join(folder, outputFile));
  } finally {
    rmSync(folder, { recursive: true });
  }
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
