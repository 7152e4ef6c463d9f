import { expect, it } from "vitest";
import { languageOf } from "./language-of.ts";

it.each([
  ["안녕하세요, Maru", "ko"],
  ["はじめまして", "ja"],
  ["東京のカフェ", "ja"],
  ["東京", undefined],
  ["Hello", undefined],
  ["", undefined],
])("the letters of %j tell of %s", (text, language) => {
  expect(languageOf(text)).toBe(language);
});
