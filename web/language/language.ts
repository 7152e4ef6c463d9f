import { createInstance, type TFunction } from "i18next";
import { useSyncExternalStore } from "react";
import { lasting } from "../data/memory.ts";
import type english from "./en.json";

/** The languages that Maru speaks, by the names that their speakers give them. */
export const locales = { ko: "한국어", ja: "日本語", en: "English" } as const;
export type Locale = keyof typeof locales;

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "messages";
    resources: { messages: typeof english };
    returnNull: false;
  }
}

const texts = createInstance();
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
  const isFirst = !texts.isInitialized;
  try {
    const messages = (await loaders[locale]()).default;
    if (wish === wishes) {
      await turnTo(locale, messages);
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
      await turnTo(locale, messages.default);
      return;
    }
  }
  throw error;
}

async function turnTo(locale: Locale, messages: object): Promise<void> {
  if (!texts.isInitialized) {
    await texts.init({
      lng: locale,
      fallbackLng: false,
      ns: ["messages"],
      defaultNS: "messages",
      resources: { [locale]: { messages } },
      // React puts text into the page as text.
      interpolation: { escapeValue: false },
    });
  } else {
    texts.addResourceBundle(locale, "messages", messages);
    await texts.changeLanguage(locale);
  }
  document.documentElement.lang = locale;
}

/** What the browser asks for anyway need not be remembered, and follows the browser. */
function remember(locale: Locale): void {
  if (locale !== preferredLocale()) {
    lasting.write(storageKey, locale);
  }
}

function subscribe(listener: () => void): () => void {
  texts.on("languageChanged", listener);
  return () => {
    texts.off("languageChanged", listener);
  };
}

/** The language that is spoken now. */
export function useLocale(): Locale {
  return useSyncExternalStore(subscribe, currentLocale);
}

export function currentLocale(): Locale {
  return isLocale(texts.language) ? texts.language : "en";
}

/** The function that gives a message by its key, in the language that is spoken now. */
export function useText(): TFunction {
  useLocale();
  return texts.t;
}

/** The same outside of components, for what is said once. */
export function currentText(): TFunction {
  return texts.t;
}
