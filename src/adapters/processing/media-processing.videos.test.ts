import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../../../test/support/data-folder.ts";
import {
  deskLimits,
  expectSound,
  longSignal,
  openDesk,
  taken,
  type MediaDesk,
} from "../../../test/support/media-corpus/desk.ts";
import { countFrames, noFfmpeg, probeFile } from "../../../test/support/media-corpus/ffmpeg.ts";
import { cornerColours, cornersOf, looksLike } from "../../../test/support/media-corpus/picture.ts";
import {
  clipSeconds,
  darkAtFirst,
  darkVideo,
  dullVideo,
  goodVideos,
  hdrVideo,
  videoMark,
} from "../../../test/support/media-corpus/videos.ts";

let desk: MediaDesk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.close());

/** What is sound for a clip of a second and a half: a frame or a packet of sound more or less. */
const durationMs = [1_300, 1_750] as const;
/** Colours of videos are narrower, and coarser. */
const videoTolerance = 40;

describe.skipIf(noFfmpeg !== null)("a video that people send", () => {
  it.each(goodVideos)("is shown as it is: $name", async (video) => {
    const { contentType, width, height, made: size = { width, height } } = video;
    const bytes = await video.bytes();
    const kind = "video";
    expect(await desk.processing.sniff(bytes.subarray(0, 4_100))).toEqual({ kind, contentType });
    const probed = taken(await desk.probe(bytes));
    expect(probed).toMatchObject({ kind, contentType, width, height });
    const made = taken(await desk.make(bytes));
    await expectSound(made, [videoMark]);
    expect(made).toMatchObject(size);
    for (const ms of [
      ...(video.saysNoDuration === true ? [] : [probed.durationMs]),
      made.durationMs,
    ]) {
      expect(ms).toBeGreaterThan(durationMs[0]);
      expect(ms).toBeLessThan(video.frames?.[0] === 2 ? 2_100 : durationMs[1]);
    }
    const [file, poster] = made.files;
    expect(file!.name).toBe("video.mp4");
    expect(probeFile(file!.path).streams.length).toBe(video.isSilent === true ? 1 : 2);
    expect(made.preview).toMatch(/^poster-\d+\.webp$/u);
    expect(looksLike(await cornersOf(poster!.path), cornerColours, videoTolerance)).toBe(true);
    const frames = countFrames(file!.path);
    const [least, most] = video.frames ?? [5, clipSeconds * 30 + 1];
    expect(frames).toBeGreaterThanOrEqual(least);
    expect(frames).toBeLessThanOrEqual(most);
  });

  it("keeps its colours when they were those of a brighter screen", async () => {
    const made = taken(await desk.make(await hdrVideo()));
    await expectSound(made);
    const [video] = probeFile(made.files[0]!.path).streams;
    const bt709 = "bt709";
    expect(video).toMatchObject({
      ...{ color_transfer: bt709, color_primaries: bt709, color_space: bt709, color_range: "tv" },
    });
    const corners = await cornersOf(made.files[1]!.path);
    expect(looksLike(corners, cornerColours, videoTolerance)).toBe(true);
  });

  it("has a poster in three sizes, of the first frame that is not black", async () => {
    const made = taken(await desk.make(darkAtFirst()));
    await expectSound(made);
    const poster = made.files.find(({ name }) => name === made.preview)!;
    const { channels } = await sharp(poster.path).stats();
    expect(channels[1]!.mean).toBeGreaterThan(120);
  });

  it("is not looked through to its end for a poster where it is dark", async () => {
    const tools = await temporaryFolder();
    const [ffmpeg, report] = [path.join(tools, "ffmpeg"), path.join(tools, "report")];
    // It tells how many frames were read of those who look for a poster.
    const script = `#!/bin/sh
case "$*" in *rawvideo*) FFREPORT="file=${report}-$$:level=40"; export FFREPORT ;; esac
exec ffmpeg "$@"
`;
    await writeFile(ffmpeg, script, { mode: 0o700 });
    const own = await openDesk({ ffmpeg, limits: { ...deskLimits, videoSecondsMax: 60 } });
    try {
      await expectSound(taken(await own.make(darkVideo(30))));
    } finally {
      await own.close();
    }
    const reports = await Promise.all(
      (await readdir(tools))
        .filter((name) => name.startsWith("report-"))
        .map((name) => readFile(path.join(tools, name), "utf8")),
    );
    const counts = reports.map((text) => Number(/(\d+) frames decoded/u.exec(text)?.[1]));
    expect(counts).toHaveLength(2);
    // Of 300, those of five seconds.
    expect(Math.max(...counts)).toBeLessThan(100);
  });

  it("is refused when it is longer than it may be, whether it says so or not", async () => {
    const seconds = deskLimits.videoSecondsMax + 2;
    expect(await desk.probe(dullVideo(seconds))).toEqual({ fault: "too_long" });
    const live = dullVideo(seconds, { isLive: true });
    expect(await desk.probe(live)).toMatchObject({ durationMs: null });
    expect(await desk.make(live)).toEqual({ fault: "too_long" });
    const justRight = dullVideo(deskLimits.videoSecondsMax);
    await expectSound(taken(await desk.make(justRight)));
  });

  it("is no picture for a link", async () => {
    const path = await desk.put(dullVideo(1));
    const folder = await desk.folder();
    expect(await desk.processing.makePreview(path, folder, longSignal())).toEqual({
      fault: "unsupported",
    });
  });
});

describe("a machine without ffmpeg", () => {
  it("says what is missing, and takes photos alone", async () => {
    const bare = await openDesk({ ffmpeg: "/nowhere/ffmpeg" });
    try {
      expect(bare.processing.videoMissing).toMatch(/\/nowhere\/ffmpeg.*cannot be run here/u);
      const photo = sharp({ create: { width: 9, height: 9, channels: 3, background: "#357" } });
      await expectSound(taken(await bare.make(await photo.png().toBuffer())));
      const video = Buffer.from("\0\0\0\x18ftypisom\0\0\x02\0isommp42\0\0\0\x08mdat", "latin1");
      expect(await bare.probe(video)).toEqual({ fault: "unsupported" });
      expect(await bare.make(video)).toEqual({ fault: "unsupported" });
    } finally {
      await bare.close();
    }
  });

  it("says so of ffprobe as well", async () => {
    const bare = await openDesk({ ffprobe: "/nowhere/ffprobe" });
    const missing = bare.processing.videoMissing;
    await bare.close();
    expect(missing).toMatch(noFfmpeg === null ? /\/nowhere\/ffprobe/u : /ffmpeg/u);
  });
});
