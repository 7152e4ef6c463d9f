import { describe, expect, it } from "vitest";
import { chanceFrom } from "./chance.ts";
import { readSample } from "./members.ts";
import { createMemory, phraseRestMs, textRestMs, variantsOf } from "./phrases.ts";

const secondMs = 1_000;
const startMs = Date.UTC(2026, 10, 20);

describe("a phrase", () => {
  it("allows every mix of its choices, and itself where it has none", () => {
    expect(variantsOf("{a|b} and {c|d}!")).toEqual([
      "a and c!",
      "a and d!",
      "b and c!",
      "b and d!",
    ]);
    expect(variantsOf("no choice")).toEqual(["no choice"]);
  });
});

describe("the memory of what was said", () => {
  it("lets no text come back within a day, however much is said", async () => {
    const { members } = await readSample();
    const memory = createMemory(chanceFrom(1));
    const saidMs = new Map<string, number>();
    const everySeconds = 40;
    let said = 0;
    for (let i = 0; i < (3 * 86_400) / everySeconds; i += 1) {
      const nowMs = startMs + i * everySeconds * secondMs;
      const phrases = members[i % members.length]!.lively;
      const chosen = memory.choose(phrases, nowMs);
      if (chosen !== null) {
        const before = saidMs.get(chosen.text) ?? Number.NEGATIVE_INFINITY;
        expect(nowMs - before).toBeGreaterThanOrEqual(textRestMs);
        memory.note(chosen.text, nowMs);
        saidMs.set(chosen.text, nowMs);
        said += 1;
      }
    }
    // A story every few minutes can be had on each of the days.
    expect(said).toBeGreaterThan(3 * 500);
  });

  it("lets what differs in a word alone rest for hours", () => {
    const memory = createMemory(chanceFrom(1));
    const phrases = [{ variants: ["one loaf", "two loaves"] }];
    const first = memory.choose(phrases, startMs)!;
    memory.note(first.text, startMs);
    expect(memory.choose(phrases, startMs + phraseRestMs - 1)).toBeNull();
    const second = memory.choose(phrases, startMs + phraseRestMs)!;
    expect(second.text).not.toBe(first.text);
    memory.note(second.text, startMs + phraseRestMs);
    expect(memory.choose(phrases, startMs + 2 * phraseRestMs)).toBeNull();
    expect(memory.choose(phrases, startMs + textRestMs)!.text).toBe(first.text);
  });
});
