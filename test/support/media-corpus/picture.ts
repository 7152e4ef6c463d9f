import sharp, { type Sharp } from "sharp";

/** A picture that tells which way up it is: red, green, blue and yellow in its four corners. */

export type Rgb = readonly [number, number, number];

export const cornerColours: readonly [Rgb, Rgb, Rgb, Rgb] = [
  [220, 20, 20],
  [20, 160, 20],
  [20, 20, 220],
  [220, 220, 20],
];

export interface Bare {
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
}

const channels = 3;

/** Top left red, top right green, bottom left blue, bottom right yellow. */
export function fourCorners(width: number, height: number): Bare {
  return drawn(width, height, (x, y) => {
    const corner = (x * 2 < width ? 0 : 1) + (y * 2 < height ? 0 : 2);
    return cornerColours[corner]!;
  });
}

export function drawn(width: number, height: number, at: (x: number, y: number) => Rgb): Bare {
  const data = Buffer.alloc(width * height * channels);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      data.set(at(x, y), (y * width + x) * channels);
    }
  }
  return { data, width, height };
}

export const sharpOf = ({ data, width, height }: Bare): Sharp =>
  sharp(data, { raw: { width, height, channels }, limitInputPixels: false });

/** Where a pixel of the upright picture lies in one that is stored with this EXIF orientation. */
const storedAt: Readonly<Record<number, (x: number, y: number, size: Bare) => [number, number]>> = {
  1: (x, y) => [x, y],
  2: (x, y, { width }) => [width - 1 - x, y],
  3: (x, y, { width, height }) => [width - 1 - x, height - 1 - y],
  4: (x, y, { height }) => [x, height - 1 - y],
  5: (x, y) => [y, x],
  6: (x, y, { width }) => [y, width - 1 - x],
  7: (x, y, { width, height }) => [height - 1 - y, width - 1 - x],
  8: (x, y, { height }) => [height - 1 - y, x],
};

/** As a camera stores it that was held so. */
export function storedFor(orientation: number, upright: Bare): Bare {
  const { data, width, height } = upright;
  const isTurned = orientation > 4;
  const stored = {
    data: Buffer.alloc(data.length),
    width: isTurned ? height : width,
    height: isTurned ? width : height,
  };
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [toX, toY] = storedAt[orientation]!(x, y, upright);
      const from = (y * width + x) * channels;
      stored.data.set(data.subarray(from, from + channels), (toY * stored.width + toX) * channels);
    }
  }
  return stored;
}

/** The colours near the four corners of a picture's file, in the order of `cornerColours`. */
export async function cornersOf(file: string): Promise<readonly Rgb[]> {
  const { data, info } = await sharp(file)
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const at = (across: number, down: number): Rgb => {
    const x = Math.floor(info.width * across);
    const y = Math.floor(info.height * down);
    const start = (y * info.width + x) * info.channels;
    return [data[start]!, data[start + 1]!, data[start + 2]!];
  };
  const [near, far] = [0.2, 0.8];
  return [at(near, near), at(far, near), at(near, far), at(far, far)];
}

/** What a lossy format may change. */
const toleranceUsual = 25;

export function looksLike(
  found: readonly Rgb[],
  wanted: readonly Rgb[],
  tolerance = toleranceUsual,
): boolean {
  return wanted.every((colour, corner) =>
    colour.every((part, band) => Math.abs(part - found[corner]![band]!) <= tolerance),
  );
}
