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
  /** Which barriers are looked for: once all in a size; then those alone that another theme may have. */
  readonly barriers: "all" | "of colour" | "none";
}

const onPhone: readonly Look[] = [
  { viewport: "phone", theme: "light", barriers: "all" },
  { viewport: "phone", theme: "dark", barriers: "of colour" },
];
const onDesktop: readonly Look[] = [
  { viewport: "desktop", theme: "light", barriers: "all" },
  { viewport: "desktop", theme: "dark", barriers: "of colour" },
];
const glanceAtPhone: Look = { viewport: "phone", theme: "light", barriers: "none" };
const glanceAtDesktop: Look = { viewport: "desktop", theme: "light", barriers: "none" };

const looksIn: Readonly<Record<LocaleName, readonly Look[]>> = {
  en: [glanceAtPhone, ...onDesktop],
  ko: [...onPhone, glanceAtDesktop],
  ja: [glanceAtPhone, glanceAtDesktop],
};

/**
 * In both themes, on a phone and on a wide screen. Barriers and colours are the same in every language, so
 * one is looked at on wide screens, one on phones, and of the third how it is laid out. For pictures, in
 * every way.
 */
function looksAt({ isFleeting = false }: Screen, locale: LocaleName): readonly Look[] {
  if (isFleeting) {
    return onPhone.slice(0, 1);
  }
  if (picturesFolder !== undefined) {
    return [...onPhone, ...onDesktop];
  }
  return looksIn[locale];
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

    it.each(screens.map((screen) => ({ name: screen.name, screen })))(
      "$name",
      async ({ screen }) => {
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
        for (const look of looksAt(screen, locale)) {
          problems.push(...(await problemsOf(page, { locale, look, name: screen.name })));
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
    ...(await barriersOn(page, look.barriers)),
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
    const running = document.getAnimations().filter(({ playState, effect }) => {
      // What waits for long is no part of what is looked at.
      const isWaiting = (effect?.getTiming().delay ?? 0) > 1_000;
      return playState === "running" && !isWaiting;
    });
    await Promise.allSettled(running.map(({ finished }) => finished));
    await document.fonts.ready;
  });
}

/** What keeps people out who hear the page, or see it otherwise. */
async function barriersOn(page: Page, which: Look["barriers"]): Promise<readonly string[]> {
  if (which === "none") {
    return [];
  }
  // Without it, each run opens a page of its own for its report; there are no frames of other sites.
  const axe = new AxeBuilder({ page }).setLegacyMode(true);
  const { violations } = await (
    which === "all" ? axe : axe.withRules(["color-contrast"])
  ).analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary = "" }) => `${id}: ${target.join(" ")} ${failureSummary}`),
  );
}
