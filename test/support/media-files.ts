import sharp from "sharp";
import { ffmpeg } from "./media-corpus/ffmpeg.ts";

/** Small photos and videos, each another file, and forms that bring them. */

let count = 0;

/** A photo in JPEG of a few kilobytes; no two are the same bytes. */
export async function newPhoto({ width = 320, height = 240 } = {}): Promise<Buffer> {
  count += 1;
  const hue = (count * 47) % 360;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="hsl(${hue} 60% 60%)"/><text x="10" y="60" font-size="40">${count}</text></svg>`;
  return sharp(Buffer.from(svg)).jpeg().toBuffer();
}

/** Noise, which no format makes smaller: about `bytes` of JPEG. */
export async function newLargePhoto(bytes: number): Promise<Buffer> {
  const side = Math.ceil(Math.sqrt(bytes / 1.2));
  const noise = { type: "gaussian", mean: 128, sigma: 60 } as const;
  return sharp({ create: { width: side, height: side, channels: 3, background: "#888", noise } })
    .jpeg({ quality: 95 })
    .toBuffer();
}

/** A video with a tone in MP4. */
export function newVideo({ seconds = 1, size = "160x120" } = {}): Buffer {
  count += 1;
  const picture = ["-f", "lavfi", "-i", `testsrc2=size=${size}:rate=10,hue=h=${count * 47}`];
  const sound = ["-f", "lavfi", "-i", `sine=frequency=${300 + count}`];
  const codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"];
  return ffmpeg([...picture, ...sound, "-t", String(seconds), ...codecs], { format: "mp4" });
}

export interface FormPart {
  readonly name: string;
  readonly value: string | Buffer;
  /** Of a file. */
  readonly filename?: string;
}

export interface Form {
  readonly body: Buffer;
  readonly headers: { readonly "content-type": string };
}

/** As a browser writes it, the parts in their order. */
export function formOf(parts: readonly FormPart[], boundary = "maru-test-boundary"): Form {
  const chunks = parts.flatMap(({ name, value, filename }) => {
    const file = filename === undefined ? "" : `; filename="${filename}"`;
    const type = filename === undefined ? "" : "\r\nContent-Type: application/octet-stream";
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file}${type}\r\n\r\n`;
    return [Buffer.from(head), Buffer.from(value), Buffer.from("\r\n")];
  });
  return {
    body: Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)]),
    headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
  };
}

export const fileForm = (file: Buffer, alt?: string): Form =>
  formOf([
    ...(alt === undefined ? [] : [{ name: "alt", value: alt }]),
    { name: "file", value: file, filename: "file.bin" },
  ]);
