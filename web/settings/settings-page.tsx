import type { ComponentType } from "react";
import { useParams } from "wouter";
import { NotFoundPage } from "../app/not-found-page.tsx";
import { PageHead } from "../app/page-head.tsx";
import { paths } from "../app/paths.ts";
import { useText } from "../language/language.ts";
import { AppearanceSection } from "./appearance-section.tsx";
import { DeletionSection } from "./deletion-section.tsx";
import { ExportSection } from "./export-section.tsx";
import { LanguageSection } from "./language-section.tsx";
import { PasswordSection } from "./password-section.tsx";
import { PrivacySection } from "./privacy-section.tsx";
import { ProfileSection } from "./profile-section.tsx";
import { sectionOf, type Section } from "./sections.ts";
import { SessionsSection } from "./sessions-section.tsx";
import { SettingsList } from "./settings-list.tsx";
import styles from "./settings.module.css";

const contents: Readonly<Record<Section, ComponentType>> = {
  profile: ProfileSection,
  language: LanguageSection,
  appearance: AppearanceSection,
  privacy: PrivacySection,
  password: PasswordSection,
  sessions: SessionsSection,
  export: ExportSection,
  deletion: DeletionSection,
};

/** Everything about oneself: a list of sections, each on a page of its own. */
export function SettingsPage() {
  const t = useText();
  const { section: name } = useParams<{ section?: string }>();
  const section = sectionOf(name);
  if (name === undefined) {
    return (
      <>
        <PageHead title={t("settings.title")} />
        <SettingsList />
      </>
    );
  }
  if (section === undefined) {
    return <NotFoundPage />;
  }
  const Content = contents[section];
  return (
    <>
      <PageHead title={t(`settings.${section}.title`)} hasBack backTo={paths.settings} />
      <div className={styles["section"]}>
        <Content />
      </div>
    </>
  );
}
