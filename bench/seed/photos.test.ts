import sharp from "sharp";
import { expect, it } from "vitest";
import { drawPhotos } from "./photos.ts";

const size = { width: 400, height: 300, bytes: 60_000 };

it("draws photos of the size that is asked for, each another, and the same on every run", async () => {
  const [first, second] = await drawPhotos(size, 2);
  const [again] = await drawPhotos(size, 1);
  expect(await sharp(first).metadata()).toMatchObject({ format: "jpeg", width: 400, height: 300 });
  expect(first!.length).toBeGreaterThan(size.bytes * 0.8);
  expect(first!.length).toBeLessThanOrEqual(size.bytes);
  expect(first!.equals(second!)).toBe(false);
  expect(first!.equals(again!)).toBe(true);
});
