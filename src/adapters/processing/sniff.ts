import { fileTypeFromBuffer } from "file-type";
import type { MediaKind } from "../../ports/processing.ts";

/** What a file is by its first bytes, whatever its name and its sender say. */
export interface Sniffed {
  readonly kind: MediaKind;
  readonly contentType: string;
}

/** So many of them are enough. */
export const sniffedBytes = 4_100;

const video = (contentType: string): Sniffed => ({ kind: "video", contentType });
const image = (contentType: string): Sniffed => ({ kind: "image", contentType });

/** The types that are taken, by what file-type calls them. */
const taken: ReadonlyMap<string, Sniffed> = new Map([
  ["image/jpeg", image("image/jpeg")],
  ["image/png", image("image/png")],
  ["image/apng", image("image/apng")],
  ["image/gif", image("image/gif")],
  ["image/webp", image("image/webp")],
  ["image/avif", image("image/avif")],
  ["image/tiff", image("image/tiff")],
  ["video/mp4", video("video/mp4")],
  ["video/x-m4v", video("video/mp4")],
  ["video/3gpp", video("video/3gpp")],
  ["video/quicktime", video("video/quicktime")],
  ["video/webm", video("video/webm")],
  ["video/matroska", video("video/matroska")],
]);

const beginsWith = (head: Uint8Array, ...bytes: readonly number[]): boolean =>
  bytes.every((byte, at) => head[at] === byte);

const textAt = (head: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...head.subarray(at, at + length));

/**
 * The first bytes decide before file-type is asked: it knows two hundred formats, and a stranger's bytes
 * need not pass through the parsers of all of them in the process that serves people.
 */
export async function sniff(head: Uint8Array): Promise<Sniffed | null> {
  const start = head.subarray(0, sniffedBytes);
  if (isTiff(start)) {
    // Cameras keep their raw pictures as TIFF, in which a program finds a tiny preview alone.
    const mime = await mimeOf(start);
    return mime === null || mime === "image/tiff" ? image("image/tiff") : null;
  }
  if (isIsoMedia(start)) {
    return sniffIsoMedia(start);
  }
  return isOtherMedia(start) ? (taken.get((await mimeOf(start)) ?? "") ?? null) : null;
}

async function mimeOf(head: Uint8Array): Promise<string | null> {
  try {
    return (await fileTypeFromBuffer(head))?.mime ?? null;
  } catch {
    return null;
  }
}

const isTiff = (head: Uint8Array): boolean =>
  beginsWith(head, 0x49, 0x49, 0x2a, 0) || beginsWith(head, 0x4d, 0x4d, 0, 0x2a);

function isOtherMedia(head: Uint8Array): boolean {
  return (
    beginsWith(head, 0xff, 0xd8, 0xff) ||
    (beginsWith(head, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a) &&
      textAt(head, 12, 4) === "IHDR") ||
    /^GIF8[79]a/u.test(textAt(head, 0, 6)) ||
    (textAt(head, 0, 4) === "RIFF" && /^WEBPVP8[ LX]/u.test(textAt(head, 8, 8))) ||
    beginsWith(head, 0x1a, 0x45, 0xdf, 0xa3)
  );
}

/** Whatever names itself `ftyp`, and what QuickTime wrote before it did. */
const isIsoMedia = (head: Uint8Array): boolean =>
  ["ftyp", "moov", "mdat", "wide"].includes(textAt(head, 4, 4));

const brandBytes = 4;
const brandsAt = 16;
/** Nobody names more than a few dozen. */
const typeBoxBytesMax = 512;
/** A text that has one of those words in its fifth column claims to be far longer. */
const oldBoxBytesMax = 16 * 1024 * 1024;

/** Brands of videos; of audio books, locked films and documents there are others. */
const videoBrands =
  /^(?:isom|iso[2-9a-c]|mp4[12]|avc1|hvc1|qt  |3gp[1-9a-z]|M4V[ HP]|mmp4|MSNV|XAVC|dash|cmfc)$/u;

async function sniffIsoMedia(head: Uint8Array): Promise<Sniffed | null> {
  const boxBytes = new DataView(head.buffer, head.byteOffset).getUint32(0);
  const word = textAt(head, 4, 4);
  if (word !== "ftyp") {
    return word === "mdat" || boxBytes <= oldBoxBytesMax ? video("video/quicktime") : null;
  }
  if (boxBytes < brandsAt || boxBytes > typeBoxBytesMax || boxBytes % brandBytes !== 0) {
    return null;
  }
  const brands = [textAt(head, 8, brandBytes)];
  for (let at = brandsAt; at < Math.min(boxBytes, head.length); at += brandBytes) {
    brands.push(textAt(head, at, brandBytes));
  }
  const mime = await mimeOf(head);
  // Pictures of AV1 may call themselves by the family's name first. HEIC is of that family, and not taken.
  if (mime?.startsWith("image/") === true) {
    return brands.includes("avif") ? image("image/avif") : null;
  }
  const known = taken.get(mime ?? "");
  return known !== undefined && brands.some((brand) => videoBrands.test(brand)) ? known : null;
}
