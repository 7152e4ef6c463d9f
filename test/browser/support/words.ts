import { createInstance, type TOptions } from "i18next";
import english from "../../../web/language/en.json" with { type: "json" };
import japanese from "../../../web/language/ja.json" with { type: "json" };
import korean from "../../../web/language/ko.json" with { type: "json" };
import type { LocaleName } from "./browser.ts";

/** Gives a message of the client as it is written on the page: `words("feed.new", { count: 3 })`. */
export type Words = (key: string, values?: TOptions) => string;

const messages = { en: english, ja: japanese, ko: korean };

/** So that a test names what it looks for as the page does, in any language. */
export function wordsOf(locale: LocaleName): Words {
  const language = createInstance();
  void language.init({
    lng: locale,
    fallbackLng: false,
    initAsync: false,
    ns: ["messages"],
    defaultNS: "messages",
    resources: { [locale]: { messages: messages[locale] } },
    interpolation: { escapeValue: false },
  });
  return (key, values = {}) => {
    if (!language.exists(key, values)) {
      throw new Error(`there is no message ${key} in ${locale}`);
    }
    return language.t(key, values);
  };
}
