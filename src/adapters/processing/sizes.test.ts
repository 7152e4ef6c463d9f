import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { printedSeed } from "../../../test/support/seed.ts";
import { animationSizes, nearestToPreview, stillSizes, videoSize } from "./sizes.ts";

const seed = printedSeed("sizes");
const side = fc.integer({ min: 1, max: 100_000 });
const anySize = fc.record({ width: side, height: side });

const widthsOf = (width: number, height: number): number[] =>
  stillSizes({ width, height }).map((size) => size.width);

describe("the sizes of a photo", () => {
  it("are the usual widths below it, and its own where that is not nearly one of them", () => {
    expect(widthsOf(4_000, 3_000)).toEqual([2_560, 1_280, 640, 320]);
    expect(widthsOf(2_000, 1_000)).toEqual([2_000, 1_280, 640, 320]);
    expect(widthsOf(1_300, 1_000)).toEqual([1_300, 640, 320]);
    expect(widthsOf(640, 480)).toEqual([640, 320]);
    expect(widthsOf(350, 480)).toEqual([350]);
    expect(widthsOf(9, 9)).toEqual([9]);
  });

  it("are smaller where it is very tall, down to a pixel's width", () => {
    expect(stillSizes({ width: 1_080, height: 12_000 })[0]).toEqual({
      width: 1_080,
      height: 12_000,
    });
    expect(stillSizes({ width: 1_000, height: 20_000 })[0]).toEqual({ width: 819, height: 16_380 });
    expect(stillSizes({ width: 2_560, height: 10_000 })[0]).toEqual({
      width: 2_023,
      height: 7_902,
    });
    expect(stillSizes({ width: 1, height: 30_000 })).toEqual([{ width: 1, height: 16_383 }]);
    expect(stillSizes({ width: 30_000, height: 1 }).at(-1)).toEqual({ width: 320, height: 1 });
  });

  it("never enlarge, fit every format, and fall, whatever its shape", () => {
    const holds = fc.property(anySize, (original) => {
      const sizes = stillSizes(original);
      for (const [index, { width, height }] of sizes.entries()) {
        expect(width).toBeLessThanOrEqual(Math.min(original.width, 2_560));
        expect(height).toBeLessThanOrEqual(Math.min(Math.max(original.height, 1), 16_383));
        expect(Math.min(width, height)).toBeGreaterThanOrEqual(1);
        expect(width * height).toBeLessThanOrEqual(16_100_000);
        expect(width).toBeLessThan(sizes[index - 1]?.width ?? Number.POSITIVE_INFINITY);
      }
    });
    fc.assert(holds, { seed });
  });

  it("have one that is nearest to a preview", () => {
    const of = (...widths: number[]) => nearestToPreview(widths.map((width) => ({ width }))).width;
    expect([of(2_560, 1_280, 640, 320), of(1_000, 320), of(900, 320), of(9)]).toEqual([
      640, 320, 900, 9,
    ]);
  });
});

describe("the sizes of an animation", () => {
  it("are two where it is wide and short, otherwise one", () => {
    const wide = { width: 1_600, height: 800 };
    const sizes = (frames: number) => animationSizes(wide, frames, 10_000_000);
    expect(sizes(10)).toEqual([
      { width: 1_280, height: 640 },
      { width: 640, height: 320 },
    ]);
    expect(sizes(100)).toEqual([{ width: 640, height: 320 }]);
    expect(animationSizes({ width: 200, height: 100 }, 9, 10_000_000)).toEqual([
      { width: 200, height: 100 },
    ]);
  });
});

describe("the size of a video", () => {
  it("is within 1280 × 720, upright or not, with even sides", () => {
    const of = (width: number, height: number): readonly [number, number] => {
      const size = videoSize({ width, height });
      return [size.width, size.height];
    };
    expect(of(3_840, 2_160)).toEqual([1_280, 720]);
    expect(of(1_080, 1_920)).toEqual([720, 1_280]);
    expect(of(1_000, 1_000)).toEqual([720, 720]);
    expect(of(321, 241)).toEqual([320, 240]);
    expect(of(1, 1)).toEqual([2, 2]);
    const holds = fc.property(anySize, (original) => {
      const [width, height] = of(original.width, original.height);
      expect([width % 2, height % 2]).toEqual([0, 0]);
      expect(Math.min(width, height)).toBeGreaterThanOrEqual(2);
      expect(Math.max(width, height)).toBeLessThanOrEqual(1_280);
      expect(Math.min(width, height)).toBeLessThanOrEqual(720);
    });
    fc.assert(holds, { seed });
  });
});
