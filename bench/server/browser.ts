import { execFileSync } from "node:child_process";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { chromium, type Browser, type BrowserContext } from "playwright-core";
import { findBrowser } from "../../tools/programs.ts";
import { pinned } from "./pinning.ts";

/** A real browser, in which somebody of the community is signed in. */

const sessionCookie = "maru_session";
const buildTool = new URL("../../tools/build-web.ts", import.meta.url).pathname;
/** A person has a device of their own, which does not wait for the generator. */
const niceness = "-10";
const executableMode = 0o755;

export function buildWebClient(): void {
  execFileSync(process.execPath, [buildTool], { stdio: "inherit" });
}

export async function launchBrowser(executablePath = chromiumPath()): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** One that shares the generator's core, and comes first there where the system lets it. */
export async function launchBrowserBesideGenerator(folder: string): Promise<Browser> {
  const isRoot = process.getuid?.() === 0;
  const [program, args] = isRoot
    ? pinned("asking", "nice", ["-n", niceness, chromiumPath()])
    : pinned("asking", chromiumPath(), []);
  const starter = join(folder, "browser");
  const words = [program, ...args].map((word) => `'${word}'`).join(" ");
  await writeFile(starter, `#!/bin/sh\nexec ${words} "$@"\n`);
  await chmod(starter, executableMode);
  return launchBrowser(starter);
}

export async function openContext(
  browser: Browser,
  {
    url,
    token,
    ...options
  }: { readonly url: string; readonly token: string } & Parameters<Browser["newContext"]>[0],
): Promise<BrowserContext> {
  const context = await browser.newContext(options);
  await context.addCookies([{ name: sessionCookie, value: token, url, httpOnly: true }]);
  return context;
}

function chromiumPath(): string {
  const path = findBrowser();
  if (path === undefined) {
    throw new Error("this bench needs Chromium; on Debian: apt-get install chromium");
  }
  return path;
}
