import sharp from "sharp";
import { seeded } from "./chance.ts";

/** Photos that cost what a phone's do: light that changes, things of all sizes, grain, and words. */
export interface PhotoSize {
  readonly width: number;
  readonly height: number;
  /** About as many as the file has. */
  readonly bytes: number;
}

const channels = 3;
/** How many patches of colour lie beside each other, and by how much they differ. */
const layers = [
  { across: 5, strength: 90 },
  { across: 23, strength: 45 },
  { across: 131, strength: 25 },
  { across: 701, strength: 12 },
] as const;
const grain = 9;
const middle = 128;
const levels = 256;
const qualityLeast = 40;
const qualityMost = 97;

/** The same on every run. */
export async function drawPhotos(size: PhotoSize, count: number): Promise<readonly Buffer[]> {
  const photos: Buffer[] = [];
  let quality: number | null = null;
  for (let seed = 1; seed <= count; seed += 1) {
    const picture = await drawPixels(size, seed);
    quality ??= await qualityFor(picture, size);
    photos.push(await encode(picture, size, quality));
  }
  return photos;
}

async function drawPixels({ width, height }: PhotoSize, seed: number): Promise<Buffer> {
  const random = seeded(seed);
  const light = new Float32Array(width * height * channels).fill(middle);
  for (const { across, strength } of layers) {
    const patches = await spread({ width, height }, across, random);
    for (let i = 0; i < light.length; i += 1) {
      light[i] = (light[i] ?? 0) + (((patches[i] ?? middle) - middle) * strength) / middle;
    }
  }
  const pixels = Buffer.alloc(light.length);
  for (let i = 0; i < light.length; i += 1) {
    const value = (light[i] ?? 0) + (random() - 0.5) * 2 * grain;
    pixels[i] = Math.max(0, Math.min(levels - 1, value));
  }
  return pixels;
}

/** Patches of any colour that flow into each other. */
async function spread(
  { width, height }: Pick<PhotoSize, "width" | "height">,
  across: number,
  random: () => number,
): Promise<Buffer> {
  const down = Math.max(2, Math.round((across * height) / width));
  const few = Buffer.alloc(across * down * channels);
  for (let i = 0; i < few.length; i += 1) {
    few[i] = Math.floor(random() * levels);
  }
  return sharp(few, { raw: { width: across, height: down, channels } })
    .resize({ width, height, fit: "fill", kernel: "cubic" })
    .raw()
    .toBuffer();
}

/** Edges as sharp as those of letters. */
function words({ width, height }: PhotoSize): Buffer {
  const side = Math.round(height / 12);
  const lines = ["마루에 앉아 바람을 쐬다", "縁側にて", "An evening on the porch, 1,204"];
  const texts = lines.map(
    (line, i) =>
      `<text x="${side}" y="${side * (3 + i * 2)}" font-size="${side}" fill="white" stroke="black">${line}</text>`,
  );
  return Buffer.from(`<svg width="${width}" height="${height}">${texts.join("")}</svg>`);
}

function encode(pixels: Buffer, size: PhotoSize, quality: number): Promise<Buffer> {
  const { width, height } = size;
  return sharp(pixels, { raw: { width, height, channels } })
    .composite([{ input: words(size) }])
    .withExif({ IFD0: { Make: "Maru bench" } })
    .jpeg({ quality })
    .toBuffer();
}

/** The highest with which the file is no larger. */
async function qualityFor(pixels: Buffer, size: PhotoSize): Promise<number> {
  let low = qualityLeast;
  let high = qualityMost;
  while (low < high) {
    const tried = Math.ceil((low + high) / 2);
    if ((await encode(pixels, size, tried)).length <= size.bytes) {
      low = tried;
    } else {
      high = tried - 1;
    }
  }
  return low;
}
