import type { VideoPrograms } from "./messages.ts";
import { runProgram, tether, type Ended } from "./programs.ts";
import { encodingTrial, toneMapTrial } from "./video-encoding.ts";

/** Looks whether videos can be made on this machine. */

export interface FoundPrograms {
  readonly programs: VideoPrograms | null;
  /** Null: nothing is. Otherwise a sentence for operators. */
  readonly missing: string | null;
}

const outputBytesMax = 100_000;
/** On a machine that is busy a trial takes a second of CPU time. */
const trialSecondsMax = 20;
const gibibyte = 2 ** 30;

export async function findVideoPrograms(options: {
  readonly ffmpeg: string;
  readonly ffprobe: string;
}): Promise<FoundPrograms> {
  const { ffmpeg, ffprobe } = options;
  const missing = (sentence: string): FoundPrograms => ({ programs: null, missing: sentence });
  for (const program of [ffmpeg, ffprobe]) {
    const ran = await attempt(program, ["-version"]);
    if (ran.exitCode !== 0) {
      return missing(`Videos need ${program}, which cannot be run here: install ffmpeg.`);
    }
  }
  const { stdout } = await attempt(ffmpeg, ["-hide_banner", "-encoders"]);
  const known = new Set(stdout.toString().split(/\s+/u));
  for (const encoder of ["libx264", "aac"]) {
    if (!known.has(encoder)) {
      return missing(`Videos need an ffmpeg with the encoder ${encoder}, which ${ffmpeg} lacks.`);
    }
  }
  const encoded = await attempt(ffmpeg, encodingTrial);
  if (encoded.exitCode !== 0) {
    const [cause = ""] = encoded.stderr.split("\n");
    return missing(`Videos need ffmpeg 5.1 or newer; ${ffmpeg} failed in a trial: ${cause}`);
  }
  const [tethered, toneMapped] = await Promise.all([
    attempt(tether[0], [...tether.slice(1), "true"]),
    attempt(ffmpeg, toneMapTrial),
  ]);
  return {
    programs: {
      ffmpeg,
      ffprobe,
      canTether: tethered.exitCode === 0,
      canToneMap: toneMapped.exitCode === 0,
    },
    missing: null,
  };
}

/** A program that cannot be run fails as one that does not know what it is asked for. */
async function attempt(program: string, args: readonly string[]): Promise<Ended> {
  try {
    return await runProgram({
      program,
      args,
      outputBytesMax,
      confinement: {
        memoryBytes: 2 * gibibyte,
        cpuSeconds: trialSecondsMax,
        fileBytes: 0,
        isTethered: false,
      },
      onProcess: () => undefined,
    });
  } catch (error) {
    const stderr = error instanceof Error ? error.message : String(error);
    return { exitCode: 1, stdout: Buffer.alloc(0), stderr };
  }
}
