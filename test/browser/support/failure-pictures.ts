import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { BrowserContext } from "playwright-core";
import type { TestContext } from "vitest";
import { projectRoot } from "../../support/server-process.ts";

/** Where one sees what was on the pages when a test failed; not part of the project. */
const folder = join(projectRoot, ".cache", "failed-pages");
const patienceMs = 5_000;

let taken = 0;

/** Takes a picture of each page of a failed test, and names them with what it failed of. */
export async function pictureFailure(
  { task }: TestContext,
  { pages }: Pick<BrowserContext, "pages">,
): Promise<void> {
  const [error] = task.result?.state === "fail" ? (task.result.errors ?? []) : [];
  if (error === undefined) {
    return;
  }
  await mkdir(folder, { recursive: true });
  const name = task.name.replaceAll(/\W+/g, "-").slice(0, 60);
  for (const page of pages()) {
    taken += 1;
    const path = join(folder, `${name}-${String(process.pid)}-${String(taken)}.png`);
    // A page that hangs or has crashed has no picture, and is failure enough.
    await page.screenshot({ path, timeout: patienceMs }).then(
      () => {
        error.message += `\n${page.url()} looked like this: ${path}`;
      },
      () => undefined,
    );
  }
}
