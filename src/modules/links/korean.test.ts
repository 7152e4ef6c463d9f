import { describe, expect, it } from "vitest";
import { decodeKorean } from "./korean.ts";

const decoded = (hex: string): string => decodeKorean(Buffer.from(hex, "hex"));

describe("windows-949", () => {
  it.each([
    ["what KS X 1001 has", "c7d1b1db2061", "한글 a"],
    ["the first besides", "8141", "갂"],
    ["those in the middle", "8c63b9e6b0a2c7cf", "똠방각하"],
    ["those in the middle", "94ee", "뷁"],
    ["those in the middle", "c164", "햏"],
    ["those in the middle", "a046a091a092", "쟂젒젔"],
    ["the last", "c652", "힣"],
    ["signs and Chinese characters", "a1a1caab", "\u3000家"],
    ["nothing", "", ""],
  ])("has %s", (_name, hex, text) => {
    expect(decoded(hex)).toBe(text);
  });

  it("has every syllable once", () => {
    const pairs: number[] = [];
    for (let lead = 0x81; lead <= 0xfe; lead += 1) {
      for (let trail = 0x41; trail <= 0xfe; trail += 1) {
        pairs.push(lead, trail, 0x20);
      }
    }
    const syllables = decodeKorean(Uint8Array.from(pairs)).match(/[\uac00-\ud7a3]/gu) ?? [];
    expect(syllables).toHaveLength(11_172);
    expect(new Set(syllables).size).toBe(11_172);
  });

  it("goes on behind what is broken", () => {
    expect(decoded("c7d1ff20b1db")).toMatch(/^한.+글$/u);
    expect(decoded("c7d18c")).toMatch(/^한/u);
  });
});
