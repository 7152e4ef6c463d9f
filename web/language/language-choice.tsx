import { say } from "../app/notices.ts";
import {
  currentText,
  isLocale,
  locales,
  speak,
  useLocale,
  useText,
  type Locale,
} from "./language.ts";
import styles from "./language-choice.module.css";

/** Changes the language of the page at once. */
export function LanguageChoice() {
  const t = useText();
  const locale = useLocale();
  return (
    <select
      className={styles["choice"]}
      aria-label={t("app.language")}
      value={locale}
      onChange={({ target }) => {
        if (isLocale(target.value)) {
          void speakOrSay(target.value);
        }
      }}
    >
      {Object.entries(locales).map(([code, name]) => (
        <option key={code} value={code} lang={code}>
          {name}
        </option>
      ))}
    </select>
  );
}

/** Without the messages of the language the page stays in the one that it speaks, and says why. */
export async function speakOrSay(locale: Locale): Promise<boolean> {
  const isSpoken = await speak(locale);
  if (!isSpoken) {
    say(currentText()("app.languageAway"), { isProblem: true });
  }
  return isSpoken;
}
