import { describe, expect, it } from "vitest";
import { isBlank, isSame, parseRecord, type DraftRecord, type Written } from "./draft-record.ts";

const record = (written: Written): DraftRecord => ({
  key: "k",
  written,
  isWanted: false,
  sent: [],
  sentAtMs: null,
  arrived: null,
  changedAtMs: 1,
});
const written: Written = { text: "", visibility: "public" };

describe("a draft as the browser keeps it", () => {
  it("is read with its photos, and as an earlier build left it, without", () => {
    const withPhotos = record({ ...written, media: ["1", "2"] });
    expect(parseRecord(JSON.stringify(withPhotos))).toEqual(withPhotos);
    expect(parseRecord(JSON.stringify(record(written)))).toEqual(record(written));
  });

  it("is not read where its photos are something else", () => {
    const broken = { ...record(written), written: { ...written, media: [1] } };
    expect(parseRecord(JSON.stringify(broken))).toBeNull();
  });

  it("is worth keeping for its photos alone", () => {
    expect(isBlank(record({ ...written, media: [] }), { arrived: null })).toBe(true);
    expect(isBlank(record({ ...written, media: ["1"] }), { arrived: null })).toBe(false);
  });

  it("is another one with other photos, or in another order", () => {
    const with12 = { ...written, media: ["1", "2"] };
    expect(isSame(with12, { ...written, media: ["1", "2"] })).toBe(true);
    expect(isSame(with12, { ...written, media: ["2", "1"] })).toBe(false);
    expect(isSame(written, { ...written, media: [] })).toBe(true);
  });
});
