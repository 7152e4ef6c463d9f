import type { Size } from "./sizes.ts";

/** What ffmpeg is told to make of a video. */

const frameRateMax = 30;
/** The clocks of cameras shiver; of 30 frames a second none is left out. */
const frameGapS = 0.97 / frameRateMax;
/** Whoever jumps waits until so many frames are decoded, at most. */
const keyFrameEvery = 120;

/** What every phone decodes at 1280 × 720 and 30 frames a second, and what leads nobody to who made it. */
export const encoding: readonly string[] = [
  ...["-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-profile:v", "high"],
  ...["-level:v", "3.1", "-maxrate:v", "3M", "-bufsize:v", "6M", "-g", String(keyFrameEvery)],
  ...["-threads:v", "1", "-fps_mode:v", "vfr", "-enc_time_base:v", "-1"],
  ...["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"],
  ...["-color_range", "tv", "-c:a", "aac", "-b:a", "128k", "-ac", "2", "-ar", "48000"],
  ...["-map_metadata", "-1", "-map_chapters", "-1", "-sn", "-dn"],
  ...["-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"],
];

/** One core is enough, and errors are all it need say. */
export const quiet: readonly string[] = [
  ...["-hide_banner", "-nostdin", "-v", "error", "-threads", "1", "-filter_threads", "1"],
];

/** How phones and cameras encode brightness beyond a screen's white. */
export type HdrTransfer = "smpte2084" | "arib-std-b67";

/** Frames beyond the rate are left out, and none is made up where a camera was slow. */
export function filters(size: Size, hdr: HdrTransfer | null): string {
  return [
    `select='isnan(prev_selected_t)+gte(t-prev_selected_t,${frameGapS.toFixed(4)})'`,
    hdr === null ? scaling(size) : toneMapping(size, hdr),
    "format=yuv420p",
    "setsar=1",
  ].join(",");
}

const scaling = ({ width, height }: Size): string =>
  `scale=${String(width)}:${String(height)}:flags=bicubic:out_color_matrix=bt709:out_range=tv`;

/** A screen's white; what those videos have beyond it is pressed together below the brightest. */
const whiteNits = 100;

/** Without it the videos of newer phones look grey. */
function toneMapping({ width, height }: Size, hdr: HdrTransfer): string {
  const size = `w=${String(width)}:h=${String(height)}`;
  const said = `tin=${hdr}:min=2020_ncl:pin=2020:rin=limited`;
  return [
    `zscale=${size}:${said}:t=linear:m=2020_ncl:p=2020:npl=${String(whiteNits)}`,
    "format=gbrpf32le",
    "zscale=p=709",
    "tonemap=tonemap=mobius:desat=0",
    "zscale=t=709:m=709:r=limited",
  ].join(",");
}

const trialSize: Size = { width: 32, height: 32 };

/** All that depends on the version and the build of ffmpeg, tried on a tenth of a second of nothing. */
export const encodingTrial: readonly string[] = [
  ...[...quiet, "-f", "lavfi", "-i", "color=size=64x64:rate=60:duration=0.1"],
  ...["-f", "lavfi", "-i", "anullsrc", "-vf", filters(trialSize, null)],
  ...[...encoding, "-t", "0.1", "-f", "null", "-"],
];

export const toneMapTrial: readonly string[] = [
  ...[...quiet, "-f", "lavfi", "-i", "color=size=64x64:rate=60:duration=0.1"],
  ...["-vf", filters(trialSize, "smpte2084"), "-f", "null", "-"],
];
