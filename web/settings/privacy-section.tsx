import type { Privacy } from "../data/client.ts";
import { changeAccount, useSignedIn } from "../data/session.ts";
import { useText } from "../language/language.ts";
import { ChoiceList } from "./choice-list.tsx";
import { SavedNote } from "./saved-note.tsx";
import styles from "./settings.module.css";

const choices: readonly Privacy[] = ["everyone", "friends", "nobody"];

export function PrivacySection() {
  const t = useText();
  const { privacy } = useSignedIn();
  return (
    <>
      <ChoiceList
        legend={t("settings.privacy.who")}
        choices={choices.map((value) => ({ value, label: t(`settings.privacy.${value}`) }))}
        value={privacy}
        onChoose={(value) => {
          changeAccount({ privacy: value });
        }}
      />
      <SavedNote part="privacy" />
      <p className={styles["text"]}>{t("settings.privacy.text")}</p>
    </>
  );
}
