import { stat } from "node:fs/promises";
import sharp, { type Metadata, type Sharp, type SharpOptions } from "sharp";
import type { Probed } from "../../ports/processing.ts";
import type { MediaLimits } from "./messages.ts";
import { Refusal } from "./refusal.ts";
import type { Size } from "./sizes.ts";
import type { Sniffed } from "./sniff.ts";
import { readStart } from "./start.ts";
import type { Pixels } from "./stills.ts";

/** Reads photos. Runs in a process that does nothing else. */

/** Colour, ink and transparency; a scientific picture has dozens of channels. */
const channelsMax = 5;

/** Browsers take a shorter delay for one that nobody set. */
const delayMsMin = 20;
const delayMsUsual = 100;

/** Nothing else is opened, whatever a file says of itself: least of all what names other files. */
const loaders = ["JpegFile", "PngFile", "NsgifFile", "WebpFile", "TiffFile", "HeifFile"];

/** Once in a process, before it reads anything. */
export function prepareSharp(): void {
  sharp.cache(false);
  sharp.concurrency(1);
  sharp.block({ operation: ["VipsForeignLoad"] });
  sharp.unblock({ operation: loaders.map((name) => `VipsForeignLoad${name}`) });
}

/** What sharp calls the formats that are taken. */
const formats: Readonly<Record<string, string>> = {
  "image/jpeg": "jpeg",
  "image/png": "png",
  "image/apng": "png",
  "image/gif": "gif",
  "image/webp": "webp",
  "image/avif": "heif",
  "image/tiff": "tiff",
};

/** A photo that may be read: it keeps the limits. */
export interface Photo extends Size {
  readonly path: string;
  readonly contentType: string;
  readonly animation: Animation | null;
  readonly limits: MediaLimits;
  /** Sixteen bits a channel with a profile of its own. */
  readonly hasDeepProfile: boolean;
}

export interface Animation {
  readonly frames: number;
  readonly delaysMs: number[];
  /** How often it is shown; 0: for ever. */
  readonly loop: number;
}

/** Reads no more than what stands before the picture itself. Throws `Refusal`. */
export async function openPhoto(
  path: string,
  sniffed: Sniffed,
  limits: MediaLimits,
): Promise<Photo> {
  await refuseCutWebp(path, sniffed);
  const metadata = await refusing(() => sharp(path, options(limits)).metadata());
  if (metadata.format !== formats[sniffed.contentType]) {
    throw new Refusal("broken");
  }
  const { width, height } = metadata.autoOrient;
  const photo: Photo = {
    path,
    width,
    height,
    limits,
    contentType: sniffed.contentType,
    animation: animationOf(metadata),
    hasDeepProfile: metadata.depth === "ushort" && metadata.icc !== undefined,
  };
  refuseTooMuch(photo);
  return photo;
}

export function probedPhoto({ width, height, contentType, animation }: Photo): Probed {
  const durationMs = animation?.delaysMs.reduce((sum, delay) => sum + delay, 0) ?? null;
  return { kind: "image", contentType, width, height, durationMs };
}

function refuseTooMuch({ width, height, animation, limits }: Photo): void {
  const { imagePixelsMax, imageFramesMax } = limits;
  const frames = animation?.frames ?? 1;
  if (frames > imageFramesMax) {
    throw new Refusal("too_many_frames");
  }
  if (width * height * frames > imagePixelsMax) {
    throw new Refusal("too_many_pixels");
  }
}

/** Pages of a TIFF and pictures in an AVIF do not move. */
function animationOf({ format, pages, delay, loop }: Metadata): Animation | null {
  if ((format !== "gif" && format !== "webp") || pages === undefined || pages <= 1) {
    return null;
  }
  const delaysMs = Array.from({ length: pages }, (_, frame) => {
    const given = delay?.[frame] ?? 0;
    return given < delayMsMin ? delayMsUsual : given;
  });
  return { frames: pages, delaysMs, loop: loop ?? 0 };
}

/** All frames; they keep their place in the file, which has no orientation. */
export function readAnimation({ path, limits }: Photo): Sharp {
  return sharp(path, { ...options(limits), pages: -1 });
}

/** The photo (of an animation, its first frame) in this size. Throws `Refusal`. */
export async function readPixels(photo: Photo, { width, height }: Size): Promise<Pixels> {
  const { path, limits, hasDeepProfile } = photo;
  const picture = sharp(path, options(limits))
    .autoOrient()
    .resize({ width, height, fit: "fill" })
    .toColourspace("srgb");
  // Those pass through a wider space than that of a screen, and must be brought back from it.
  const shown = hasDeepProfile ? picture.withIccProfile("srgb") : picture;
  const { data, info } = await refusing(() =>
    shown.raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true }),
  );
  return { data, width: info.width, height: info.height, channels: info.channels };
}

/**
 * A photo of which a part is missing is refused, so that whoever sent it learns of it. What a camera wrote
 * a little wrong is shown as other programs show it.
 */
function options({ imagePixelsMax }: MediaLimits): SharpOptions {
  return {
    failOn: "error",
    limitInputPixels: imagePixelsMax,
    limitInputChannels: channelsMax,
  };
}

const riffSizeAt = 4;
const riffHeaderBytes = 8;

/** The decoder of WebP shows the first part of a file as if it were all of it. */
async function refuseCutWebp(path: string, { contentType }: Sniffed): Promise<void> {
  if (contentType !== "image/webp") {
    return;
  }
  const { size } = await stat(path);
  const head = await readStart(path, riffHeaderBytes);
  if (head.length < riffHeaderBytes || head.readUInt32LE(riffSizeAt) + riffHeaderBytes > size) {
    throw new Refusal("broken");
  }
}

/** What libvips fails with while it reads is about the file. */
export async function refusing<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (/pixel limit|security limit/iu.test(message)) {
      throw new Refusal("too_many_pixels", error);
    }
    if (/out of memory|memory allocation/iu.test(message)) {
      throw new Refusal("too_costly", error);
    }
    throw new Refusal(/channel limit/iu.test(message) ? "unsupported" : "broken", error);
  }
}
