import type { Locator } from "playwright-core";
import { describe, expect, it } from "vitest";
import { hasBrowser, type ViewportName } from "./support/browser.ts";
import { cardOf } from "./support/cards.ts";
import { photoFile, publishWith } from "./support/media.ts";
import { startedSite } from "./support/site.ts";

/** How many different colours are where the picture will be; one of them may be none at all. */
function coloursIn(card: Locator): Promise<number> {
  return card.locator("[data-tile] canvas").evaluate((canvas: HTMLCanvasElement) => {
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d")!.getImageData(0, 0, width, height);
    return new Set(new Uint32Array(data.buffer)).size;
  });
}

describe.skipIf(!hasBrowser)("a photo that has not come yet", () => {
  const site = startedSite();
  const viewports: readonly ViewportName[] = ["phone", "desktop"];

  it.each(viewports)(
    "has its place and its colours, and nothing moves when it comes, on a %s",
    async (viewport) => {
      const [reader, author] = await site.api.people(`waits_${viewport}`, `author_${viewport}`);
      await reader.befriend(author);
      const below = await author.publish("Below it");
      const { id } = await publishWith(site, author, [await photoFile(1, 900, 1_200)]);
      const device = await site.deviceOf(reader, { viewport });
      const gate = Promise.withResolvers<undefined>();
      await device.context.route("**/media/**", async (route) => {
        await gate.promise;
        await route.continue();
      });
      const page = await device.open("/");
      const [card, next] = [cardOf(page, id), cardOf(page, below.id)];
      await next.waitFor();
      await expect.poll(() => coloursIn(card)).toBeGreaterThan(16);
      const picture = card.locator("[data-tile] img");
      expect(await picture.getAttribute("data-loaded")).toBeNull();
      const before = [await card.boundingBox(), await next.boundingBox()];
      gate.resolve(undefined);
      await card.locator("[data-tile] img[data-loaded]").waitFor();
      expect([await card.boundingBox(), await next.boundingBox()]).toEqual(before);
      const { width = 0, height = 0 } = (await picture.boundingBox()) ?? {};
      expect(width / height).toBeCloseTo(3 / 4, 1);
    },
  );
});
