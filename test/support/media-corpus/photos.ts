import sharp from "sharp";
import { fourCorners, sharpOf, storedFor } from "./picture.ts";
import { animationChunks, pngChunk, withChunks } from "./png.ts";

/** Photos as people send them, each with the four corners. */
export interface GoodPhoto {
  readonly name: string;
  readonly contentType: string;
  readonly bytes: () => Promise<Buffer>;
  readonly width: number;
  readonly height: number;
  /** How far its colours may be from those of the four corners; null: it has none. */
  readonly tolerance?: number | null;
}

/** What a camera wrote into the files; nothing that is made may hold it. */
export const photoMark = "Maru-Kamera-7";

const width = 600;
const height = 450;
const picture = fourCorners(width, height);
const size = { width, height };

const exif = {
  IFD0: { Make: photoMark, Software: photoMark },
  IFD3: { GPSLatitudeRef: "N", GPSLatitude: "48/1 12/1 30/1", GPSAreaInformation: photoMark },
};
const xmp = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" dc:creator="${photoMark}"/></rdf:RDF></x:xmpmeta>`;

const told = () => sharpOf(picture).withExif(exif).withXmp(xmp);

/** A circle in the middle can be seen through. */
const seeThrough = () =>
  sharpOf(picture)
    .ensureAlpha()
    .composite([
      {
        input: Buffer.from(
          `<svg width="${width}" height="${height}"><circle cx="300" cy="225" r="60"/></svg>`,
        ),
        blend: "dest-out",
      },
    ]);

export function orientedJpeg(orientation: number): Promise<Buffer> {
  return sharpOf(storedFor(orientation, picture))
    .withExif(exif)
    .withMetadata({ orientation })
    .jpeg()
    .toBuffer();
}

/** No ink is as blue as a screen. */
const inkTolerance = 90;

const jpeg = { contentType: "image/jpeg", ...size };
const png = { contentType: "image/png", ...size };
const webp = { contentType: "image/webp", ...size };
const tiff = { contentType: "image/tiff", ...size };

export const goodPhotos: readonly GoodPhoto[] = [
  { name: "JPEG", ...jpeg, bytes: () => told().jpeg().toBuffer() },
  { name: "progressive JPEG", ...jpeg, bytes: () => told().jpeg({ progressive: true }).toBuffer() },
  {
    name: "JPEG in inks",
    ...jpeg,
    tolerance: inkTolerance,
    bytes: () => told().toColourspace("cmyk").jpeg().toBuffer(),
  },
  {
    name: "JPEG in grey",
    ...jpeg,
    tolerance: null,
    bytes: () => told().toColourspace("b-w").jpeg().toBuffer(),
  },
  {
    name: "JPEG with the colours of a wide screen",
    ...jpeg,
    bytes: () => told().withIccProfile("p3").jpeg({ quality: 95 }).toBuffer(),
  },
  { name: "PNG", ...png, bytes: () => told().png().toBuffer() },
  { name: "interlaced PNG", ...png, bytes: () => told().png({ progressive: true }).toBuffer() },
  { name: "PNG with a palette", ...png, bytes: () => told().png({ palette: true }).toBuffer() },
  {
    name: "PNG of 16 bits",
    ...png,
    bytes: () => told().toColourspace("rgb16").png().toBuffer(),
  },
  {
    name: "PNG of 16 bits with the colours of a wide screen",
    ...png,
    bytes: () => told().toColourspace("rgb16").withIccProfile("p3").png().toBuffer(),
  },
  { name: "PNG that can be seen through", ...png, bytes: () => seeThrough().png().toBuffer() },
  {
    name: "PNG with words",
    ...png,
    bytes: async () => {
      const text = Buffer.from(`Comment\0${photoMark}`, "latin1");
      return withChunks(await sharpOf(picture).png().toBuffer(), [pngChunk("tEXt", text)]);
    },
  },
  {
    name: "PNG that moves",
    ...png,
    contentType: "image/apng",
    bytes: async () =>
      withChunks(await sharpOf(picture).png().toBuffer(), animationChunks(width, height)),
  },
  { name: "GIF", contentType: "image/gif", ...size, bytes: () => told().gif().toBuffer() },
  { name: "WebP", ...webp, bytes: () => told().webp().toBuffer() },
  { name: "lossless WebP", ...webp, bytes: () => told().webp({ lossless: true }).toBuffer() },
  { name: "WebP that can be seen through", ...webp, bytes: () => seeThrough().webp().toBuffer() },
  {
    name: "AVIF",
    contentType: "image/avif",
    ...size,
    bytes: () => told().avif({ effort: 0 }).toBuffer(),
  },
  { name: "TIFF", ...tiff, bytes: () => told().tiff({ compression: "lzw" }).toBuffer() },
  {
    name: "TIFF of tiles in inks",
    ...tiff,
    tolerance: inkTolerance,
    bytes: () =>
      told().toColourspace("cmyk").tiff({ tile: true, compression: "deflate" }).toBuffer(),
  },
];

/** Frames that go round: each corner has each colour once. */
export function animated(
  format: "gif" | "webp",
  options: { readonly frames: number; readonly delayMs: number; readonly width?: number },
): Promise<Buffer> {
  const { frames, delayMs } = options;
  const across = options.width ?? 200;
  const down = Math.round(across / 2);
  const upright = fourCorners(across, down);
  const turned = storedFor(3, upright);
  const data = Buffer.concat(
    Array.from({ length: frames }, (_, frame) => (frame % 2 === 0 ? upright : turned).data),
  );
  const raw = { width: across, height: down * frames, channels: 3 as const, pageHeight: down };
  const pictures = sharp(data, { raw, limitInputPixels: false });
  const delay = Array<number>(frames).fill(delayMs);
  return format === "gif"
    ? pictures.gif({ delay, loop: 0 }).toBuffer()
    : pictures.webp({ delay, loop: 0, effort: 0 }).toBuffer();
}
