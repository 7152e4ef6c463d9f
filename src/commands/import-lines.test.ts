import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSplitter } from "./import-lines.ts";

const bytesMax = 40;

/** What a file says, read in pieces that end at these places. */
function split(content: Buffer, cuts: readonly number[] = []): string[] {
  const splitter = createSplitter(bytesMax);
  const places = [0, ...cuts.toSorted((a, b) => a - b), content.length];
  const lines = places.flatMap((from, index) => {
    // The splitter may keep nothing of what it is given, because a reader uses its chunk again.
    const chunk = Buffer.from(content.subarray(from, places[index + 1] ?? from));
    const found = splitter.push(chunk);
    chunk.fill("!");
    return found;
  });
  return [...lines, ...splitter.end()].map((line) =>
    "text" in line
      ? `${line.number} ${line.endByte} ${line.text}`
      : `${line.number} ${line.endByte} FAULT ${line.fault}`,
  );
}

describe("lines", () => {
  it("end with LF or CRLF, and the last may have no end", () => {
    expect(split(Buffer.from("a\r\n\nb\nc"))).toEqual(["1 3 a", "2 4 ", "3 6 b", "4 7 c"]);
  });

  it("begin after a byte order mark", () => {
    expect(split(Buffer.from("\ufeffa\n\ufeffb\n"))).toEqual(["1 5 a", "2 10 \ufeffb"]);
  });

  it("that are no UTF-8 are told by their number, and the next are read", () => {
    const content = Buffer.concat([Buffer.from("a\n"), Buffer.of(0xff, 0x0a), Buffer.from("나\n")]);
    expect(split(content)).toEqual(["1 2 a", "2 4 FAULT is not valid UTF-8", "3 8 나"]);
  });

  it("that are too long are told by their number, and the next are read", () => {
    const content = Buffer.from(`a\n${"x".repeat(bytesMax + 1)}\n${"y".repeat(bytesMax)}\n`);
    expect(split(content)).toEqual([
      "1 2 a",
      "2 44 FAULT is longer than 40 bytes",
      `3 85 ${"y".repeat(bytesMax)}`,
    ]);
    const endless = Buffer.from("z".repeat(bytesMax * 3));
    expect(split(endless, [50, 100])).toEqual(["1 120 FAULT is longer than 40 bytes"]);
  });

  it("are the same wherever the chunks end", () => {
    const piece = fc.constantFrom("\n", "\r\n", "\r", "마루", "a", "\ufeff", "x".repeat(21), "#");
    const contents = fc.array(piece, { maxLength: 30 }).map((parts) => Buffer.from(parts.join("")));
    fc.assert(
      fc.property(contents, fc.array(fc.nat()), (content, numbers) => {
        const cuts = numbers.map((number) => number % (content.length + 1));
        expect(split(content, cuts)).toEqual(split(content));
      }),
    );
  });
});
