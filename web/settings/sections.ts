import type { IconName } from "../design/icons.tsx";
import { paths } from "../app/paths.ts";

/** The parts of the settings, in the order of the list. */
export const sections = [
  "profile",
  "language",
  "appearance",
  "privacy",
  "password",
  "sessions",
  "export",
  "deletion",
] as const;
export type Section = (typeof sections)[number];

export const sectionIcons: Readonly<Record<Section, IconName>> = {
  profile: "person",
  language: "globe",
  appearance: "contrast",
  privacy: "lock",
  password: "key",
  sessions: "device",
  export: "download",
  deletion: "trash",
};

export function sectionOf(name: string | undefined): Section | undefined {
  return sections.find((section) => section === name);
}

export function pathOf(section: Section): string {
  return `${paths.settings}/${section}`;
}
