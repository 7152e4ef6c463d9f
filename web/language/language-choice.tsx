import { locales, speak, useLocale, useText, isLocale } from "./language.ts";
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
          void speak(target.value);
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
