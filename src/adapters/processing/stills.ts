import { encode } from "blurhash";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import sharp, { type Sharp } from "sharp";
import type { NamedFile } from "./messages.ts";
import { nearestToPreview, type Size } from "./sizes.ts";

/**
 * Writes pictures from bare pixels: nothing that a camera or a program told beside them can be in a file
 * that is made here.
 */

/** A picture in memory: 8 bits a channel, sRGB, upright, nothing else. */
export interface Pixels extends Size {
  readonly data: Buffer;
  readonly channels: 1 | 2 | 3 | 4;
}

const webp = { quality: 80, effort: 2 } as const;
/** A further step of effort saves a fifteenth of the bytes and takes twice as long. */
const avif = { quality: 55, effort: 1 } as const;
/** A larger one would take more time than all else together. */
const avifPixelsMax = 2_500_000;
/** All of AVIF is kept where it has fewer bytes than this part of what WebP has in the same sizes. */
const avifWorthwhile = 0.9;

const hashedSide = 32;
const hashedLong = 4;
const hashedShort = 3;

export interface StillOptions {
  readonly folder: string;
  /** Before the width in the files' names. */
  readonly prefix: string;
  readonly withAvif: boolean;
}

export interface Stills {
  /** The largest of WebP is the first. */
  readonly files: readonly NamedFile[];
  readonly blurhash: string;
  /** The name of the one that stands for it where it is small. */
  readonly preview: string;
}

interface Encoded {
  readonly file: NamedFile;
  readonly bytes: Buffer;
}

/** Makes a picture in the size that it has, and in these smaller ones. */
export async function makeStills(
  picture: Pixels,
  smaller: readonly Size[],
  { folder, prefix, withAvif }: StillOptions,
): Promise<Stills> {
  const webps: Encoded[] = [];
  const avifs: Encoded[] = [];
  /** What AVIF is compared with. */
  let webpBytes = 0;
  let pixels = picture;
  for (const { width, height } of [picture, ...smaller]) {
    pixels = await resized(pixels, { width, height });
    const named = (type: string): NamedFile => ({
      name: `${prefix}${String(width)}.${type}`,
      width,
      height,
    });
    const bytes = await sharpOf(pixels).webp(webp).toBuffer();
    webps.push({ file: named("webp"), bytes });
    if (withAvif && width * height <= avifPixelsMax) {
      webpBytes += bytes.length;
      avifs.push({ file: named("avif"), bytes: await sharpOf(pixels).avif(avif).toBuffer() });
    }
  }
  const avifBytes = avifs.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const kept = avifBytes < webpBytes * avifWorthwhile ? [...webps, ...avifs] : webps;
  for (const { file, bytes } of kept) {
    await writeFile(path.join(folder, file.name), bytes);
  }
  return {
    files: kept.map(({ file }) => file),
    blurhash: await blurhashOf(pixels),
    preview: nearestToPreview(webps.map(({ file }) => file)).name,
  };
}

const sharpOf = ({ data, width, height, channels }: Pixels): Sharp =>
  sharp(data, { raw: { width, height, channels }, limitInputPixels: false });

export async function resized(pixels: Pixels, { width, height }: Size): Promise<Pixels> {
  if (pixels.width === width && pixels.height === height) {
    return pixels;
  }
  const { data, info } = await sharpOf(pixels)
    .resize({ width, height, fit: "fill" })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width, height, channels: info.channels };
}

/** A few letters from which a client draws a blurred picture until it has the real one. */
async function blurhashOf(pixels: Pixels): Promise<string> {
  const { data, info } = await sharpOf(pixels)
    .flatten({ background: "white" })
    .toColourspace("srgb")
    .resize({ width: hashedSide, height: hashedSide, fit: "inside", withoutEnlargement: true })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const isWide = info.width >= info.height;
  return encode(
    new Uint8ClampedArray(data),
    info.width,
    info.height,
    isWide ? hashedLong : hashedShort,
    isWide ? hashedShort : hashedLong,
  );
}
