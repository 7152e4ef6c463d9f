import { readFile } from "node:fs/promises";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  deskLimits,
  expectSound,
  longSignal,
  openDesk,
  taken,
  type MediaDesk,
} from "../../../test/support/media-corpus/desk.ts";
import {
  animated,
  goodPhotos,
  orientedJpeg,
  photoMark,
} from "../../../test/support/media-corpus/photos.ts";
import {
  cornerColours,
  cornersOf,
  drawn,
  fourCorners,
  looksLike,
  sharpOf,
} from "../../../test/support/media-corpus/picture.ts";
import { randomFrom } from "../../../test/support/random.ts";

let desk: MediaDesk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(() => desk.close());

const flat = (width: number, height: number): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: "#357" } })
    .png()
    .toBuffer();

const namesOf = (made: { readonly files: readonly { readonly name: string }[] }) =>
  made.files.map(({ name }) => name);

describe("a photo that people send", () => {
  it.each(goodPhotos)("is shown as it is: $name", async (photo) => {
    const { contentType, width, height } = photo;
    const bytes = await photo.bytes();
    const kind = "image";
    expect(await desk.processing.sniff(bytes.subarray(0, 4_100))).toEqual({ kind, contentType });
    const probed = { kind, contentType, width, height, durationMs: null };
    expect(await desk.probe(bytes)).toEqual(probed);
    const made = taken(await desk.make(bytes));
    await expectSound(made, [photoMark, "GPS"]);
    expect(made).toMatchObject({ width, height, durationMs: null, preview: "600.webp" });
    expect(namesOf(made).slice(0, 2)).toEqual(["600.webp", "320.webp"]);
    const { tolerance } = photo;
    for (const { path } of tolerance === null ? [] : made.files) {
      expect(looksLike(await cornersOf(path), cornerColours, tolerance ?? undefined)).toBe(true);
    }
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])("stands upright, however held: %i", async (orientation) => {
    const bytes = await orientedJpeg(orientation);
    expect(await desk.probe(bytes)).toMatchObject({ width: 600, height: 450 });
    const made = taken(await desk.make(bytes));
    await expectSound(made, [photoMark]);
    for (const { path } of made.files) {
      expect(looksLike(await cornersOf(path), cornerColours)).toBe(true);
    }
  });

  it("keeps its colours when they were those of a wide screen, at 8 bits and at 16", async () => {
    const wide = sharpOf(fourCorners(600, 450)).withIccProfile("p3");
    for (const bytes of [
      await wide.clone().jpeg({ quality: 100, chromaSubsampling: "4:4:4" }).toBuffer(),
      await wide.clone().toColourspace("rgb16").png().toBuffer(),
    ]) {
      // Without the profile it is another picture.
      expect((await sharp(bytes).metadata()).icc).toBeDefined();
      const made = taken(await desk.make(bytes));
      expect(looksLike(await cornersOf(made.files[0]!.path), cornerColours, 12)).toBe(true);
    }
  });

  it("stays see-through where it was", async () => {
    const photo = goodPhotos.find(({ name }) => name === "PNG that can be seen through")!;
    const made = taken(await desk.make(await photo.bytes()));
    for (const { path, width, height } of made.files) {
      const alpha = await sharp(path).extractChannel("alpha").raw().toBuffer();
      expect(alpha[Math.floor(height / 2) * width + Math.floor(width / 2)]).toBeLessThan(10);
      expect(alpha[0]).toBeGreaterThan(245);
    }
  });

  it("has AVIF beside WebP in each size where that has fewer bytes", async () => {
    const random = randomFrom(7);
    const scene = drawn(1_400, 900, (x, y) => {
      const grain = random.below(24);
      return [(x >> 3) + grain, (y >> 3) + grain, ((x * y) >> 13) + grain];
    });
    const made = taken(await desk.make(await sharpOf(scene).jpeg().toBuffer()));
    await expectSound(made);
    expect(namesOf(made)).toEqual([
      ...["1400.webp", "640.webp", "320.webp"],
      ...["1400.avif", "640.avif", "320.avif"],
    ]);
    expect(made.preview).toBe("640.webp");
    const bytesOf = (type: string): number =>
      made.files
        .filter(({ contentType }) => contentType === type)
        .reduce((sum, { bytes }) => sum + bytes, 0);
    expect(bytesOf("image/avif")).toBeLessThan(bytesOf("image/webp"));
  });
});

describe("the sizes of a photo", () => {
  it.each([
    { width: 1, height: 1, names: ["1.webp"] },
    { width: 5_000, height: 3_000, names: ["2560.webp", "1280.webp", "640.webp", "320.webp"] },
    { width: 30_000, height: 1, names: ["2560.webp", "1280.webp", "640.webp", "320.webp"] },
    { width: 1, height: 30_000, names: ["1.webp"] },
    { width: 1_000, height: 20_000, names: ["819.webp", "640.webp", "320.webp"] },
  ])("are none that enlarges, nor one that is too tall: $width × $height", async (photo) => {
    const { width, height, names } = photo;
    const made = taken(await desk.make(await flat(width, height)));
    await expectSound(made);
    expect(made).toMatchObject({ width, height });
    expect(namesOf(made).filter((name) => name.endsWith(".webp"))).toEqual(names);
  });

  it("are one for a link", async () => {
    const path = await desk.put(await flat(3_000, 1_500));
    const made = taken(await desk.processing.makePreview(path, await desk.folder(), longSignal()));
    await expectSound(made);
    expect(namesOf(made)).toEqual(["preview-800.webp"]);
    expect(made).toMatchObject({ width: 3_000, height: 1_500, preview: "preview-800.webp" });
  });
});

describe("a photo that moves", () => {
  it.each(["gif", "webp"] as const)(
    "moves on, beside one that stands still: %s",
    async (format) => {
      const bytes = await animated(format, { frames: 6, delayMs: 80 });
      const durationMs = 480;
      expect(await desk.probe(bytes)).toMatchObject({ width: 200, height: 100, durationMs });
      const made = taken(await desk.make(bytes));
      await expectSound(made);
      expect(namesOf(made)).toEqual(["200.webp", "still-200.webp"]);
      expect(made).toMatchObject({
        width: 200,
        height: 100,
        durationMs,
        preview: "still-200.webp",
      });
      const metadata = await sharp(made.files[0]!.path).metadata();
      expect(metadata).toMatchObject({ pages: 6, delay: Array(6).fill(80), loop: 0 });
      const [moving, still] = made.files;
      expect((await sharp(still!.path).metadata()).pages ?? 1).toBe(1);
      expect(looksLike(await cornersOf(moving!.path), cornerColours)).toBe(true);
    },
  );

  it("is made in two sizes, neither larger than it was", async () => {
    const made = taken(
      await desk.make(await animated("gif", { frames: 3, delayMs: 50, width: 1_000 })),
    );
    await expectSound(made);
    expect(namesOf(made)).toEqual(["1000.webp", "640.webp", "still-640.webp"]);
  });

  it("is shown ten times a second where it names no time, as browsers show it", async () => {
    const made = taken(await desk.make(await animated("gif", { frames: 5, delayMs: 10 })));
    expect(made.durationMs).toBe(500);
  });

  it("stands still for a link", async () => {
    const path = await desk.put(await animated("gif", { frames: 3, delayMs: 50 }));
    const made = taken(await desk.processing.makePreview(path, await desk.folder(), longSignal()));
    await expectSound(made);
    expect(made.durationMs).toBeNull();
    expect((await sharp(await readFile(made.files[0]!.path)).metadata()).pages ?? 1).toBe(1);
  });

  it("has no more frames than the limit, and no more pixels in all of them", async () => {
    const { imageFramesMax } = deskLimits;
    const frames = imageFramesMax + 1;
    const tooMany = await animated("gif", { frames, delayMs: 50, width: 8 });
    expect(await desk.probe(tooMany)).toEqual({ fault: "too_many_frames" });
    expect(await desk.make(tooMany)).toEqual({ fault: "too_many_frames" });
    const small = await openDesk({ limits: { ...deskLimits, imagePixelsMax: 100_000 } });
    try {
      const large = await animated("webp", { frames: 6, delayMs: 50 });
      expect(await small.probe(large)).toEqual({ fault: "too_many_pixels" });
      expect(await small.make(large)).toEqual({ fault: "too_many_pixels" });
    } finally {
      await small.close();
    }
  });
});
