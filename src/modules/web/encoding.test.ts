import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { acceptedEncoding, isPackable, pack } from "./encoding.ts";

describe("the encoding of an answer", () => {
  test.each([
    ["gzip, deflate, br, zstd", "br"],
    ["gzip, deflate", "gzip"],
    ["br;q=0.5, gzip;q=0.8", "gzip"],
    ["BR", "br"],
    ["br;q=0, gzip;q=0", "identity"],
    ["br; q=0 , gzip", "gzip"],
    ["*", "br"],
    ["*;q=0.1, gzip", "gzip"],
    ["br;q=0, *", "gzip"],
    ["br;q=rubbish", "identity"],
    ["identity", "identity"],
    ["", "identity"],
    [undefined, "identity"],
  ])("for %s is %s", (header, encoding) => {
    expect(acceptedEncoding(header, () => true)).toBe(encoding);
  });

  test("is one that there is", () => {
    expect(acceptedEncoding("br, gzip", (encoding) => encoding === "gzip")).toBe("gzip");
    expect(acceptedEncoding("br, gzip", () => false)).toBe("identity");
  });
});

test("texts of some length are packed, and come back as they were", async () => {
  const text = Buffer.from("export const name = 1;\n".repeat(100));
  expect(isPackable("text/javascript; charset=utf-8", text)).toBe(true);
  const { brotli, gzip } = await pack(text);
  expect(brotliDecompressSync(brotli!)).toEqual(text);
  expect(gunzipSync(gzip!)).toEqual(text);
  expect(isPackable("image/png", text)).toBe(false);
  expect(isPackable("text/css", text.subarray(0, 10))).toBe(false);
});
