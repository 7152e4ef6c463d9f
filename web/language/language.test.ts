import { beforeEach, describe, expect, it, vi } from "vitest";

type Language = typeof import("./language.ts");

/** A browser, as far as languages go, in which the page begins anew. */
async function begin(languages: readonly string[], kept = new Map<string, string>()) {
  vi.resetModules();
  const root = { lang: "" };
  vi.stubGlobal("document", { documentElement: root });
  vi.stubGlobal("navigator", { languages });
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  });
  const language: Language = await import("./language.ts");
  return { language, root, kept };
}

beforeEach(() => {
  vi.doUnmock("./ko.json");
  vi.doUnmock("./en.json");
});

describe("the language of a page", () => {
  it.each([
    [["ko-KR", "en-US"], "ko"],
    [["fr", "ja-JP", "ko"], "ja"],
    [["EN-gb"], "en"],
    [["kok-IN", "jam", "de"], "en"],
    [[], "en"],
  ])("is the first of %j that Maru speaks", async (tags, expected) => {
    const { language } = await begin(tags);
    expect(language.preferredLocale()).toBe(expected);
  });

  it("is what the reader chose before, whatever the browser asks for", async () => {
    const first = await begin(["en"]);
    await first.language.speak("ja");
    const next = await begin(["en"], first.kept);
    expect(next.language.preferredLocale()).toBe("ja");
    await next.language.speak("en");
    expect((await begin(["en"], next.kept)).language.preferredLocale()).toBe("en");
  });

  it("follows the browser while nothing else was chosen", async () => {
    const first = await begin(["ko"]);
    await first.language.speak(first.language.preferredLocale());
    expect((await begin(["ja"], first.kept)).language.preferredLocale()).toBe("ja");
  });

  it("is told to the browser, and changes all texts", async () => {
    const { language, root } = await begin(["en"]);
    for (const [locale, word] of [
      ["ko", "뒤로"],
      ["ja", "戻る"],
      ["en", "Back"],
    ] as const) {
      expect(await language.speak(locale)).toBe(true);
      expect(root.lang).toBe(locale);
      expect(language.currentLocale()).toBe(locale);
      expect(language.currentText()("app.back")).toBe(word);
    }
  });

  it("stays the one that is spoken when that is wished for last", async () => {
    const { language, root } = await begin(["ko"]);
    await language.speak("ko");
    const outdated = language.speak("en");
    expect(await language.speak("ko")).toBe(true);
    await outdated;
    expect([root.lang, language.currentLocale()]).toEqual(["ko", "ko"]);
  });

  it("is not turned to again where it is spoken already", async () => {
    const { language, root } = await begin(["ko"]);
    await language.speak("ko");
    const turns: string[] = [];
    Object.defineProperty(root, "lang", { set: (locale: string) => turns.push(locale) });
    await language.speak("ko");
    expect(turns).toEqual([]);
  });

  it("ends as the last of several wishes, in whatever order the messages come", async () => {
    const { language, root } = await begin(["en"]);
    await language.speak("en");
    await Promise.all([language.speak("ko"), language.speak("ja")]);
    expect([root.lang, language.currentLocale()]).toEqual(["ja", "ja"]);
  });
});

describe("messages that cannot be had", () => {
  const cannot = (): never => {
    throw new TypeError("network");
  };

  it("leave the page in the language that it speaks", async () => {
    vi.doMock("./ko.json", cannot);
    const { language, root, kept } = await begin(["en"]);
    await language.speak("en");
    expect(await language.speak("ko")).toBe(false);
    expect([root.lang, kept.size]).toEqual(["en", 0]);
  });

  it("are no reason for a page without words", async () => {
    vi.doMock("./ko.json", cannot);
    vi.doMock("./en.json", cannot);
    const { language, root } = await begin(["ko"]);
    expect(await language.speak("ko")).toBe(false);
    expect(root.lang).toBe("ja");
    expect(language.currentText()("app.back")).toBe("戻る");
  });
});
