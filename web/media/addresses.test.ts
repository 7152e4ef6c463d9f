import { describe, expect, it } from "vitest";
import type { Media } from "../data/client.ts";
import { isSameFile, picturesOf, videosOf } from "./addresses.ts";

const media = (signature: string): Media => ({
  id: "1",
  kind: "image",
  state: "ready",
  problem: null,
  alt: "",
  width: 1_280,
  height: 720,
  durationSeconds: null,
  blurhash: null,
  url: `/media/1.x/640.jpg${signature}`,
  previewUrl: `/media/1.x/320.webp${signature}`,
  variants: [
    { url: `/media/1.x/640.jpg${signature}`, type: "image/jpeg", width: 640 },
    { url: `/media/1.x/640.webp${signature}`, type: "image/webp", width: 640 },
    { url: `/media/1.x/320.webp${signature}`, type: "image/webp", width: 320 },
    { url: `/media/1.x/640.avif${signature}`, type: "image/avif", width: 640 },
    { url: `/media/1.x/video.mp4${signature}`, type: "video/mp4", width: 640 },
  ],
});

describe("the files of a photo or video", () => {
  it("are offered by type, the smallest first, each in its widths", () => {
    expect(picturesOf(media(""))).toEqual([
      { type: "image/avif", srcSet: "/media/1.x/640.avif 640w" },
      { type: "image/webp", srcSet: "/media/1.x/640.webp 640w, /media/1.x/320.webp 320w" },
      { type: "image/jpeg", srcSet: "/media/1.x/640.jpg 640w" },
    ]);
    expect(videosOf(media("")).map(({ url }) => url)).toEqual(["/media/1.x/video.mp4"]);
  });

  it("are those that are large enough, on the whole screen", () => {
    const large = { url: "/media/1.x/2560.webp", type: "image/webp", width: 2_560 };
    const photo = { ...media(""), variants: [large, ...media("").variants] };
    expect(picturesOf(photo, true).map(({ type }) => type)).toEqual(["image/webp"]);
  });

  it("are those that move, of a picture that does", () => {
    const moving = { ...media(""), durationSeconds: 2 };
    const webp = picturesOf(moving).find(({ type }) => type === "image/webp");
    expect(webp?.srcSet).toBe("/media/1.x/640.webp 640w");
  });

  it("are the same under a new signature, and others under a new address", () => {
    expect(isSameFile(media("?s=1.a"), media("?s=1.b"))).toBe(true);
    expect(isSameFile(media(""), { ...media(""), alt: "A tree" })).toBe(false);
    expect(isSameFile(media(""), { ...media(""), url: "/media/1.y/640.jpg" })).toBe(false);
  });
});
