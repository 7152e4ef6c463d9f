import { AxeBuilder } from "@axe-core/playwright";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import type { Page } from "playwright-core";
import { afterAll, describe, expect, it } from "vitest";
import { makeContactSheets } from "./contact-sheets.ts";
import {
  hasBrowser,
  viewports,
  type LocaleName,
  type ThemeName,
  type ViewportName,
} from "./browser.ts";
import { makeCommunity, type Community } from "./community.ts";
import { layoutProblems, smallTargets } from "./layout.ts";
import { picturesFolder } from "./pictures.ts";
import { screens } from "./screens.ts";
import { signIn, startedSite } from "./site.ts";
import type { Screen, Stage } from "./stage.ts";
import { wordsOf } from "./words.ts";

interface Look {
  readonly viewport: ViewportName;
  readonly theme: ThemeName;
}

const everyLook: readonly Look[] = [
  { viewport: "phone", theme: "light" },
  { viewport: "phone", theme: "dark" },
  { viewport: "desktop", theme: "light" },
  { viewport: "desktop", theme: "dark" },
];

/**
 * Both themes and both sizes of each page, a size with another theme from page to page; for pictures,
 * and for a page in whose language nothing wraps as in the others, every one.
 */
function looksAt({ isFleeting = false }: Screen, at: number): readonly Look[] {
  if (isFleeting) {
    return everyLook.slice(0, 1);
  }
  if (picturesFolder !== undefined) {
    return everyLook;
  }
  return at % 2 === 0 ? [everyLook[0]!, everyLook[3]!] : [everyLook[1]!, everyLook[2]!];
}

/** Brings every page into every state, in one language, and looks at it as people would. */
export function describeScreens(locale: LocaleName): void {
  describe.skipIf(!hasBrowser)(`every page and state in ${locale}`, () => {
    const site = startedSite();
    let made: Promise<Community> | undefined;
    afterAll(async () => {
      if (picturesFolder !== undefined) {
        await makeContactSheets(picturesFolder, locale);
      }
    });

    it.each(screens.map((screen, at) => ({ ...screen, screen, at })))(
      "$name",
      async ({ screen, at }) => {
        made ??= makeCommunity(site.api, locale);
        const community = await made;
        const stage: Stage = {
          locale,
          words: wordsOf(locale),
          community,
          site,
          async deviceOf(person, options = {}) {
            const device = await site.visitor({
              locale,
              viewport: "phone",
              reducedMotion: "reduce",
              ...options,
            });
            if (person !== null) {
              await signIn(device, site.url, person);
            }
            return device;
          },
        };
        const page = await screen.show(stage);
        const problems: string[] = [];
        const looks = looksAt(screen, at);
        for (const [i, look] of looks.entries()) {
          const isSizeNew = look.viewport !== looks[i - 1]?.viewport;
          const subject = { locale, look, name: screen.name, isSizeNew };
          problems.push(...(await problemsOf(page, subject)));
        }
        expect(problems).toEqual([]);
      },
    );
  });
}

interface Subject {
  readonly locale: LocaleName;
  readonly look: Look;
  readonly name: string;
  /** Otherwise it was looked at in this size, and only its colours are others. */
  readonly isSizeNew: boolean;
}

async function problemsOf(page: Page, subject: Subject): Promise<readonly string[]> {
  const { locale, look, name } = subject;
  const { viewport, theme } = look;
  await page.setViewportSize(viewports[viewport]);
  await page.emulateMedia({ colorScheme: theme });
  await settled(page);
  if (picturesFolder !== undefined) {
    await takePicture(
      page,
      path.join(picturesFolder, `${name}.${locale}.${viewport}.${theme}.png`),
    );
  }
  const found = [
    ...(await layoutProblems(page, locale)),
    ...(viewport === "phone" ? await smallTargets(page) : []),
    ...(await barriers(page, subject.isSizeNew ? "all" : "colours")),
  ];
  return found.map((problem) => `${viewport}, ${theme}: ${problem}`);
}

async function takePicture(page: Page, file: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await page.screenshot({ path: file });
}

/** Nothing moves any more: two frames after the change, and no animation under way. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const frame = (): Promise<unknown> => new Promise((resolve) => requestAnimationFrame(resolve));
    await frame();
    await frame();
    await Promise.allSettled(document.getAnimations().map(({ finished }) => finished));
    await document.fonts.ready;
  });
}

/** What keeps people out who hear the page, or see it otherwise. */
async function barriers(page: Page, rules: "all" | "colours"): Promise<readonly string[]> {
  const axe = new AxeBuilder({ page });
  const { violations } = await (
    rules === "all" ? axe : axe.withRules(["color-contrast"])
  ).analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary = "" }) => `${id}: ${target.join(" ")} ${failureSummary}`),
  );
}
