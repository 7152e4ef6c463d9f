import fastCheck from "fast-check";
import { expect, test } from "vitest";
import { byteRangeOf } from "./byte-range.ts";

test.each([
  ["bytes=0-0", 10, { start: 0, end: 0 }],
  ["bytes=2-5", 10, { start: 2, end: 5 }],
  ["bytes=2-", 10, { start: 2, end: 9 }],
  ["bytes=-3", 10, { start: 7, end: 9 }],
  ["bytes=-30", 10, { start: 0, end: 9 }],
  ["bytes=5-500", 10, { start: 5, end: 9 }],
  ["Bytes= 5-6 ", 10, { start: 5, end: 6 }],
  ["bytes=0005-0006", 10, { start: 5, end: 6 }],
  [`bytes=0-${"9".repeat(400)}`, 10, { start: 0, end: 9 }],
  [`bytes=-${"9".repeat(400)}`, 10, { start: 0, end: 9 }],
  ["bytes=10-", 10, "unsatisfiable"],
  ["bytes=10-20", 10, "unsatisfiable"],
  [`bytes=${"9".repeat(400)}-`, 10, "unsatisfiable"],
  ["bytes=-0", 10, "unsatisfiable"],
  ["bytes=0-", 0, "unsatisfiable"],
  ["bytes=-0", 0, "unsatisfiable"],
  ["bytes=-5", 0, null],
  ["bytes=5-2", 10, null],
  ["bytes=-", 10, null],
  ["bytes=", 10, null],
  ["bytes", 10, null],
  ["", 10, null],
  ["0-5", 10, null],
  ["items=0-5", 10, null],
  ["bytes=0-1,4-5", 10, null],
  ["bytes=0-1,", 10, null],
  ["bytes=a-5", 10, null],
  ["bytes=0x1-5", 10, null],
  ["bytes=1.0-5", 10, null],
  ["bytes=+1-5", 10, null],
  ["bytes=0--5", 10, null],
  ["bytes=0 - 5", 10, null],
])("%j of %i bytes is %j", (header, bytes, range) => {
  expect(byteRangeOf(header, bytes)).toEqual(range);
});

test("any range gives just those of the bytes that it names", () => {
  const place = fastCheck.nat({ max: 40 });
  fastCheck.assert(
    fastCheck.property(
      fastCheck.nat({ max: 30 }),
      fastCheck.option(place, { nil: null }),
      fastCheck.option(place, { nil: null }),
      (bytes, first, last) => {
        const all = Array.from({ length: bytes }, (_, at) => at);
        const named = all.filter((at) =>
          first === null ? at >= bytes - (last ?? 0) : at >= first && at <= (last ?? Infinity),
        );
        const range = byteRangeOf(`bytes=${first ?? ""}-${last ?? ""}`, bytes);
        if (range !== null && range !== "unsatisfiable") {
          expect(all.slice(range.start, range.end + 1)).toEqual(named);
          expect(named).not.toEqual([]);
        } else if (range === "unsatisfiable") {
          expect(named).toEqual([]);
        } else {
          const isBackward = first !== null && last !== null && last < first;
          const isNothing = first === null && (last === null || bytes === 0);
          expect(isBackward || isNothing).toBe(true);
        }
      },
    ),
  );
});
