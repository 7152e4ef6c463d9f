import type { Page } from "playwright-core";
import { at, button, me, says, type Screen, type Stage } from "./stage.ts";

const sections = [
  "profile",
  "language",
  "appearance",
  "privacy",
  "password",
  "sessions",
  "export",
  "deletion",
] as const;

const heading =
  (key: string) =>
  (page: Page, { words }: Stage): Promise<unknown> =>
    page.getByRole("heading", { level: 1, name: words(key), exact: true }).waitFor();

export const settingsScreens: readonly Screen[] = [
  { name: "settings", show: at("/settings", me, heading("settings.title")) },
  ...sections
    .filter((section) => section !== "sessions")
    .map((section) => ({
      name: `settings-${section}`,
      show: at(`/settings/${section}`, me, heading(`settings.${section}.title`)),
    })),
  {
    name: "settings-sessions",
    show: at("/settings/sessions", me, says("settings.sessions.current")),
  },
  {
    name: "settings-profile-too-long",
    async show(stage) {
      const device = await stage.deviceOf(stage.community.me);
      const page = await device.open("/settings/profile");
      const name = page.getByLabel(stage.words("settings.profile.name"), { exact: true });
      await name.fill("0123456789".repeat(6));
      await page.getByText(stage.words("settings.profile.over", { count: 10 })).waitFor();
      return page;
    },
  },
  {
    name: "settings-password-wrong",
    async show(stage) {
      const { words } = stage;
      const device = await stage.deviceOf(stage.community.me);
      const page = await device.open("/settings/password");
      await page
        .getByLabel(words("settings.password.current"), { exact: true })
        .fill("not this one");
      await page.getByLabel(words("settings.password.next"), { exact: true }).fill("another one");
      await button(page, stage, "settings.password.save").click();
      await says("settings.password.wrong")(page, stage);
      return page;
    },
  },
];
