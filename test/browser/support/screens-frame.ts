import type { Page } from "playwright-core";
import { at, button, card, me, nobody, says, type Screen, type Stage } from "./stage.ts";

const away = [/ERR_/, /^request: /, /answer: /];

/** What the server would say with another build. */
const newerBuild = { build: "a-newer-build", version: "9.9.9", demo: null };

/** A page whose script does not come, once it shows this of what it shows meanwhile. */
async function openWithoutScript(stage: Stage, selector: string): Promise<Page> {
  const device = await stage.deviceOf(null, { expected: away });
  await device.context.route(/\/assets\/index-/, () => undefined);
  const page = await device.context.newPage();
  await page.goto("/", { waitUntil: "commit" });
  const browser = await device.context.newCDPSession(page);
  await browser.send("Animation.enable");
  await browser.send("Animation.setPlaybackRate", {
    playbackRate: selector.endsWith("a") ? 50 : 1,
  });
  await page.locator(selector).waitFor();
  return page;
}

export const frameScreens: readonly Screen[] = [
  { name: "not-found", show: at("/no/such/page", me, says("app.notFound.title")) },
  {
    name: "not-found-for-visitors",
    show: at("/no/such/page", nobody, says("app.notFound.title")),
  },
  {
    name: "keys",
    async show(stage) {
      const device = await stage.deviceOf(stage.community.me);
      const page = await device.open();
      await card(page);
      await page.keyboard.press("?");
      await page.getByRole("dialog", { name: stage.words("keys.title") }).waitFor();
      return page;
    },
  },
  {
    name: "skip-link",
    async show(stage) {
      const device = await stage.deviceOf(stage.community.me);
      const page = await device.open();
      await card(page);
      await page.getByRole("link", { name: stage.words("app.skip") }).focus();
      return page;
    },
  },
  {
    name: "new-version",
    async show(stage) {
      const device = await stage.deviceOf(stage.community.me, { expected: away });
      // Pages ask one after the other; this one is the first.
      await device.context.addInitScript(() => {
        Math.random = () => 0;
      });
      await device.context.route("**/client.json", (route) => route.fulfill({ json: newerBuild }));
      const page = await device.open();
      await card(page);
      await device.context.setOffline(true);
      await says("app.offline")(page, stage);
      await device.context.setOffline(false);
      await says("version.newer")(page, stage);
      return page;
    },
  },
  {
    name: "page-out-of-date",
    async show(stage) {
      const device = await stage.deviceOf(stage.community.me, { expected: [/./] });
      await device.context.route("**/client.json", (route) => route.fulfill({ json: newerBuild }));
      await device.context.route(/\/assets\/friends-page-/, (route) =>
        route.fulfill({ status: 404 }),
      );
      const page = await device.open("/friends");
      await says("version.old.title")(page, stage);
      return page;
    },
  },
  {
    name: "page-broken",
    async show(stage) {
      const device = await stage.deviceOf(stage.community.me, { expected: [/./] });
      // An answer that no server of this release gives breaks what shows it.
      await device.context.route(/\/v1\/friends(\?|$)/, (route) =>
        route.fulfill({ json: { items: [null], nextCursor: null } }),
      );
      const page = await device.open("/friends");
      await says("broken.title")(page, stage);
      await page.getByText(stage.words("app.details")).click();
      return page;
    },
  },
  { name: "opening", show: (stage) => openWithoutScript(stage, "#maru img") },
  { name: "opening-late", show: (stage) => openWithoutScript(stage, "#maru a") },
];

export const entranceScreens: readonly Screen[] = [
  { name: "sign-in", show: at("/sign-in", nobody, says("entrance.lede")) },
  {
    name: "sign-in-wrong",
    async show(stage) {
      const { words } = stage;
      const device = await stage.deviceOf(null);
      const page = await device.open("/sign-in");
      await page.getByLabel(words("entrance.handle.label"), { exact: true }).fill("nobody_here");
      await page.getByLabel(words("entrance.password.label"), { exact: true }).fill("wrong words");
      await button(page, stage, "entrance.signIn").click();
      await says("entrance.wrong")(page, stage);
      return page;
    },
  },
  { name: "sign-up", show: at("/sign-up", nobody, says("entrance.handle.hint")) },
  {
    name: "sign-up-errors",
    async show(stage) {
      const { words } = stage;
      const device = await stage.deviceOf(null);
      const page = await device.open("/sign-up");
      await page.getByLabel(words("entrance.handle.label"), { exact: true }).fill("Not A Handle!");
      await page.getByLabel(words("entrance.password.label"), { exact: true }).fill("short");
      await button(page, stage, "entrance.signUp").click();
      await says("entrance.handle.characters")(page, stage);
      return page;
    },
  },
  {
    name: "sign-in-to-a-sample",
    async show(stage) {
      const device = await stage.deviceOf(null);
      const accounts = (["ko", "ja", "en"] as const).map((locale) => ({
        handle: `maru_${locale}`,
        name: { ko: "마루에 앉은 사람", ja: "縁側の人", en: "Somebody on the porch" }[locale],
        locale,
        password: "sit down with us",
      }));
      await device.context.route("**/client.json", (route) =>
        route.fulfill({ json: { build: "a", version: "1.0.0", demo: { accounts } } }),
      );
      const page = await device.open("/sign-in");
      await says("entrance.demo.title")(page, stage);
      return page;
    },
  },
  {
    name: "session-ended",
    async show(stage) {
      const { api } = stage.site;
      const person = await api.signUp(`leaves_${stage.locale}`, { locale: stage.locale });
      const device = await stage.deviceOf(person);
      const page = await device.open("/friends");
      await says("people.empty.friends.title")(page, stage);
      await person.delete("/v1/sessions");
      await says("entrance.farewell.ended")(page, stage);
      return page;
    },
  },
];
