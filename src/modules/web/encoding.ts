import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

/** How the content of a file travels. */
export type Encoding = "br" | "gzip" | "identity";

const preferred: readonly Encoding[] = ["br", "gzip"];

/** The best encoding that a client takes (RFC 9110, 12.5.3); as it is where it says nothing. */
export function acceptedEncoding(
  acceptEncoding: string | undefined,
  available: (encoding: Encoding) => boolean,
): Encoding {
  if (acceptEncoding === undefined) {
    return "identity";
  }
  const weights = new Map<string, number>();
  for (const part of acceptEncoding.split(",")) {
    const [name = "", ...parameters] = part.split(";").map((text) => text.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith("q="));
    weights.set(name, weight === undefined ? 1 : Number(weight.slice(2)));
  }
  const weightOf = (encoding: Encoding): number => weights.get(encoding) ?? weights.get("*") ?? 0;
  const taken = preferred.filter((encoding) => available(encoding) && weightOf(encoding) > 0);
  // Those of equal weight stay in the order of our preference.
  return taken.sort((a, b) => weightOf(b) - weightOf(a))[0] ?? "identity";
}

const packable = /^(?:text\/|application\/(?:json|manifest\+json)|image\/svg\+xml)/;
/** Packing what fits into one packet gains nothing. */
const packedBytesMin = 1_000;
/** Quick: the build packs its own files as small as it can, and only once. */
const brotliQuality = 5;
const gzipLevel = 6;

const brotliOf = promisify(brotliCompress);
const gzipOf = promisify(gzip) as (bytes: Uint8Array, options: object) => Promise<Buffer>;

export interface Packed {
  readonly brotli: Uint8Array | null;
  readonly gzip: Uint8Array | null;
}

export function isPackable(mediaType: string, bytes: Uint8Array): boolean {
  return packable.test(mediaType) && bytes.byteLength >= packedBytesMin;
}

export async function pack(bytes: Uint8Array): Promise<Packed> {
  const parameters = {
    [constants.BROTLI_PARAM_QUALITY]: brotliQuality,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.byteLength,
  };
  const [brotli, zipped] = await Promise.all([
    brotliOf(bytes, { params: parameters }),
    gzipOf(bytes, { level: gzipLevel }),
  ]);
  return { brotli, gzip: zipped };
}
