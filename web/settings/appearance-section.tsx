import { chooseTheme, useTheme, type Theme } from "../app/theme.ts";
import { useText } from "../language/language.ts";
import { ChoiceList } from "./choice-list.tsx";
import styles from "./settings.module.css";

const themes: readonly Theme[] = ["system", "light", "dark"];

export function AppearanceSection() {
  const t = useText();
  const theme = useTheme();
  return (
    <>
      <ChoiceList
        legend={t("settings.appearance.theme")}
        choices={themes.map((value) => ({ value, label: t(`settings.appearance.${value}`) }))}
        value={theme}
        onChoose={chooseTheme}
      />
      <p className={styles["text"]}>{t("settings.appearance.text")}</p>
    </>
  );
}
