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
/** A program that hangs does not hold up the start of a node for longer. */
const trialMsMax = 30_000;
const gibibyte = 2 ** 30;

export async function findVideoPrograms(options: {
  readonly ffmpeg: string;
  readonly ffprobe: string;
}): Promise<FoundPrograms> {
  const { ffmpeg, ffprobe } = options;
  const [probed, encoded, toneMapped, tethered] = await Promise.all([
    attempt(ffprobe, ["-version"]),
    attempt(ffmpeg, encodingTrial),
    attempt(ffmpeg, toneMapTrial),
    attempt(tether[0], [...tether.slice(1), "true"]),
  ]);
  if (encoded.exitCode !== 0) {
    return { programs: null, missing: await whyNot(ffmpeg, encoded) };
  }
  if (probed.exitCode !== 0) {
    return { programs: null, missing: cannotRun(ffprobe) };
  }
  const canTether = tethered.exitCode === 0;
  const canToneMap = toneMapped.exitCode === 0;
  return { programs: { ffmpeg, ffprobe, canTether, canToneMap }, missing: null };
}

const cannotRun = (program: string): string =>
  `Videos need ${program}, which cannot be run here: install ffmpeg 5.1 or newer.`;

async function whyNot(ffmpeg: string, trial: Ended): Promise<string> {
  const listed = await attempt(ffmpeg, ["-hide_banner", "-encoders"]);
  if (listed.exitCode !== 0) {
    return cannotRun(ffmpeg);
  }
  const known = listed.stdout.toString().split(/\s+/u);
  const lacking = ["libx264", "aac"].find((encoder) => !known.includes(encoder));
  if (lacking !== undefined) {
    return `Videos need an ffmpeg with the encoder ${lacking}, which ${ffmpeg} does not have.`;
  }
  const [cause = ""] = trial.stderr.split("\n");
  return `Videos need ffmpeg 5.1 or newer, and ${ffmpeg} failed in a trial: ${cause}`;
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
      signal: AbortSignal.timeout(trialMsMax),
      onProcess: () => undefined,
    });
  } catch (error) {
    const stderr = error instanceof Error ? error.message : String(error);
    return { exitCode: 1, stdout: Buffer.alloc(0), stderr };
  }
}
