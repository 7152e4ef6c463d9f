import { describe, expect, it } from "vitest";
import { shapeOf } from "./shape.ts";

const sized = (width: number, height: number) => ({ width, height });

describe("the room of one photo", () => {
  it("has its shape", () => {
    expect(shapeOf([sized(4_000, 3_000)])).toEqual({ ratio: 4 / 3, widthPxMax: 600 });
    expect(shapeOf([sized(3_000, 4_000)])).toEqual({ ratio: 3 / 4, widthPxMax: 384 });
  });

  it("is neither a tower nor a thread", () => {
    expect(shapeOf([sized(100, 10_000)]).ratio).toBe(0.62);
    expect(shapeOf([sized(10_000, 100)]).ratio).toBe(3);
  });

  it("is no larger than a small photo needs", () => {
    expect(shapeOf([sized(64, 64)]).widthPxMax).toBe(240);
    expect(shapeOf([sized(320, 320)]).widthPxMax).toBe(320);
  });

  it("is a square where the size is not known", () => {
    expect(shapeOf([sized(0, 0)])).toEqual({ ratio: 1, widthPxMax: 240 });
  });
});

describe("the room of several", () => {
  it("is the same whatever they are, from four on", () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => sized(100 + i, 50));
    const [two, three, four, ten] = [2, 3, 4, 10].map((count) => shapeOf(many(count)));
    expect(two!.ratio).toBe(16 / 9);
    expect(three!.ratio).toBe(3 / 2);
    expect(ten).toEqual(four);
  });
});
