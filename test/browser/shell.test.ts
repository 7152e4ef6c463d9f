import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { hasBrowser, type Device } from "./support/browser.ts";
import { cardOf } from "./support/cards.ts";
import { signIn, startedSite, type Site } from "./support/site.ts";
import { startWire, type Wire } from "./support/wire.ts";
import { wordsOf } from "./support/words.ts";

const words = wordsOf("ko");

/** What the network says while it is away, and what the page asks for in vain. */
const away = [/ERR_|^request: |WebSocket|net::/];

/** A device with a service worker, on a network that can be cut. */
async function deviceOnWire(site: Site, wire: Wire, name: string): Promise<Device> {
  const person = await site.api.signUp(name, { name: "하늘", locale: "ko" });
  await person.publish("구름이 많은 날");
  const device = await site.browser.openDevice({ url: wire.url, locale: "ko", keepsShell: true });
  await signIn(device, wire.url, person);
  return device;
}

/** The worker keeps the shell, and has the page in its care. */
async function isInCare(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (navigator.serviceWorker.controller === null) {
      await new Promise((resolve) => {
        navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true });
      });
    }
  });
}

describe.skipIf(!hasBrowser)("the kept shell", () => {
  const site = startedSite();

  it("opens without a network, with the frame, who was there, and what is to be known", async () => {
    const wire = await startWire(site.url);
    const device = await deviceOnWire(site, wire, "offline");
    const page = await device.open();
    await page.getByText("구름이 많은 날").waitFor();
    await isInCare(page);

    device.problems.expect(...away);
    wire.cut();
    await page.reload();
    const menu = page.getByRole("navigation", { name: words("app.nav.label") });
    await menu.waitFor();
    await menu.getByRole("link", { name: words("app.nav.me") }).waitFor();
    await page.getByText(words("app.lost")).waitFor();

    // A page that was never opened is among what is kept.
    await menu.getByRole("link", { name: words("app.nav.settings") }).click();
    await page.getByRole("heading", { level: 1, name: words("app.nav.settings") }).waitFor();

    // What is written meanwhile is there when the page is opened once more, and can be sent then.
    const composer = page.getByRole("dialog", { name: words("compose.title") });
    const openComposer = (): Promise<void> =>
      menu.getByRole("button", { name: words("app.nav.write") }).click();
    await openComposer();
    await composer.getByLabel(words("compose.label")).fill("그물도 없이 쓴 글");
    await page.reload();
    await openComposer();
    await composer.getByText("그물도 없이 쓴 글").waitFor();
    await page.keyboard.press("Escape");

    wire.mend();
    await menu.getByRole("link", { name: words("app.nav.feed"), exact: true }).click();
    await page.getByText("구름이 많은 날").waitFor();
    await page.getByText(words("app.lost")).waitFor({ state: "hidden" });
    await wire.close();
  });

  it("comes when the network brings nothing for three seconds", async () => {
    const wire = await startWire(site.url);
    const device = await deviceOnWire(site, wire, "slow");
    const page = await device.open();
    await page.getByText("구름이 많은 날").waitFor();
    await isInCare(page);

    device.problems.expect(...away);
    wire.hush();
    await page.goto("/search");
    await page.getByRole("navigation", { name: words("app.nav.label") }).waitFor();
    wire.mend();
    await wire.close();
  });

  it("keeps nothing of the API, and nothing of anybody", async () => {
    const person = await site.api.signUp("private", { name: "달빛 수선소", locale: "ko" });
    const story = await person.publish("지켜야 할 이야기", { visibility: "self" });
    const device = await site.deviceOf(person, { locale: "ko", keepsShell: true });
    const page = await device.open();
    await cardOf(page, story.id).waitFor();
    await isInCare(page);
    await page.reload();
    await cardOf(page, story.id).waitFor();

    const kept = await page.evaluate(async () => {
      const names = await caches.keys();
      const stores = await Promise.all(names.map((name) => caches.open(name)));
      const requests = (await Promise.all(stores.map((store) => store.keys()))).flat();
      const textOf = async (request: Request): Promise<string> =>
        (await (await caches.match(request))?.text()) ?? "";
      const texts = await Promise.all(requests.map(textOf));
      return { paths: requests.map(({ url }) => new URL(url).pathname), text: texts.join("\n") };
    });
    expect(kept.paths).toContain("/");
    expect(kept.paths.filter((path) => !/^\/(?:$|assets\/|icons\/|manifest)/.test(path))).toEqual(
      [],
    );
    expect(kept.text.includes("지켜야 할 이야기")).toBe(false);
    expect(kept.text.includes("달빛 수선소")).toBe(false);
  });
});
