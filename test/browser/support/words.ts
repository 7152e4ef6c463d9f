import english from "../../../web/language/en.json" with { type: "json" };
import japanese from "../../../web/language/ja.json" with { type: "json" };
import korean from "../../../web/language/ko.json" with { type: "json" };
import { createSay, type MessageKey, type Values } from "../../../web/language/messages.ts";
import type { LocaleName } from "./browser.ts";

/** Gives a message of the client as it is written on the page: `words("feed.new", { count: 3 })`. */
export type Words = (key: string, values?: Values) => string;

const messages = { en: english, ja: japanese, ko: korean };

/** So that a test names what it looks for as the page does, in any language. */
export function wordsOf(locale: LocaleName): Words {
  const say = createSay(locale, messages[locale]);
  return (key, values = {}) => {
    const words = say(key as MessageKey, values);
    if (words === key) {
      throw new Error(`there is no message ${key} in ${locale}`);
    }
    return words;
  };
}
