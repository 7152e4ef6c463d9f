import i18next, { type TFunction } from "i18next";
import { useSyncExternalStore } from "react";
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

const storageKey = "maru.locale";
const loaders: Readonly<Record<Locale, () => Promise<{ default: object }>>> = {
  ko: () => import("./ko.json"),
  ja: () => import("./ja.json"),
  en: () => import("./en.json"),
};

export function isLocale(value: unknown): value is Locale {
  return typeof value === "string" && value in locales;
}

/** What the reader chose before, else the first of the browser's languages that Maru speaks. */
export function preferredLocale(): Locale {
  const chosen = localStorage.getItem(storageKey);
  if (isLocale(chosen)) {
    return chosen;
  }
  const spoken = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase());
  return spoken.find(isLocale) ?? "en";
}

/** Loads the messages of the language and speaks it from now on; remembered for the next visit. */
export async function speak(locale: Locale): Promise<void> {
  const messages = await loaders[locale]();
  if (!i18next.isInitialized) {
    await i18next.init({
      lng: locale,
      fallbackLng: false,
      ns: ["messages"],
      defaultNS: "messages",
      resources: { [locale]: { messages: messages.default } },
      // React puts text into the page as text.
      interpolation: { escapeValue: false },
    });
  } else {
    i18next.addResourceBundle(locale, "messages", messages.default);
    await i18next.changeLanguage(locale);
  }
  localStorage.setItem(storageKey, locale);
  document.documentElement.lang = locale;
}

function subscribe(listener: () => void): () => void {
  i18next.on("languageChanged", listener);
  return () => {
    i18next.off("languageChanged", listener);
  };
}

/** The language that is spoken now. */
export function useLocale(): Locale {
  return useSyncExternalStore(subscribe, currentLocale);
}

export function currentLocale(): Locale {
  return isLocale(i18next.language) ? i18next.language : "en";
}

/** The function that gives a message by its key, in the language that is spoken now. */
export function useText(): TFunction {
  useLocale();
  return i18next.t;
}

/** The same outside of components, for what is said once. */
export function currentText(): TFunction {
  return i18next.t;
}
