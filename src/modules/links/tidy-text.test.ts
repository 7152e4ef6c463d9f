import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasControls, textFault } from "../../kernel/text.ts";
import { tidyText } from "./tidy-text.ts";

const graphemesOf = (text: string): number =>
  [...new Intl.Segmenter("und", { granularity: "grapheme" }).segment(text)].length;

describe("the words of a page", () => {
  it.each([
    ["are in one line", " a\n\t b  c\u00a0d\u2028e ", "a b c d e"],
    ["turn nothing around", "a\u202eb\u2066c\u200fd\u061ce", "abcde"],
    ["hide nothing", "\ufeffa\u0000b\u0007c\u009fd", "a b c d"],
    ["have whole characters", "a\ud800b", "a\ufffdb"],
    ["are composed", "e\u0301\u1112\u1161\u11ab", "é한"],
    ["keep what belongs together", "👩‍👩‍👧 🏴󠁧󠁢󠁳󠁣󠁴󠁿", "👩‍👩‍👧 🏴󠁧󠁢󠁳󠁣󠁴󠁿"],
  ])("%s", (_name, text, expected) => {
    expect(tidyText(text, 100)).toBe(expected);
  });

  it.each(["", " \n ", "\u202e\u200b", "\ufeff", null, undefined])("may be none: %j", (text) => {
    expect(tidyText(text, 100)).toBeNull();
  });

  it("are cut where they are long, between what people see as characters", () => {
    expect(tidyText("a".repeat(10), 10)).toBe("a".repeat(10));
    expect(tidyText("a".repeat(11), 10)).toBe(`${"a".repeat(9)}…`);
    expect(tidyText("👩‍👩‍👧".repeat(11), 10)).toBe(`${"👩‍👩‍👧".repeat(9)}…`);
    expect(tidyText("abcd efgh ijkl", 10)).toBe("abcd efgh…");
  });

  it("are bounded, however much stands on one letter", () => {
    const tower = `a${"\u0301".repeat(1_000_000)}`;
    expect(tidyText(tower, 10)?.length).toBeLessThan(100);
    expect(tidyText(`b${tower}`, 10)).toBe("b…");
  });

  it("are fit to be shown, whatever they were", () => {
    const unit = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("\u202e", "\ud800", "\n"));
    fc.assert(
      fc.property(
        fc.array(unit, { maxLength: 30 }),
        fc.integer({ min: 1, max: 20 }),
        (parts, max) => {
          const text = tidyText(parts.join(""), max);
          if (text !== null) {
            expect(hasControls(text)).toBe(false);
            expect(textFault(text)).toBeNull();
            expect(graphemesOf(text)).toBeLessThanOrEqual(max);
            expect(text.length).toBeLessThanOrEqual(max * 8 + 1);
          }
        },
      ),
    );
  });
});
