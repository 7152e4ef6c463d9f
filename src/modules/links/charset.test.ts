import { describe, expect, it } from "vitest";
import { decodePage } from "./charset.ts";

/** Words in the encodings of old pages. */
const encoded = {
  "euc-kr": {
    words: "안녕하세요 여러분, 오늘의 소식",
    hex: "bec8b3e7c7cfbcbcbfe420bfa9b7afbad02c20bfc0b4c3c0c720bcd2bdc4",
  },
  cp949: { words: "뷁과 똠방각하의 펲시", hex: "94eeb0fa208c63b9e6b0a2c7cfc0c720bc84bdc3" },
  shift_jis: {
    words: "こんにちは世界のニュース",
    hex: "82b182f182c982bf82cd90a28a4582cc836a8385815b8358",
  },
  cp932: { words: "①髙橋さんの記事です", hex: "8740eee08bb482b382f182cc8b4c8e9682c582b7" },
  "euc-jp": {
    words: "こんにちは世界のニュース",
    hex: "a4b3a4f3a4cba4c1a4cfc0a4b3a6a4cea5cba5e5a1bca5b9",
  },
  "iso-2022-jp": {
    words: "こんにちは世界のニュース",
    hex: "1b244224332473244b2441244f40243326244e254b2565213c25391b2842",
  },
  gb18030: { words: "你好，世界", hex: "c4e3bac3a3accac0bde7" },
  big5: { words: "你好，世界", hex: "a741a66ea141a540acc9" },
  "utf-8": {
    words: "안녕 세계 – café",
    hex: Buffer.from("안녕 세계 – café").toString("hex"),
  },
  "windows-1252": { words: "déjà vu – “café”", hex: "64e96ae020767520962093636166e994" },
} as const;
type Encoding = keyof typeof encoded;
const all = Object.keys(encoded) as Encoding[];
/** Those that can be told from each other by their letters. */
const told = all.filter((encoding) => encoding !== "gb18030" && encoding !== "big5");

const page = (encoding: Encoding, head = ""): Buffer =>
  Buffer.concat([
    Buffer.from(`<html><head>${head}<title>`),
    Buffer.from(encoded[encoding].hex, "hex"),
    Buffer.from("</title>"),
  ]);
const titleOf = (text: string): string | undefined => /<title>(.*)<\/title>/u.exec(text)?.[1];

describe("a page is read as", () => {
  it.each(all)("%s, which its header declares", (encoding) => {
    const text = decodePage(page(encoding), `text/html; charset="${encoding.toUpperCase()}"`);
    expect(titleOf(text)).toBe(encoded[encoding].words);
  });

  it.each(all)("%s, which it declares itself", (encoding) => {
    const { words } = encoded[encoding];
    for (const declaration of [
      `<meta charset=${encoding}>`,
      `<META http-equiv="Content-Type" content="text/html;charset=${encoding}">`,
      `${"<!-- -->".repeat(400)}<meta charset='${encoding}'>`,
    ]) {
      expect(titleOf(decodePage(page(encoding, declaration), "text/html")), declaration).toBe(
        words,
      );
    }
  });

  it.each(all)("%s, which it declares as XML", (encoding) => {
    const declaration = Buffer.from(`<?xml version="1.0" encoding="${encoding}"?>`);
    const text = decodePage(Buffer.concat([declaration, page(encoding)]), "application/xhtml+xml");
    expect(titleOf(text)).toBe(encoded[encoding].words);
  });

  it.each(told)("%s, though nothing is declared", (encoding) => {
    const { words } = encoded[encoding];
    expect(titleOf(decodePage(page(encoding), null))).toBe(words);
  });

  it.each(told)("%s, though its header declares another", (encoding) => {
    const { words } = encoded[encoding];
    for (const charset of ["utf-8", "iso-8859-1", "unknown", ""]) {
      const text = decodePage(page(encoding), `text/html; charset=${charset}`);
      expect(titleOf(text), charset).toBe(words);
    }
  });

  it.each(all)("%s, which it declares itself against its header", (encoding) => {
    const text = decodePage(
      page(encoding, `<meta charset=${encoding}>`),
      "text/html;charset=utf-8",
    );
    expect(titleOf(text)).toBe(encoded[encoding].words);
  });

  it("Korean, however much of it is laughter", () => {
    const laughing = Buffer.from(
      "c7d1b1b920a4bba4bba4bba4bb20c1a4b8bb20a4d0a4d0c7d1b1b9c1a4b8bb",
      "hex",
    );
    expect(decodePage(laughing, null)).toBe("한국 ㅋㅋㅋㅋ 정말 ㅠㅠ한국정말");
  });

  it("what its first bytes say, whatever else is declared", () => {
    const text = "<title>안녕</title>";
    const utf16 = Buffer.from(`\ufeff${text}`, "utf16le");
    for (const bytes of [Buffer.from(`\ufeff${text}`), utf16, Buffer.from(utf16).swap16()]) {
      expect(decodePage(bytes, "text/html; charset=shift_jis")).toBe(text);
    }
  });

  it("UTF-8 where it says in ASCII that it is UTF-16", () => {
    expect(titleOf(decodePage(page("utf-8", "<meta charset=utf-16>"), null))).toBe(
      "안녕 세계 – café",
    );
  });

  it("declared in spite of a broken byte, or of a last character that is cut off", () => {
    const words = "안녕하세요 ".repeat(100);
    const bytes = Buffer.concat([Buffer.from(words), Buffer.from([0xff]), Buffer.from(" 끝")]);
    expect(decodePage(bytes, "text/html; charset=utf-8")).toBe(`${words}\ufffd 끝`);
    expect(decodePage(bytes.subarray(0, -1), null)).toBe(`${words}\ufffd `);
    expect(decodePage(page("euc-kr").subarray(0, -9), "text/html; charset=euc-kr")).toContain("소");
  });

  it("a declaration in a comment or a script is none", () => {
    const head = "<!-- <meta charset=euc-kr> --><script>'<meta charset=big5>'</script>";
    expect(titleOf(decodePage(page("shift_jis", head), null))).toBe(encoded.shift_jis.words);
  });

  it("something, whatever it is", () => {
    expect(decodePage(new Uint8Array(), "text/html; charset=x-user-defined")).toBe("");
    expect(decodePage(Uint8Array.from([0xff, 0x00, 0x80]), null)).toBe("ÿ\u0000€");
  });
});
