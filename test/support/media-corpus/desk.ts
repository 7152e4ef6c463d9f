import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import sharp from "sharp";
import { expect } from "vitest";
import {
  createMediaProcessing,
  type MediaProcessingOptions,
} from "../../../src/adapters/processing/media-processing.ts";
import type {
  Made,
  MediaFault,
  MediaProcessing,
  Probed,
  Refused,
} from "../../../src/ports/processing.ts";
import { noMetrics, realClock } from "../record.ts";
import { probeFile } from "./ffmpeg.ts";

/** Where the tests of media lay files down, have something made of them, and look at what that is. */
export interface MediaDesk {
  readonly processing: MediaProcessing;
  /** The most memory that was seen with a file, in bytes. */
  memorySeen(): number;
  /** Lays a file down; gives its path. */
  put(bytes: Uint8Array): Promise<string>;
  /** An empty folder. */
  folder(): Promise<string>;
  probe(bytes: Uint8Array): Promise<Probed | Refused>;
  make(bytes: Uint8Array): Promise<Made | Refused>;
  close(): Promise<void>;
}

const mebibyte = 2 ** 20;

export const deskLimits = {
  imagePixelsMax: 40_000_000,
  imageFramesMax: 200,
  videoSecondsMax: 6,
  videoPixelsMax: 4_000_000,
};

export const deskMemoryBytesMax = 700 * mebibyte;

export async function openDesk(options: Partial<MediaProcessingOptions> = {}): Promise<MediaDesk> {
  const root = await mkdtemp(path.join(tmpdir(), "maru-media-"));
  let files = 0;
  let memorySeen = 0;
  const seen = (fields: object): void => {
    if ("memoryBytesPeak" in fields) {
      memorySeen = Math.max(memorySeen, Number(fields.memoryBytesPeak));
    }
  };
  const quiet = (): void => undefined;
  const processing = await createMediaProcessing({
    limits: deskLimits,
    atOnceMax: 1,
    memoryBytesMax: deskMemoryBytesMax,
    makingTimeoutMs: 60_000,
    clock: realClock,
    logger: { debug: seen, info: quiet, warn: seen, error: quiet },
    metrics: noMetrics,
    ...options,
  });

  const next = (): string => path.join(root, String(++files));
  async function put(bytes: Uint8Array): Promise<string> {
    const file = next();
    await writeFile(file, bytes);
    return file;
  }
  async function folder(): Promise<string> {
    const made = next();
    await mkdir(made);
    return made;
  }
  return {
    processing,
    memorySeen: () => memorySeen,
    put,
    folder,
    probe: async (bytes) => processing.probe(await put(bytes), longSignal()),
    make: async (bytes) => processing.make(await put(bytes), await folder(), longSignal()),
    async close() {
      await processing.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** No test waits for it. */
export const longSignal = (): AbortSignal => AbortSignal.timeout(100_000);

export const isRefused = (result: object): result is Refused => "fault" in result;

export function taken<T extends object>(result: T | Refused): T {
  if (isRefused(result)) {
    throw new Error(`the file is refused: ${result.fault}`);
  }
  return result;
}

export const faults: readonly MediaFault[] = [
  "unsupported",
  "broken",
  "too_many_pixels",
  "too_many_frames",
  "too_long",
  "too_costly",
];

const formats: Readonly<Record<string, string>> = { "image/webp": "webp", "image/avif": "heif" };

/**
 * What holds of everything that is made: the files are in the folder and no others, they are what their names
 * say, in the size that is said, whole, and nothing of `marks` is in them.
 */
export async function expectSound(made: Made, marks: readonly string[] = []): Promise<void> {
  expect(made.files.length).toBeGreaterThan(0);
  const [first] = made.files;
  const folder = path.dirname(first!.path);
  expect((await readdir(folder)).sort()).toEqual(made.files.map(({ name }) => name).sort());
  expect(made.files.map(({ name }) => name)).toContain(made.preview);
  expect(made.blurhash).toMatch(/^.{6,}$/u);
  for (const file of made.files) {
    expect(file.path).toBe(path.join(folder, file.name));
    const bytes = await readFile(file.path);
    expect(bytes.length).toBe(file.bytes);
    for (const mark of marks) {
      expect(bytes.includes(mark), `${file.name} holds ${mark}`).toBe(false);
    }
    await (file.contentType === "video/mp4" ? expectVideo : expectPicture)(file);
  }
}

async function expectPicture({ path: file, contentType, width, height }: Made["files"][number]) {
  const metadata = await sharp(file).metadata();
  expect(metadata).toMatchObject({ format: formats[contentType], width });
  expect(metadata.pageHeight ?? metadata.height).toBe(height);
  expect([metadata.exif, metadata.xmp, metadata.iptc, metadata.icc]).toEqual(
    Array(4).fill(undefined),
  );
  expect(metadata.orientation ?? 1).toBe(1);
  await sharp(file, { pages: -1, failOn: "warning" }).raw().toBuffer();
}

async function expectVideo({ path: file, width, height }: Made["files"][number]) {
  const { streams, format } = probeFile(file);
  const [video, audio, ...others] = streams;
  expect(others).toEqual([]);
  expect(video).toMatchObject({
    ...{ codec_name: "h264", profile: "High", pix_fmt: "yuv420p", sample_aspect_ratio: "1:1" },
    ...{ width, height },
  });
  expect(Number(video!["level"])).toBeLessThanOrEqual(31);
  expect([width % 2, height % 2]).toEqual([0, 0]);
  expect(Math.max(width, height)).toBeLessThanOrEqual(1280);
  expect(Math.min(width, height)).toBeLessThanOrEqual(720);
  if (audio !== undefined) {
    expect(audio).toMatchObject({ codec_name: "aac", channels: 2 });
  }
  expect(Object.keys(format.tags ?? {}).sort()).toEqual([
    "compatible_brands",
    "major_brand",
    "minor_version",
  ]);
  const bytes = await readFile(file);
  expect(bytes.indexOf("moov")).toBeLessThan(bytes.indexOf("mdat"));
}
