import { setTimeout as pause } from "node:timers/promises";
import { chromium, type BrowserContext, type Page } from "playwright-core";
import { onTestFinished } from "vitest";
import { findBrowser } from "../../../tools/programs.ts";
import { pictureFailure } from "./failure-pictures.ts";
import { watchProblems, type Problems } from "./problems.ts";

/** A browser as people have it, in which a page that breaks fails its test. */
export interface TestBrowser {
  /** Another device: nothing of what it keeps is known to the others. Ends with the test. */
  openDevice(options: DeviceOptions): Promise<Device>;
  close(): Promise<void>;
}

export const viewports = {
  phone: { width: 360, height: 800 },
  desktop: { width: 1280, height: 800 },
} as const;
export type ViewportName = keyof typeof viewports;

const languageTags = { ko: "ko-KR", ja: "ja-JP", en: "en-GB" } as const;
export type LocaleName = keyof typeof languageTags;
export type ThemeName = "light" | "dark";

export interface DeviceOptions {
  /** Of the site, without a slash at the end. */
  readonly url: string;
  /** `desktop` where it is not given. */
  readonly viewport?: ViewportName;
  /** English where it is not given: what a visitor's browser asks for. */
  readonly locale?: LocaleName;
  readonly theme?: ThemeName;
  readonly timeZone?: string;
  readonly reducedMotion?: "reduce" | "no-preference";
  /** Pages may keep their shell for when there is no network; `page.route` then misses some requests. */
  readonly keepsShell?: boolean;
  /** What this test breaks on purpose: problems that match are none. */
  readonly expected?: readonly RegExp[];
}

export interface Device {
  readonly context: BrowserContext;
  readonly problems: Problems;
  /** A tab at this path of the site. */
  open(path?: string): Promise<Page>;
}

/** Whether there is a browser on this machine; `npm test` tells how to get one. */
export const hasBrowser = findBrowser() !== undefined;

/** Leads to this machine, as a name in a home network does: without TLS, browsers trust it less. */
export const hostWithoutTls = "maru.lan";

/** A sandbox needs rights that containers lack; nothing else than our own pages is opened. */
const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  `--host-resolver-rules=MAP ${hostWithoutTls} 127.0.0.1`,
];

const closedWithinMs = 10_000;
/** An action that a page does not take within this fails, and tells on what it waited. */
const actionTimeoutMs = 20_000;

export async function startBrowser(): Promise<TestBrowser> {
  const executablePath = findBrowser();
  if (executablePath === undefined) {
    throw new Error("There is no browser: `npm test` tells how to get one.");
  }
  const browser = await chromium.launch({ executablePath, args: quiet });
  return {
    async openDevice(options) {
      const { url, locale = "en", viewport = "desktop", theme = "light" } = options;
      const isPhone = viewport === "phone";
      const context = await browser.newContext({
        baseURL: url,
        viewport: viewports[viewport],
        isMobile: isPhone,
        hasTouch: isPhone,
        locale: languageTags[locale],
        timezoneId: options.timeZone ?? "Asia/Seoul",
        colorScheme: theme,
        reducedMotion: options.reducedMotion ?? "no-preference",
        serviceWorkers: options.keepsShell === true ? "allow" : "block",
      });
      context.setDefaultTimeout(actionTimeoutMs);
      const problems = watchProblems(context, url, options.expected ?? []);
      onTestFinished(async (test) => {
        await pictureFailure(test, { pages: () => context.pages() });
        // Chromium gives no answer when a page is just about to go elsewhere; the browser's end takes the rest.
        await Promise.race([context.close(), pause(closedWithinMs, undefined, { ref: false })]);
        problems.expectNone();
      });
      return {
        context,
        problems,
        async open(path = "/") {
          const page = await context.newPage();
          await page.goto(path);
          return page;
        },
      };
    },
    close: () => browser.close(),
  };
}
