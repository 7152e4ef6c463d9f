import { mkdir } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { sendSignal } from "../../src/adapters/embedded/processes.ts";
import { temporaryFolder } from "../support/data-folder.ts";
import { projectRoot, startServer } from "../support/server-process.ts";
import { hasBrowser, startBrowser, type DeviceOptions } from "./support/browser.ts";
import { picturesFolder } from "./support/pictures.ts";
import { wordsOf } from "./support/words.ts";

/** Wide enough for a page of text about it, on screens with small dots. */
const widthPx = 1_600;
const gapPx = 40;
const bytesMax = 300_000;
const paper = "#fbf9f6";

/** The picture in the README: the sample community, on a wide screen and on a phone. */
describe.skipIf(!hasBrowser || picturesFolder === undefined)("the picture of the README", () => {
  it("shows the sample community", async () => {
    const dataDir = path.join(await temporaryFolder(), "data");
    const server = await startServer({ dataDir, flags: ["--demo"] });
    const browser = await startBrowser();
    try {
      const { url } = server;
      const pictureOf = async (options: Omit<DeviceOptions, "url">): Promise<Buffer> => {
        const { locale = "en" } = options;
        const device = await browser.openDevice({ ...options, url });
        const page = await device.open("/sign-in");
        const words = wordsOf(locale);
        const asSomebody = new RegExp(words("entrance.demo.as", { name: ".+" }));
        const box = page.getByRole("region", { name: words("entrance.demo.title") });
        await box
          .getByRole("listitem")
          .filter({ hasText: `@maru_${locale}` })
          .getByRole("button", { name: asSomebody })
          .click();
        await page.locator("article[data-story]").nth(3).waitFor();
        return page.screenshot();
      };
      const wide = await pictureOf({ viewport: "desktop", locale: "en", theme: "light" });
      const phone = await pictureOf({ viewport: "phone", locale: "ko", theme: "dark" });
      const file = path.join(projectRoot, "docs", "screenshot.png");
      await mkdir(path.dirname(file), { recursive: true });
      const { size } = await sideBySide(wide, phone, file);
      expect(size).toBeLessThanOrEqual(bytesMax);
    } finally {
      await browser.close();
      sendSignal(server.pid, "SIGTERM");
      await server.ended;
    }
  });
});

async function sideBySide(left: Buffer, right: Buffer, file: string) {
  const sizes = await Promise.all([left, right].map((picture) => sharp(picture).metadata()));
  const [a, b] = sizes;
  if (a === undefined || b === undefined) {
    throw new TypeError("there are two pictures");
  }
  const whole = await sharp({
    create: {
      width: a.width + b.width + 3 * gapPx,
      height: a.height + 2 * gapPx,
      channels: 3,
      background: paper,
    },
  })
    .composite([
      { input: left, left: gapPx, top: gapPx },
      { input: right, left: a.width + 2 * gapPx, top: gapPx },
    ])
    .png()
    .toBuffer();
  return sharp(whole)
    .resize({ width: widthPx })
    .png({ palette: true, quality: 90, compressionLevel: 9, effort: 10 })
    .toFile(file);
}
