import type { IncomingHttpHeaders } from "node:http";
import { describe, expect, test } from "vitest";
import { isRangeOfSame, judgeConditions, type Validators } from "./conditions.ts";
import { httpDateMs } from "./http-date.ts";

const before = "Sun, 06 Nov 1994 08:49:36 GMT";
const modified = "Sun, 06 Nov 1994 08:49:37 GMT";
const after = "Sun, 06 Nov 1994 08:49:38 GMT";
const strong: Validators = { etag: '"a"', lastModified: modified };
const weak: Validators = { etag: 'W/"a"', lastModified: modified };
const untold: Validators = { etag: null, lastModified: null };

test.each([
  [modified, Date.UTC(1994, 10, 6, 8, 49, 37)],
  ["Sunday, 06-Nov-94 08:49:37 GMT", Date.UTC(1994, 10, 6, 8, 49, 37)],
  ["Sun Nov  6 08:49:37 1994", Date.UTC(1994, 10, 6, 8, 49, 37)],
  ["Sun, 06 Nov 1994 08:49:37 PST", null],
  ["Sun, 06 Nov 1994 08:49:37", null],
  ["Sun, 06 Now 1994 08:49:37 GMT", null],
  ["1994-11-06T08:49:37Z", null],
  ["2099", null],
  ["", null],
])("%j is a date of a header or none", (text, ms) => {
  expect(httpDateMs(text)).toBe(ms);
});

describe("the conditions of a request", () => {
  test.each<[IncomingHttpHeaders, Validators, ReturnType<typeof judgeConditions>]>([
    [{}, strong, "send"],
    [{ "if-match": '"a"' }, strong, "send"],
    [{ "if-match": '"b", "a"' }, strong, "send"],
    [{ "if-match": "*" }, strong, "send"],
    [{ "if-match": "*" }, untold, "send"],
    [{ "if-match": '"b"' }, strong, "failed"],
    [{ "if-match": 'W/"a"' }, strong, "failed"],
    [{ "if-match": 'W/"a"' }, weak, "failed"],
    [{ "if-match": '"a"' }, untold, "failed"],
    [{ "if-match": "a" }, strong, "failed"],
    [{ "if-unmodified-since": modified }, strong, "send"],
    [{ "if-unmodified-since": after }, strong, "send"],
    [{ "if-unmodified-since": before }, strong, "failed"],
    [{ "if-unmodified-since": before }, untold, "send"],
    [{ "if-unmodified-since": "never" }, strong, "send"],
    [{ "if-none-match": '"a"' }, strong, "current"],
    [{ "if-none-match": 'W/"a"' }, strong, "current"],
    [{ "if-none-match": '"a"' }, weak, "current"],
    [{ "if-none-match": '"x", "a"' }, strong, "current"],
    [{ "if-none-match": "*" }, untold, "current"],
    [{ "if-none-match": '"b"' }, strong, "send"],
    [{ "if-none-match": '"b"' }, untold, "send"],
    [{ "if-modified-since": modified }, strong, "current"],
    [{ "if-modified-since": after }, strong, "current"],
    [{ "if-modified-since": before }, strong, "send"],
    [{ "if-modified-since": after }, untold, "send"],
    [{ "if-modified-since": "2099" }, strong, "send"],
    // Tags go before dates, and what must hold before what may be left out.
    [{ "if-match": '"a"', "if-unmodified-since": before }, strong, "send"],
    [{ "if-none-match": '"b"', "if-modified-since": after }, strong, "send"],
    [{ "if-match": '"b"', "if-none-match": '"a"' }, strong, "failed"],
    [{ "if-match": '"a"', "if-none-match": '"a"' }, strong, "current"],
    [{ "if-unmodified-since": before, "if-none-match": '"a"' }, strong, "failed"],
    [{ "if-unmodified-since": modified, "if-modified-since": modified }, strong, "current"],
  ])("%j of %j come to: %s", (headers, validators, verdict) => {
    expect(judgeConditions(headers, validators)).toBe(verdict);
  });
});

test.each([
  [undefined, strong, true],
  ['"a"', strong, true],
  ['"b"', strong, false],
  ['W/"a"', strong, false],
  ['W/"a"', weak, false],
  ['"a"', weak, false],
  ['"a"', untold, false],
  ['"b", "a"', strong, false],
  [modified, strong, true],
  [before, strong, false],
  [after, strong, false],
  [modified, untold, false],
  ["a", strong, false],
  ["*", strong, false],
])("If-Range: %s of %j is of the same bytes: %s", (header, validators, isSame) => {
  expect(isRangeOfSame(header, validators)).toBe(isSame);
});
