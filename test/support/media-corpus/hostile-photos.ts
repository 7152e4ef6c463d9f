import { deflateSync } from "node:zlib";
import sharp from "sharp";
import type { MediaFault } from "../../../src/ports/processing.ts";
import { randomFrom } from "../random.ts";
import { drawn, fourCorners, sharpOf } from "./picture.ts";
import { pngChunk, pngOf, withChunks } from "./png.ts";

/** Photos that are there to break, to fill or to fool who reads them. */
export interface HostilePhoto {
  readonly name: string;
  readonly bytes: () => Promise<Buffer>;
  /** What may come of it; "taken": it is shown like any other. */
  readonly outcomes: readonly (MediaFault | "taken")[];
}

/** In files that are two things at once; nothing that is made may hold it. */
export const hostileMark = "alert('maru')";

const width = 640;
const height = 480;
const picture = sharpOf(fourCorners(width, height));
const script = Buffer.from(`<html><script>${hostileMark}</script></html>`);

const flat = (side: number) =>
  sharp({
    create: { width: side, height: side, channels: 3, background: "#357" },
    limitInputPixels: false,
  });

/** Bytes of a file with others in their place. */
function patched(bytes: Buffer, at: number, change: (bytes: Buffer, at: number) => void): Buffer {
  if (at < 0) {
    throw new Error("there is nothing to patch");
  }
  const copy = Buffer.from(bytes);
  change(copy, at);
  return copy;
}

/** The size that an AVIF claims to have. */
async function avifClaiming(side: number): Promise<Buffer> {
  const avif = await picture.clone().avif({ effort: 0 }).toBuffer();
  return patched(avif, avif.indexOf("ispe"), (bytes, at) => {
    bytes.writeUInt32BE(side, at + 8);
    bytes.writeUInt32BE(side, at + 12);
  });
}

const startOfFrame = Buffer.from([0xff, 0xc0]);
const startOfProgressiveFrame = Buffer.from([0xff, 0xc2]);
const startOfScan = Buffer.from([0xff, 0xda]);

async function jpegClaiming(side: number): Promise<Buffer> {
  const jpeg = await picture.clone().jpeg().toBuffer();
  return patched(jpeg, jpeg.indexOf(startOfFrame), (bytes, at) => {
    bytes.writeUInt16BE(side, at + 5);
    bytes.writeUInt16BE(side, at + 7);
  });
}

/** Each of its scans goes over all of a large picture again. */
async function jpegOfManyScans(scans: number): Promise<Buffer> {
  const jpeg = await flat(4_000).jpeg({ progressive: true }).toBuffer();
  if (!jpeg.includes(startOfProgressiveFrame)) {
    throw new Error("the picture is not progressive");
  }
  const last = jpeg.subarray(jpeg.lastIndexOf(startOfScan), -2);
  const end = jpeg.subarray(-2);
  return Buffer.concat([jpeg.subarray(0, -2), ...Array<Buffer>(scans).fill(last), end]);
}

function gifHeader(side: number): Buffer {
  const header = Buffer.alloc(13);
  header.write("GIF89a", "latin1");
  header.writeUInt16LE(side, 6);
  header.writeUInt16LE(side, 8);
  // Two colours, black and white.
  header[10] = 0x80;
  return Buffer.concat([header, Buffer.from([0, 0, 0, 255, 255, 255])]);
}

/** One pixel, in a frame that claims to have this side. */
function gifFrame(side: number): Buffer {
  const descriptor = Buffer.alloc(10);
  descriptor[0] = 0x2c;
  descriptor.writeUInt16LE(side, 5);
  descriptor.writeUInt16LE(side, 7);
  const pixel = Buffer.from([0x02, 0x02, 0x44, 0x01, 0x00]);
  return Buffer.concat([descriptor, pixel]);
}

const gif = (screen: number, frames: readonly Buffer[]): Buffer =>
  Buffer.concat([gifHeader(screen), ...frames, Buffer.from([0x3b])]);

const riff = (kind: string, data: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(`WEBP${kind}`), Buffer.alloc(4), data]);
  body.writeUInt32LE(data.length, 8);
  const head = Buffer.from("RIFF\0\0\0\0");
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
};

/** Nothing but the size, once for each way in which WebP says it. */
function losslessWebpClaiming(side: number): Buffer {
  const data = Buffer.alloc(16);
  data[0] = 0x2f;
  data.writeUInt32LE(((side - 1) | ((side - 1) << 14)) >>> 0, 1);
  return riff("VP8L", data);
}

function largeWebpClaiming(side: number): Buffer {
  const data = Buffer.alloc(10);
  data.writeUIntLE(side - 1, 4, 3);
  data.writeUIntLE(side - 1, 7, 3);
  return riff("VP8X", data);
}

/** A TIFF of nothing but a directory of numbers. */
function tiffOf(entries: readonly (readonly [tag: number, value: number])[], next = 0): Buffer {
  const directory = Buffer.alloc(2 + entries.length * 12 + 4);
  directory.writeUInt16LE(entries.length, 0);
  for (const [index, [tag, value]] of entries.entries()) {
    const at = 2 + index * 12;
    directory.writeUInt16LE(tag, at);
    directory.writeUInt16LE(4, at + 2);
    directory.writeUInt32LE(1, at + 4);
    directory.writeUInt32LE(value, at + 8);
  }
  directory.writeUInt32LE(next, directory.length - 4);
  return Buffer.concat([Buffer.from("II*\0\x08\0\0\0", "latin1"), directory, Buffer.alloc(64)]);
}

const tiffClaiming = (side: number, next = 0): Buffer =>
  tiffOf(
    [
      ...([
        [256, side],
        [257, side],
        [258, 8],
        [259, 1],
        [262, 1],
      ] as const),
      ...([
        [273, 200],
        [277, 1],
        [278, side],
        [279, 64],
      ] as const),
    ],
    next,
  );

const squeezedBytes = 200_000_000;
/** Two hundred megabytes of nothing in two hundred kilobytes. */
const squeezed = (): Buffer => deflateSync(Buffer.alloc(squeezedBytes), { level: 9 });

const tiny = pngOf({ width: 8, height: 8, pixels: Buffer.alloc(8 * 9) });
const side = 50_000;

const sizes: readonly HostilePhoto[] = [
  {
    name: "PNG that claims to be huge",
    bytes: async () => pngOf({ width: side, height: side, pixels: Buffer.alloc(100) }),
    outcomes: ["too_many_pixels"],
  },
  {
    name: "PNG that is huge when it is unpacked",
    bytes: () => flat(7_000).png({ compressionLevel: 9 }).toBuffer(),
    outcomes: ["too_many_pixels"],
  },
  {
    name: "PNG with more pixels than it says",
    bytes: async () => pngOf({ width: 8, height: 8, pixels: Buffer.alloc(squeezedBytes) }),
    outcomes: ["taken", "broken"],
  },
  {
    name: "PNG with a text that is huge when it is unpacked",
    bytes: async () =>
      withChunks(tiny, [pngChunk("zTXt", Buffer.concat([Buffer.from("a\0\0"), squeezed()]))]),
    outcomes: ["taken", "broken"],
  },
  {
    name: "PNG with a profile that is huge when it is unpacked",
    bytes: async () =>
      withChunks(tiny, [pngChunk("iCCP", Buffer.concat([Buffer.from("a\0\0"), squeezed()]))]),
    outcomes: ["taken", "broken"],
  },
  {
    name: "JPEG that claims to be huge",
    bytes: () => jpegClaiming(65_500),
    outcomes: ["too_many_pixels"],
  },
  {
    name: "JPEG that claims to be larger than it is",
    bytes: () => jpegClaiming(6_000),
    // What is missing is grey.
    outcomes: ["taken", "broken"],
  },
  {
    name: "JPEG of thousands of scans",
    bytes: () => jpegOfManyScans(5_000),
    outcomes: ["broken", "too_costly"],
  },
  {
    name: "GIF that claims to be huge",
    bytes: async () => gif(65_535, [gifFrame(65_535)]),
    outcomes: ["too_many_pixels"],
  },
  {
    name: "GIF with a frame that claims to be huge",
    bytes: async () => gif(8, [gifFrame(65_535), gifFrame(1)]),
    outcomes: ["taken", "broken", "too_many_pixels"],
  },
  {
    name: "GIF of 100,000 frames",
    bytes: async () => gif(1, Array<Buffer>(100_000).fill(gifFrame(1))),
    outcomes: ["too_many_frames"],
  },
  {
    name: "lossless WebP that claims to be huge",
    bytes: async () => losslessWebpClaiming(16_384),
    outcomes: ["too_many_pixels", "broken"],
  },
  {
    name: "WebP whose canvas claims to be huge",
    bytes: async () => largeWebpClaiming(2 ** 24),
    outcomes: ["too_many_pixels", "broken"],
  },
  {
    name: "AVIF that claims to be huge",
    bytes: () => avifClaiming(60_000),
    outcomes: ["too_many_pixels", "broken"],
  },
  {
    name: "AVIF that claims to be tiny",
    bytes: async () => {
      const large = await flat(5_000).avif({ effort: 0 }).toBuffer();
      return patched(large, large.indexOf("ispe"), (bytes, at) => {
        bytes.writeUInt32BE(16, at + 8);
        bytes.writeUInt32BE(16, at + 12);
      });
    },
    outcomes: ["taken", "broken", "too_costly", "too_many_pixels"],
  },
  {
    name: "TIFF that claims to be huge",
    bytes: async () => tiffClaiming(1_000_000),
    outcomes: ["too_many_pixels", "broken"],
  },
  {
    name: "TIFF whose directories go round in a ring",
    bytes: async () => tiffClaiming(8, 8),
    outcomes: ["taken", "broken"],
  },
];

const polyglots: readonly HostilePhoto[] = [
  {
    name: "JPEG that is an archive, too",
    bytes: async () =>
      Buffer.concat([await picture.clone().jpeg().toBuffer(), Buffer.from("PK\x03\x04"), script]),
    outcomes: ["taken"],
  },
  {
    name: "JPEG with a page in its comment",
    bytes: async () => {
      const jpeg = await picture.clone().jpeg().toBuffer();
      const comment = Buffer.from([0xff, 0xfe, 0, script.length + 2]);
      return Buffer.concat([jpeg.subarray(0, 2), comment, script, jpeg.subarray(2)]);
    },
    outcomes: ["taken"],
  },
  {
    name: "PNG with a page in its text",
    bytes: async () => {
      const text = Buffer.concat([Buffer.from("Title\0"), script]);
      return withChunks(await picture.clone().png().toBuffer(), [pngChunk("tEXt", text)]);
    },
    outcomes: ["taken"],
  },
  {
    name: "PNG with a page behind its end",
    bytes: async () => Buffer.concat([await picture.clone().png().toBuffer(), script]),
    outcomes: ["taken"],
  },
  {
    name: "GIF that is a script, too",
    bytes: async () => Buffer.from(`GIF89a/*${"\0".repeat(20)}*/=1;${hostileMark};`),
    outcomes: ["broken", "too_many_pixels"],
  },
  {
    name: "GIF with a script in its comment",
    bytes: async () => {
      const comment = Buffer.concat([
        Buffer.from([0x21, 0xfe, script.length]),
        script,
        Buffer.from([0]),
      ]);
      const whole = await picture.clone().gif().toBuffer();
      // Behind the header and the table of colours.
      const tableEnd = 13 + 3 * 2 ** ((whole[10]! & 7) + 1);
      return Buffer.concat([whole.subarray(0, tableEnd), comment, whole.subarray(tableEnd)]);
    },
    outcomes: ["taken"],
  },
];

export const hostilePhotos: readonly HostilePhoto[] = [...sizes, ...polyglots];

const random = randomFrom(11);
/** Grain, so that each part of a file has its bytes. */
const grainy = sharpOf(
  drawn(320, 240, (x, y) => [
    x / 2 + random.below(100),
    y / 2 + random.below(100),
    random.below(100),
  ]),
);

/** One whole file of each format, to be cut and spoilt. */
export const wholePhotos: readonly (readonly [name: string, bytes: () => Promise<Buffer>])[] = [
  ["JPEG", () => grainy.clone().jpeg().toBuffer()],
  ["progressive JPEG", () => grainy.clone().jpeg({ progressive: true }).toBuffer()],
  ["PNG", () => grainy.clone().png().toBuffer()],
  ["GIF", () => grainy.clone().gif().toBuffer()],
  ["WebP", () => grainy.clone().webp().toBuffer()],
  ["lossless WebP", () => grainy.clone().webp({ lossless: true }).toBuffer()],
  ["AVIF", () => grainy.clone().avif({ effort: 0 }).toBuffer()],
  ["TIFF", () => grainy.clone().tiff({ compression: "lzw" }).toBuffer()],
];
