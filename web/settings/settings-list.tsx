import { useState } from "react";
import { Link } from "wouter";
import { say } from "../app/notices.ts";
import { useTheme } from "../app/theme.ts";
import { useSignedIn } from "../data/session.ts";
import { Avatar } from "../design/avatar.tsx";
import { Button } from "../design/button.tsx";
import { Icon } from "../design/icons.tsx";
import { currentText, locales, useText } from "../language/language.ts";
import { pathOf, sectionIcons, sections, type Section } from "./sections.ts";
import { signOut } from "./sign-out.ts";
import styles from "./settings.module.css";

/** Where each thing about oneself is, with how it is now, and the way out. */
export function SettingsList() {
  const t = useText();
  const me = useSignedIn();
  return (
    <>
      <div className={styles["self"]}>
        <Avatar account={me} size={56} />
        <div className={styles["names"]}>
          <p className={styles["name"]}>{me.name}</p>
          <p className={styles["handle"]}>@{me.handle}</p>
        </div>
      </div>
      <nav aria-label={t("settings.title")}>
        <ul className={styles["rows"]}>
          {sections.map((section) => (
            <li key={section}>
              <SectionLink section={section} />
            </li>
          ))}
        </ul>
      </nav>
      <div className={styles["out"]}>
        <SignOutButton />
      </div>
    </>
  );
}

function SectionLink({ section }: { readonly section: Section }) {
  const t = useText();
  const value = useValue(section);
  return (
    <Link href={pathOf(section)} className={styles["row"]}>
      <Icon name={sectionIcons[section]} />
      <span className={styles["rowTitle"]}>{t(`settings.${section}.title`)}</span>
      {value === null ? null : <span className={styles["value"]}>{value}</span>}
      <Icon name="next" size={20} />
    </Link>
  );
}

/** What is chosen now, where it fits into a word. */
function useValue(section: Section): string | null {
  const t = useText();
  const me = useSignedIn();
  const theme = useTheme();
  switch (section) {
    case "language":
      return locales[me.locale];
    case "appearance":
      return t(`settings.appearance.${theme}`);
    case "privacy":
      return t(`settings.privacy.${me.privacy}`);
    default:
      return null;
  }
}

function SignOutButton() {
  const t = useText();
  const [isBusy, setIsBusy] = useState(false);
  return (
    <Button
      busy={isBusy}
      onClick={() => {
        setIsBusy(true);
        void signOut("here").catch(() => {
          setIsBusy(false);
          say(currentText()("settings.signOut.failed"), { isProblem: true });
        });
      }}
    >
      <Icon name="out" size={20} />
      {t("settings.signOut.here")}
    </Button>
  );
}
