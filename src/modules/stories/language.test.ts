import { describe, expect, it } from "vitest";
import { canonicalLanguage, guessLanguage } from "./language.ts";

describe("the language of a text", () => {
  it.each([
    ["ko", "오늘 날씨가 참 좋네요"],
    ["ko", "Docker 컨테이너 배포가 끝났습니다"],
    ["ko", "ㅋㅋㅋㅋ"],
    ["ja", "今日はいい天気ですね"],
    ["ja", "ラーメン!"],
    ["en", "Hello from the first person"],
    ["en", "We are going to the park, see you there"],
    ["th", "สวัสดีครับ"],
    ["und", "東京大学"],
    ["und", "Bonjour tout le monde, il fait beau"],
    ["und", "Ich bin heute sehr müde"],
    ["und", "Привет, как дела?"],
    ["und", "12345 :-)"],
    ["und", "https://example.org/the/new/what"],
    ["und", ""],
  ])("is %s for %s", (lang, text) => {
    expect(guessLanguage(text)).toBe(lang);
  });

  it("is given in its canonical spelling", () => {
    expect(canonicalLanguage("KO-kr")).toBe("ko-KR");
    expect(canonicalLanguage("zh-hant")).toBe("zh-Hant");
    expect(canonicalLanguage("en_US")).toBeNull();
    expect(canonicalLanguage("")).toBeNull();
  });
});
