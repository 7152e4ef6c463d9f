import { ffmpeg, inputFile } from "./ffmpeg.ts";
import { fourCorners, sharpOf } from "./picture.ts";

/** Videos as phones, cameras and browsers write them, each with the four corners. */
export interface GoodVideo {
  readonly name: string;
  readonly contentType: string;
  readonly bytes: () => Promise<Buffer>;
  /** As it is shown before it is made anew. */
  readonly width: number;
  readonly height: number;
  /** As it is made; the same where it is left out. */
  readonly made?: { readonly width: number; readonly height: number };
  /** Of a second and a half, unless it does not say. */
  readonly saysNoDuration?: boolean;
  readonly isSilent?: boolean;
  /** How many of its frames are shown, at least and at most. */
  readonly frames?: readonly [number, number];
}

/** In titles, places and names of devices; nothing that is made may hold it. */
export const videoMark = "Maru-Videokamera-9";

export const clipSeconds = 1.5;

interface Clip {
  readonly width?: number;
  readonly height?: number;
  readonly rate?: number;
  readonly sound?: readonly string[] | null;
  readonly output?: readonly string[];
  readonly format: string;
  /** Nothing of the end is known at the beginning. */
  readonly isLive?: boolean;
}

const h264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"];
const aac = ["-c:a", "aac"];

async function clip(options: Clip): Promise<Buffer> {
  const { width = 320, height = 240, rate = 24, sound = aac, output = h264, format } = options;
  const input = await sharpOf(fourCorners(width, height)).png().toBuffer();
  const told = ["title", "artist", "location", "com.apple.quicktime.make", "comment"].flatMap(
    (name) => ["-metadata", `${name}=${videoMark}`],
  );
  const args = [
    ...["-f", "image2", "-framerate", String(rate), "-loop", "1", "-t", String(clipSeconds)],
    ...["-i", inputFile],
    ...(sound === null
      ? []
      : ["-f", "lavfi", "-t", String(clipSeconds), "-i", "sine=frequency=440"]),
    ...output,
    ...(sound ?? []),
    ...told,
    ...["-metadata:s:v", `handler_name=${videoMark}`],
  ];
  return ffmpeg(args, { format, input, toPipe: options.isLive === true });
}

const mp4 = { contentType: "video/mp4", width: 320, height: 240 };
const webm = { contentType: "video/webm", width: 320, height: 240 };
const mov = { contentType: "video/quicktime", width: 320, height: 240 };

/** From the name of a track's header to the matrix by which it is shown. */
const matrixAt = 44;
const one = 0x1_0000;

/** The same, to be shown turned by a quarter, clockwise. */
function turned(movie: Buffer): Buffer {
  const at = movie.indexOf("tkhd") + matrixAt;
  for (const [index, part] of [0, one, 0, -one, 0].entries()) {
    movie.writeInt32BE(part, at + index * 4);
  }
  return movie;
}

export const goodVideos: readonly GoodVideo[] = [
  { name: "MP4", ...mp4, bytes: () => clip({ format: "mp4" }) },
  {
    name: "MP4 without sound",
    ...mp4,
    isSilent: true,
    bytes: () => clip({ format: "mp4", sound: null }),
  },
  {
    name: "MP4 of 10 bits, in HEVC",
    ...mp4,
    bytes: () =>
      clip({
        format: "mp4",
        output: [
          ...["-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le"],
          ...["-tag:v", "hvc1", "-x265-params", "log-level=none"],
        ],
      }),
  },
  {
    name: "MP4 of odd sides",
    ...mp4,
    width: 321,
    height: 241,
    made: { width: 320, height: 240 },
    bytes: () =>
      clip({ format: "mp4", width: 321, height: 241, output: [...h264, "-pix_fmt", "yuv444p"] }),
  },
  {
    name: "MP4 of large frames, upright",
    ...mp4,
    width: 1_088,
    height: 1_920,
    made: { width: 720, height: 1_270 },
    bytes: () => clip({ format: "mp4", width: 1_088, height: 1_920, rate: 5 }),
  },
  {
    name: "MP4 of pixels that are not square",
    ...mp4,
    width: 427,
    made: { width: 426, height: 240 },
    bytes: () => clip({ format: "mp4", output: ["-vf", "setsar=4/3", ...h264] }),
  },
  {
    name: "MP4 of one frame a second",
    ...mp4,
    frames: [2, 2],
    bytes: () => clip({ format: "mp4", rate: 1 }),
  },
  {
    name: "MP4 of 60 frames a second",
    ...mp4,
    frames: [43, 47],
    bytes: () => clip({ format: "mp4", rate: 60 }),
  },
  {
    name: "MP4 of frames that come as they like",
    ...mp4,
    frames: [8, 8],
    bytes: () =>
      clip({
        format: "mp4",
        rate: 30,
        output: [
          "-vf",
          "select='not(mod(n,9))+eq(n,1)+eq(n,2)+eq(n,44)'",
          "-vsync",
          "vfr",
          ...h264,
        ],
      }),
  },
  {
    name: "MP4 with subtitles, chapters, a clock and a second sound",
    ...mp4,
    bytes: async () =>
      ffmpeg(
        [
          ...["-i", inputFile, "-f", "ffmetadata", "-i", "chapters", "-f", "srt", "-i", "words"],
          ...["-map", "0:v", "-map", "0:a", "-map", "0:a", "-map", "2:s", "-map_chapters", "1"],
          ...["-c", "copy", "-c:s", "mov_text", "-timecode", "01:00:00:00"],
        ],
        {
          format: "mp4",
          input: await clip({ format: "mp4" }),
          extra: {
            chapters: `;FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/9\nSTART=0\nEND=7\ntitle=${videoMark}\n`,
            words: `1\n00:00:00,100 --> 00:00:01,000\n${videoMark}\n`,
          },
        },
      ),
  },
  {
    name: "MOV of a phone that was held upright",
    ...mov,
    width: 240,
    height: 320,
    bytes: async () =>
      turned(
        await clip({
          ...{ format: "mov", width: 240, height: 320 },
          output: ["-vf", "transpose=cclock", ...h264],
        }),
      ),
  },
  {
    name: "MOV of pictures, with plain sound",
    ...mov,
    bytes: () =>
      clip({ format: "mov", output: ["-c:v", "mjpeg", "-q:v", "3"], sound: ["-c:a", "pcm_s16le"] }),
  },
  {
    name: "WebM of VP8",
    ...webm,
    bytes: () =>
      clip({
        format: "webm",
        output: ["-c:v", "libvpx", "-deadline", "realtime", "-b:v", "1M"],
        sound: ["-c:a", "libvorbis"],
      }),
  },
  {
    name: "WebM of VP9, as a browser records it",
    ...webm,
    saysNoDuration: true,
    bytes: () =>
      clip({
        format: "webm",
        isLive: true,
        output: ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "1M"],
        sound: ["-c:a", "libopus"],
      }),
  },
  {
    name: "Matroska",
    ...webm,
    contentType: "video/matroska",
    bytes: () => clip({ format: "matroska", sound: ["-c:a", "libmp3lame"] }),
  },
  {
    name: "3GP of an old phone",
    ...webm,
    contentType: "video/3gpp",
    width: 176,
    height: 144,
    bytes: () => clip({ format: "3gp", width: 176, height: 144, output: ["-c:v", "h263"] }),
  },
];

/** What newer phones record: brighter than a screen's white, in colours beyond its own. */
export const hdrVideo = (): Promise<Buffer> =>
  clip({
    format: "mov",
    sound: null,
    output: [
      ...["-vf", "zscale=tin=709:pin=709:t=arib-std-b67:m=2020_ncl:p=2020:r=limited:npl=100"],
      ...["-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le", "-tag:v", "hvc1"],
      ...["-x265-params", "log-level=none", "-color_trc", "arib-std-b67"],
      ...["-color_primaries", "bt2020", "-colorspace", "bt2020nc"],
    ],
  });

/** A video that takes an encoder a second of CPU time for each of its own, at least. */
export const longVideo = (seconds: number): Buffer =>
  ffmpeg(
    [
      ...["-f", "lavfi", "-i", `testsrc2=s=1280x720:r=30:d=${seconds},noise=alls=30:allf=t`],
      ...["-c:v", "libx264", "-preset", "ultrafast", "-crf", "30", "-pix_fmt", "yuv420p"],
    ],
    { format: "mp4" },
  );

/** So many seconds of next to nothing. */
export const dullVideo = (seconds: number, { isLive = false } = {}): Buffer => {
  const args = ["-f", "lavfi", "-i", `color=c=gray:s=64x48:r=10:d=${seconds}`];
  const vp8 = ["-c:v", "libvpx", "-deadline", "realtime"];
  return isLive
    ? ffmpeg([...args, ...vp8], { format: "webm", toPipe: true })
    : ffmpeg([...args, ...h264], { format: "mp4" });
};

/** Nothing is to be seen in it for so long; ten frames a second. */
export const darkVideo = (seconds: number): Buffer =>
  ffmpeg(["-f", "lavfi", "-i", `color=c=black:s=320x240:r=10:d=${seconds}`, ...h264], {
    format: "mp4",
  });

/** Black for a second, and bright from then on. */
export const darkAtFirst = (): Buffer =>
  ffmpeg(
    [
      ...["-f", "lavfi", "-i", "color=c=black:s=320x240:r=10:d=1"],
      ...["-f", "lavfi", "-i", "color=c=0x20b020:s=320x240:r=10:d=1"],
      ...["-filter_complex", "[0][1]concat", ...h264],
    ],
    { format: "mp4" },
  );
