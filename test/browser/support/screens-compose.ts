import type { Page } from "playwright-core";
import { button, card, says, type Screen, type Stage } from "./stage.ts";

const away = [/ERR_/, /^request: /, /answer: /];
/** So few characters before the end of what a story may have. */
const charactersLeft = 7;
const charactersMax = 5_000;

async function openComposer(stage: Stage): Promise<Page> {
  const device = await stage.deviceOf(stage.community.me, { expected: away });
  const page = await device.open();
  await card(page);
  await page
    .getByRole("navigation")
    .getByRole("button", { name: stage.words("app.nav.write") })
    .click();
  await page.getByRole("dialog", { name: stage.words("compose.title") }).waitFor();
  return page;
}

async function write(stage: Stage, text: string): Promise<Page> {
  const page = await openComposer(stage);
  await page.getByRole("dialog").getByLabel(stage.words("compose.label")).fill(text);
  return page;
}

export const composeScreens: readonly Screen[] = [
  { name: "compose", show: openComposer },
  { name: "compose-written", show: (stage) => write(stage, stage.words("entrance.lede")) },
  {
    name: "compose-near-the-limit",
    show: async (stage) => {
      const page = await write(
        stage,
        "0123456 ".repeat(charactersMax).slice(0, charactersMax - charactersLeft),
      );
      await page
        .getByText(stage.words("compose.left", { count: charactersLeft }))
        .filter({ visible: true })
        .first()
        .waitFor();
      return page;
    },
  },
  {
    name: "compose-too-long",
    show: async (stage) => {
      const page = await write(
        stage,
        "0123456 ".repeat(charactersMax).slice(0, charactersMax + 12),
      );
      await page
        .getByText(stage.words("compose.tooMany", { count: 12 }))
        .filter({ visible: true })
        .first()
        .waitFor();
      return page;
    },
  },
  {
    name: "compose-not-sent",
    async show(stage) {
      const page = await write(stage, stage.words("entrance.lede"));
      await page.context().route("**/v1/stories", (route) => route.abort());
      await page
        .getByRole("dialog")
        .getByRole("button", { name: stage.words("compose.send"), exact: true })
        .click();
      await says("compose.waiting")(page, stage);
      return page;
    },
  },
  {
    name: "feed-with-unsent",
    async show(stage) {
      const page = await write(stage, stage.words("entrance.lede"));
      await page.context().route("**/v1/stories", (route) => route.abort());
      await page
        .getByRole("dialog")
        .getByRole("button", { name: stage.words("compose.send"), exact: true })
        .click();
      await says("compose.waiting")(page, stage);
      await button(page.getByRole("dialog"), stage, "app.close").click();
      await says("compose.unsent")(page, stage);
      return page;
    },
  },
];
