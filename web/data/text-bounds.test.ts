import { describe, expect, it } from "vitest";
import { commentBounds, measured, storyBounds, tidied } from "./text-bounds.ts";

describe("what is measured of a text", () => {
  it("is nothing while the end is far away", () => {
    expect(measured("안녕하세요", storyBounds)).toEqual({ isBlank: false, left: null });
  });

  it("is what is left when a tenth is", () => {
    expect(measured("a".repeat(899), commentBounds).left).toBeNull();
    expect(measured("a".repeat(900), commentBounds).left).toBe(100);
    expect(measured("가".repeat(1_000), commentBounds).left).toBe(0);
    expect(measured("a".repeat(5_003), storyBounds).left).toBe(-3);
  });

  it("counts what readers see as one character as one", () => {
    expect(measured("👩‍👩‍👧‍👦".repeat(300), commentBounds).left).toBe(27);
    expect(measured("e\u0301".repeat(950), commentBounds).left).toBe(50);
    expect(measured("🇰🇷".repeat(990), commentBounds).left).toBe(10);
  });

  it("ends at the bytes where characters are large", () => {
    const family = "👩‍👩‍👧‍👦";
    const { length: bytes } = new TextEncoder().encode(family);
    const fitting = Math.floor(storyBounds.bytesMax / bytes);
    expect(measured(family.repeat(fitting), storyBounds).left).toBe(0);
    expect(measured(family.repeat(fitting + 1), storyBounds).left).toBeLessThan(0);
  });

  it("knows a text that shows nothing", () => {
    for (const text of ["", "  \n\t", "\u200b\u2060", "\u3164"]) {
      expect(measured(text, storyBounds).isBlank).toBe(true);
    }
    expect(measured("ㅋ", storyBounds).isBlank).toBe(false);
  });
});

describe("what is sent of a text", () => {
  it("has no empty lines around it, and keeps those within and the first line's indent", () => {
    expect(tidied(" \n\n  곰\n\n  새 \n\n")).toBe("  곰\n\n  새");
  });

  it("is in NFC, without halves of characters and U+0000", () => {
    expect(tidied("e\u0301\u0000 \ud83d ok")).toBe("é  ok");
  });
});
