import { createHash } from "node:crypto";
import type { Answer } from "../../ports/routes.ts";
import { acceptedEncoding, isPackable, pack, type Encoding, type Packed } from "./encoding.ts";

/** A file that browsers are given, packed once in each way. */
export interface ClientFile extends Packed {
  readonly mediaType: string;
  readonly plain: Uint8Array;
  /** Of the plain content; the entity tag is made of it. */
  readonly hash: string;
}

const mediaTypes: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  json: "application/json; charset=utf-8",
  map: "application/json; charset=utf-8",
  txt: "text/plain; charset=utf-8",
  webmanifest: "application/manifest+json; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
  ico: "image/x-icon",
  webp: "image/webp",
  avif: "image/avif",
  jpg: "image/jpeg",
  woff2: "font/woff2",
};

export function mediaTypeOf(path: string): string {
  return mediaTypes[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream";
}

/** `packed`: what the build has packed already; the rest is packed here. */
export async function createClientFile(
  mediaType: string,
  plain: Uint8Array,
  packed?: Partial<Packed>,
): Promise<ClientFile> {
  const hash = createHash("sha256").update(plain).digest("base64url");
  const { brotli = null, gzip = null } = packed ?? {};
  const isReady = (brotli !== null && gzip !== null) || !isPackable(mediaType, plain);
  const ways = isReady ? { brotli, gzip } : await pack(plain);
  const smaller = (bytes: Uint8Array | null): Uint8Array | null =>
    bytes !== null && bytes.byteLength < plain.byteLength ? bytes : null;
  return { mediaType, plain, hash, brotli: smaller(ways.brotli), gzip: smaller(ways.gzip) };
}

export function bytesOf({ plain, brotli, gzip }: ClientFile): number {
  return plain.byteLength + (brotli?.byteLength ?? 0) + (gzip?.byteLength ?? 0);
}

export interface FileOptions {
  /** 200 where it is not given. */
  readonly status?: number;
  readonly cacheControl: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The answer with this file, in the best way that the client takes. */
export function fileAnswer(
  file: ClientFile,
  acceptEncoding: string | undefined,
  options: FileOptions,
): Answer {
  const ways: Readonly<Record<Encoding, Uint8Array | null>> = {
    br: file.brotli,
    gzip: file.gzip,
    identity: file.plain,
  };
  const encoding = acceptedEncoding(acceptEncoding, (way) => ways[way] !== null);
  const isPacked = encoding !== "identity";
  const varies = file.brotli !== null || file.gzip !== null;
  return {
    status: options.status ?? 200,
    bytes: ways[encoding] ?? file.plain,
    headers: {
      "content-type": file.mediaType,
      "cache-control": options.cacheControl,
      // Other bytes are another entity: a packed one has a tag of its own.
      etag: isPacked ? `"${file.hash}-${encoding}"` : `"${file.hash}"`,
      ...(isPacked ? { "content-encoding": encoding } : {}),
      ...(varies ? { vary: "Accept-Encoding" } : {}),
      ...options.headers,
    },
  };
}
