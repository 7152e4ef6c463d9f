import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Problem } from "../kernel/problem.ts";
import { Html, html } from "./html.ts";

/**
 * What a browser that asks for a page is shown where it is refused for overload: what is going on, and that the page comes by
 * itself. It loads nothing, and asks again after a while.
 */

interface Words {
  readonly title: string;
  readonly text: string;
}

const words = {
  en: {
    title: "Too many people at once",
    text: "More people are coming than can be let in at this moment. This page tries again by itself in a few seconds.",
  },
  ko: {
    title: "지금 사람이 많아요",
    text: "한꺼번에 많은 분이 오셔서 잠시 기다려야 해요. 몇 초 뒤에 이 페이지가 알아서 다시 시도합니다.",
  },
  ja: {
    title: "ただいま混み合っています",
    text: "一度にたくさんの方がいらしています。数秒後に、このページが自動でもう一度試します。",
  },
} as const satisfies Record<string, Words>;

type Language = keyof typeof words;

const style = `
  :root { color-scheme: light dark; }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; font: 1rem/1.55 -apple-system, "Segoe UI",
    Roboto, "Apple SD Gothic Neo", "Hiragino Sans", "Noto Sans KR", "Noto Sans CJK KR", "Noto Sans JP", sans-serif;
    background: light-dark(#fbf9f6, #171411); color: light-dark(#221d18, #f1ece5); }
  main { max-width: 26rem; padding: 2rem; text-align: center; word-break: keep-all; overflow-wrap: break-word; }
  h1 { margin: 0 0 0.75rem; font-size: 1.25rem; line-height: 1.3; }
  p { margin: 0; color: light-dark(#6b6259, #b5aba0); }
`;
const styleTag = new Html(`<style>${style}</style>`);
const styleHash = createHash("sha256").update(style).digest("base64");

export const refusalPageHeaders: readonly string[] = [
  "Content-Security-Policy",
  `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  "Content-Language",
];

/** Longer than a program waits: whoever sees the page does not see it flicker. */
const patienceS = 3;

export function asksForPage({ method, headers }: IncomingMessage): boolean {
  return method === "GET" && headers.accept?.includes("text/html") === true;
}

/** The language that the browser asks for first among those there are; null where it asks for no page. */
export function pageLanguage(request: IncomingMessage): Language | null {
  const { headers } = request;
  if (!asksForPage(request)) {
    return null;
  }
  for (const tag of (headers["accept-language"] ?? "").split(",")) {
    const language = tag.trim().slice(0, 2).toLowerCase();
    if (language in words) {
      return language as Language;
    }
  }
  return "en";
}

/** Of each problem that overload is told with, by language: they are few, and always the same. */
const made = new WeakMap<Problem, Map<Language, string>>();

export function refusalPage(problem: Problem, language: Language): string {
  const pages = made.get(problem) ?? new Map<Language, string>();
  made.set(problem, pages);
  const page = pages.get(language) ?? makePage(problem, language);
  pages.set(language, page);
  return page;
}

function makePage({ retryAfterS = 1 }: Problem, language: Language): string {
  const { title, text } = words[language];
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="refresh" content="${Math.ceil(retryAfterS) + patienceS}" />
        <meta name="robots" content="noindex" />
        <title>${title}</title>
        ${styleTag}
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          <p role="status">${text}</p>
        </main>
      </body>
    </html> `.text;
}
