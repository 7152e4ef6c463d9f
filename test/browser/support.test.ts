import { describe, expect, it } from "vitest";
import { clientFiles, makeClient } from "../support/client-folder.ts";
import { hasBrowser, viewports } from "./support/browser.ts";
import { startedSite } from "./support/site.ts";

/** What a broken page does, by the name of its script. */
const breaks = {
  throws: `throw new Error("broken on purpose")`,
  rejects: `void Promise.reject(new Error("broken on purpose"))`,
  complains: `console.error("broken on purpose")`,
  "asks-strangers": `void fetch("http://broken.invalid/").catch(() => undefined)`,
  "runs-text": `document.body.append(Object.assign(document.createElement("script"), { text: "0" }))`,
  "misses-a-file": `document.body.append(Object.assign(new Image(), { src: "/assets/none.png" }))`,
};

const shows = `document.body.dataset.is = [
  innerWidth, innerHeight, navigator.language, Intl.DateTimeFormat().resolvedOptions().timeZone,
  matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light",
].join(" ")`;

const whoIsIt = `const { account } = await (await fetch("/v1/accounts/me")).json();
document.body.append(account.handle);`;

const pageWith = (script: string): string =>
  `<!doctype html><html lang="en"><title>Page</title><link rel="icon" href="/icons/maru.svg">
<meta name="viewport" content="width=device-width"><body>Page<script type="module" src="/assets/${script}.js"></script></body></html>`;

/** The page runs the script that its address names. */
const loader = `await import("/assets/" + location.search.slice(1) + ".js");
document.body.dataset.done = "";`;

const clientFolder = await makeClient({
  ...clientFiles("support"),
  "index.html": pageWith("loader"),
  "assets/loader.js": loader,
  "assets/shows.js": shows,
  "assets/who.js": whoIsIt,
  ...Object.fromEntries(
    Object.entries(breaks).map(([name, script]) => [`assets/${name}.js`, script]),
  ),
});

describe.skipIf(!hasBrowser)("a browser in a test", () => {
  const site = startedSite({ clientFolder });

  it.each(Object.keys(breaks))("tells when a page %s", async (name) => {
    const device = await site.visitor();
    await device.open(`/?${name}`);
    await expect.poll(() => device.problems.seen()).not.toEqual([]);
    expect(() => {
      device.problems.expectNone();
    }).toThrow();
    // A browser may tell of one break more than once.
    device.problems.forgive();
  });

  it("does not tell what a test breaks on purpose", async () => {
    const device = await site.visitor({ expected: [/broken on purpose/] });
    const page = await device.open("/?complains");
    await page.locator("[data-done]").waitFor();
    device.problems.expectNone();
  });

  it.each([
    ["phone", "ko", "dark"],
    ["desktop", "ja", "light"],
  ] as const)("is a %s that speaks %s and is %s", async (viewport, locale, theme) => {
    const device = await site.visitor({ viewport, locale, theme });
    const page = await device.open("/?shows");
    await page.locator("[data-done]").waitFor();
    const { width, height } = viewports[viewport];
    const said = await page.locator("body").getAttribute("data-is");
    const tag = { ko: "ko-KR", ja: "ja-JP" }[locale];
    expect(said).toBe(`${String(width)} ${String(height)} ${tag} Asia/Seoul ${theme}`);
  });

  it("is signed in as whom the test signed up through the API", async () => {
    const person = await site.api.signUp("reader");
    const device = await site.deviceOf(person);
    const page = await device.open("/?who");
    await page.getByText("reader").waitFor();
  });
});
