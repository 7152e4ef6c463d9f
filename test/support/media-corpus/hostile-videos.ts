import type { MediaFault } from "../../../src/ports/processing.ts";
import { ffmpeg, inputFile } from "./ffmpeg.ts";
import { playlists } from "./not-media.ts";
import { fourCorners, sharpOf } from "./picture.ts";

/** Videos that are there to break, to fill or to fool who reads them. */
export interface HostileVideo {
  readonly name: string;
  readonly bytes: (serverUrl: string) => Buffer | Promise<Buffer>;
  /** What may come of it; "taken": it is shown like any other. */
  readonly outcomes: readonly (MediaFault | "taken")[];
}

const h264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"];
const vp8 = ["-c:v", "libvpx", "-deadline", "realtime"];
const moving = ["-f", "lavfi", "-i", "testsrc2=s=160x120:r=10:d=1"];
const tone = ["-f", "lavfi", "-i", "sine=frequency=440:duration=1"];

const mp4 = (...args: readonly string[]): Buffer =>
  ffmpeg([...moving, ...h264, ...args], { format: "mp4" });
const webm = (): Buffer => ffmpeg([...moving, ...vp8], { format: "webm" });

/** Changes what follows a word of the file. */
function patched(
  bytes: Buffer,
  word: string | Buffer,
  change: (bytes: Buffer, at: number) => void,
): Buffer {
  let at = bytes.indexOf(word);
  if (at < 0) {
    throw new Error(`there is no ${word.toString("latin1")} to patch`);
  }
  for (; at >= 0; at = bytes.indexOf(word, at + 1)) {
    change(bytes, at);
  }
  return bytes;
}

const lastMoment = 0xffff_fffe;

function box(type: string, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length + 8, 0);
  head.write(type, 4, "latin1");
  return Buffer.concat([head, body]);
}

const typeBox = box("ftyp", Buffer.from("isom\0\0\x02\0isommp42", "latin1"));

/** Grows all boxes that the one at the end of this path lies in, and puts another in its place. */
function replaceBox(bytes: Buffer, path: readonly string[], replacement: Buffer): Buffer {
  const [first, ...rest] = path;
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + bytes.readUInt32BE(at);
    const type = bytes.toString("latin1", at + 4, at + 8);
    const own = bytes.subarray(at, end);
    const inside = type === first && rest.length > 0;
    parts.push(
      inside
        ? box(type, replaceBox(own.subarray(8), rest, replacement))
        : type === first
          ? replacement
          : own,
    );
    at = end;
  }
  return Buffer.concat(parts);
}

/** Its samples are said to lie in another file. */
function referring(address: string, kind: "url " | "alis"): Buffer {
  const entry = box(kind, Buffer.alloc(4), Buffer.from(`${address}\0`));
  const count = Buffer.from([0, 0, 0, 0, 0, 0, 0, 1]);
  const path = ["moov", "trak", "mdia", "minf", "dinf", "dref"];
  // The table lies behind the samples, which stay where they are.
  return replaceBox(mp4(), path, box("dref", count, entry));
}

const said: readonly HostileVideo[] = [
  {
    name: "MP4 that claims to last for days",
    bytes: () =>
      patched(
        patched(mp4(), "mvhd", (bytes, at) => bytes.writeUInt32BE(lastMoment, at + 20)),
        "mdhd",
        (bytes, at) => bytes.writeUInt32BE(lastMoment, at + 20),
      ),
    outcomes: ["taken", "too_long"],
  },
  {
    name: "MP4 of an edit that lasts for days",
    bytes: () =>
      patched(mp4("-bf", "2"), "elst", (bytes, at) => bytes.writeUInt32BE(lastMoment, at + 12)),
    outcomes: ["taken", "too_long", "broken"],
  },
  {
    name: "MP4 of an edit that begins days before",
    bytes: () =>
      patched(mp4("-bf", "2"), "elst", (bytes, at) => bytes.writeInt32BE(-2_000_000_000, at + 16)),
    outcomes: ["taken", "too_long", "broken"],
  },
  {
    name: "MP4 of a second that goes on a day later",
    bytes: () => mp4("-vf", "setpts='if(lt(N,5),PTS,PTS+86400/TB)'", "-vsync", "passthrough"),
    outcomes: ["too_long"],
  },
  {
    name: "WebM of a second that goes on a day later, and does not say so",
    bytes: () =>
      ffmpeg(
        [
          ...[...moving, ...vp8, "-vf", "setpts='if(lt(N,5),PTS,PTS+86400/TB)'"],
          ...["-vsync", "passthrough"],
        ],
        { format: "webm", toPipe: true },
      ),
    outcomes: ["taken", "too_long"],
  },
  {
    name: "MP4 with frames larger than they may be",
    bytes: () =>
      ffmpeg(["-f", "lavfi", "-i", "color=s=2560x1920:d=0.2:r=10", ...h264], { format: "mp4" }),
    outcomes: ["too_many_pixels"],
  },
  {
    name: "MP4 whose frames claim to be huge",
    bytes: () =>
      patched(mp4(), "avc1", (bytes, at) => {
        // The word is a brand, too, at the beginning.
        if (at > 64) {
          bytes.writeUInt16BE(65_535, at + 28);
          bytes.writeUInt16BE(65_535, at + 30);
        }
      }),
    outcomes: ["taken", "broken", "too_many_pixels"],
  },
  {
    name: "WebM whose frames become huge",
    bytes: () =>
      patched(webm(), Buffer.from([0x9d, 0x01, 0x2a]), (bytes, at) => {
        bytes.writeUInt32LE(0x3fff_3fff, at + 3);
      }),
    outcomes: ["broken", "too_many_pixels"],
  },
  {
    name: "Matroska of sixty sounds",
    bytes: () =>
      ffmpeg(
        [
          ...[...moving, ...tone, "-map", "0:v", ...h264],
          ...[...Array(60).keys()].flatMap(() => ["-map", "1:a"]),
        ],
        { format: "matroska" },
      ),
    outcomes: ["broken", "unsupported"],
  },
];

const other: readonly HostileVideo[] = [
  {
    name: "MP4 of sound alone",
    bytes: () => ffmpeg([...tone, "-c:a", "aac"], { format: "mp4" }),
    outcomes: ["unsupported"],
  },
  {
    name: "MP4 of sound and a cover",
    bytes: async () => {
      const input = await sharpOf(fourCorners(64, 64)).jpeg().toBuffer();
      const cover = ["-i", inputFile, "-map", "0:a", "-map", "1:v", "-c:a", "aac", "-c:v", "copy"];
      return ffmpeg([...tone, ...cover, "-disposition:v", "attached_pic"], {
        format: "mp4",
        input,
      });
    },
    outcomes: ["unsupported"],
  },
  {
    name: "Matroska of a codec for archives",
    bytes: () => ffmpeg([...moving, "-c:v", "ffv1"], { format: "matroska" }),
    outcomes: ["unsupported"],
  },
  {
    name: "MP4 of nothing",
    bytes: () => Buffer.concat([typeBox, box("moov"), box("mdat", Buffer.alloc(100))]),
    outcomes: ["broken", "unsupported"],
  },
  {
    name: "MP4 of a box that is larger than the file",
    bytes: () =>
      Buffer.concat([typeBox, Buffer.from("\x7f\xff\xff\xffmoov", "latin1"), Buffer.alloc(64)]),
    outcomes: ["broken", "unsupported"],
  },
  {
    name: "MP4 of boxes in boxes in boxes",
    bytes: () => {
      let inner: Buffer = Buffer.alloc(0);
      for (let depth = 0; depth < 10_000; depth += 1) {
        inner = box("moov", inner);
      }
      return Buffer.concat([typeBox, inner]);
    },
    outcomes: ["broken", "unsupported"],
  },
  {
    name: "page with an MP4 behind it",
    bytes: () => Buffer.concat([Buffer.from("<html><script>alert('maru')</script>"), mp4()]),
    outcomes: ["unsupported"],
  },
  {
    name: "MP4 with a page in a box of its own",
    bytes: () => Buffer.concat([mp4(), box("free", Buffer.from("<script>alert('maru')</script>"))]),
    outcomes: ["taken"],
  },
  {
    name: "MP4 whose samples lie on a server",
    bytes: (serverUrl) => referring(`${serverUrl}/dref`, "url "),
    outcomes: ["taken", "broken"],
  },
  {
    name: "MP4 whose samples lie in a file of this machine",
    bytes: () => referring("file:///etc/passwd", "url "),
    outcomes: ["taken", "broken"],
  },
  {
    name: "MP4 of another file's name, as QuickTime has it",
    bytes: () => referring("/etc/passwd", "alis"),
    outcomes: ["taken", "broken"],
  },
];

/** Lists that lead elsewhere, plain, and behind the first bytes of a video. */
const leading: readonly HostileVideo[] = playlists("").flatMap(([name], index) => {
  const list = (serverUrl: string): Buffer => playlists(serverUrl)[index]![1];
  return [
    { name, bytes: list, outcomes: ["unsupported"] },
    {
      name: `${name}, behind the beginning of an MP4`,
      bytes: (serverUrl: string) => Buffer.concat([typeBox, Buffer.from("\n"), list(serverUrl)]),
      outcomes: ["broken", "unsupported"],
    },
  ] as const;
});

export const hostileVideos: readonly HostileVideo[] = [...said, ...other, ...leading];

/** Whole files to be cut and spoilt, and whether their beginning tells of what comes. */
export const wholeVideos: readonly (readonly [name: string, bytes: () => Buffer])[] = [
  ["MP4 that tells at its end", () => mp4()],
  ["MP4 that tells at its beginning", () => mp4("-movflags", "+faststart")],
  ["WebM", webm],
];
