import { useSyncExternalStore } from "react";
import { lasting } from "../data/memory.ts";
import { createSignal } from "../data/signal.ts";
import { createSay, type Say } from "./messages.ts";

/** The languages that Maru speaks, by the names that their speakers give them. */
export const locales = { ko: "한국어", ja: "日本語", en: "English" } as const;
export type Locale = keyof typeof locales;

/** The language that is spoken now; null before the first messages are there. */
let spoken: { readonly locale: Locale; readonly say: Say } | null = null;
const changed = createSignal();
const storageKey = "maru.locale";
const loaders: Readonly<Record<Locale, () => Promise<{ default: object }>>> = {
  ko: () => import("./ko.json"),
  ja: () => import("./ja.json"),
  en: () => import("./en.json"),
};

export function isLocale(value: unknown): value is Locale {
  return typeof value === "string" && Object.hasOwn(locales, value);
}

/** The first of the browser's languages that Maru speaks; English where there is none. */
export function localeAmong(tags: readonly string[]): Locale {
  const languages = tags.map((tag) => tag.split("-", 1)[0]?.toLowerCase());
  return languages.find(isLocale) ?? "en";
}

/** What the reader chose before, else what the browser asks for. */
export function preferredLocale(): Locale {
  const chosen = lasting.read(storageKey);
  return isLocale(chosen) ? chosen : localeAmong(navigator.languages);
}

/** Of several wishes in a row, the last is granted. */
let wishes = 0;

/**
 * Loads the messages of a language and speaks it from now on; remembered for the next visit. False
 * when they cannot be had: then the page goes on in the language that it speaks. A page that speaks
 * none yet takes any that it can have.
 */
export async function speak(locale: Locale): Promise<boolean> {
  wishes += 1;
  const wish = wishes;
  if (spoken?.locale === locale) {
    remember(locale);
    return true;
  }
  const isFirst = spoken === null;
  try {
    const messages = (await loaders[locale]()).default;
    if (wish === wishes) {
      turnTo(locale, messages);
      remember(locale);
    }
    return true;
  } catch (error) {
    if (isFirst) {
      await speakAny(locale, error);
    }
    return false;
  }
}

async function speakAny(except: Locale, error: unknown): Promise<void> {
  for (const locale of ["en", "ko", "ja"] as const) {
    const messages = locale === except ? null : await loaders[locale]().catch(() => null);
    if (messages !== null) {
      turnTo(locale, messages.default);
      return;
    }
  }
  throw error;
}

function turnTo(locale: Locale, messages: object): void {
  spoken = { locale, say: createSay(locale, messages) };
  document.documentElement.lang = locale;
  changed.tell();
}

/** What the browser asks for anyway need not be remembered, and follows the browser. */
function remember(locale: Locale): void {
  if (locale !== preferredLocale()) {
    lasting.write(storageKey, locale);
  }
}

/** The language that is spoken now. */
export function useLocale(): Locale {
  return useSyncExternalStore(changed.listen, currentLocale);
}

export function currentLocale(): Locale {
  return spoken?.locale ?? "en";
}

/** The function that gives a message by its key, in the language that is spoken now. */
export function useText(): Say {
  return useSyncExternalStore(changed.listen, currentText);
}

/** The same outside of components, for what is said once. */
export function currentText(): Say {
  return spoken?.say ?? silent;
}

/** Nothing is shown before there are messages. */
const silent: Say = (key) => key;
