import type { Locator, Page } from "playwright-core";

/** Somebody who uses the keyboard alone, and looks where the focus is. */

const pressesMax = 200;

/** Presses Tab until the focus is there; every stop on the way must be seen. */
export async function tabTo(page: Page, target: Locator, key = "Tab"): Promise<void> {
  await target.waitFor();
  for (let presses = 0; !(await hasFocus(target)); presses += 1) {
    if (presses === pressesMax) {
      throw new Error(`the keyboard does not come to ${String(target)}`);
    }
    await page.keyboard.press(key);
    await expectFocusSeen(page);
  }
}

/** Goes there, and presses it. */
export async function tabAndPress(page: Page, target: Locator, key = "Enter"): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press(key);
}

/** Goes into a field, and writes. */
export async function tabAndType(page: Page, field: Locator, text: string): Promise<void> {
  await tabTo(page, field);
  await page.keyboard.type(text);
}

/** With arrows, as in a menu. */
export async function arrowTo(page: Page, target: Locator): Promise<void> {
  await tabTo(page, target, "ArrowDown");
}

export function hasFocus(target: Locator): Promise<boolean> {
  return target.evaluate((element) => element === document.activeElement);
}

/** What has the focus is on the screen, and marked. */
export async function expectFocusSeen(page: Page): Promise<void> {
  const trouble = await page.evaluate(() => {
    const element = document.activeElement;
    if (element === null || element === document.body) {
      return null;
    }
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
    const isMarked =
      (outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 1) || boxShadow !== "none";
    const { top, bottom, left, right } = element.getBoundingClientRect();
    const isOnScreen = bottom > 0 && top < innerHeight && right > 0 && left < innerWidth;
    const name = `<${element.localName}> ${element.getAttribute("aria-label") ?? element.textContent.slice(0, 40)}`;
    return isMarked && isOnScreen ? null : `${isOnScreen ? "not marked" : "not seen"}: ${name}`;
  });
  if (trouble !== null) {
    throw new Error(`the focus is ${trouble}`);
  }
}
