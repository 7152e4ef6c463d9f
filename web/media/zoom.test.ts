import { describe, expect, it } from "vitest";
import { moved, wholeView, zoomed } from "./zoom.ts";

const frame = { width: 400, height: 200 };

describe("a picture that is looked at closely", () => {
  it("keeps under the finger what was there", () => {
    const at = { x: 100, y: -40 };
    const view = zoomed(wholeView, 2, at, frame);
    // What was at the point before: its distance from the middle, twice as far, moved back.
    expect(at.x * view.scale + view.x).toBeCloseTo(at.x);
    expect(at.y * view.scale + view.y).toBeCloseTo(at.y);
  });

  it("is never smaller than whole, nor endlessly large", () => {
    expect(zoomed(wholeView, 0.2, { x: 10, y: 10 }, frame)).toEqual(wholeView);
    expect(zoomed(wholeView, 50, { x: 0, y: 0 }, frame).scale).toBe(4);
  });

  it("moves to its edges and no further", () => {
    const close = zoomed(wholeView, 2, { x: 0, y: 0 }, frame);
    expect(moved(close, { x: 1_000, y: -1_000 }, frame)).toEqual({ scale: 2, x: 200, y: -100 });
    expect(moved(wholeView, { x: 50, y: 50 }, frame)).toEqual(wholeView);
  });

  it("lies in the middle again when it is whole", () => {
    const close = moved(zoomed(wholeView, 3, { x: 0, y: 0 }, frame), { x: 1_000, y: 1_000 }, frame);
    expect(zoomed(close, 1, { x: 0, y: 0 }, frame)).toEqual(wholeView);
  });
});
