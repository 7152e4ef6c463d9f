import type { Page } from "playwright-core";
import english from "../../../web/language/en.json" with { type: "json" };
import japanese from "../../../web/language/ja.json" with { type: "json" };
import korean from "../../../web/language/ko.json" with { type: "json" };
import type { LocaleName } from "./browser.ts";

/** What an attentive reader would find wrong with the looks of a page, as far as a program can tell. */
export async function layoutProblems(page: Page, locale: LocaleName): Promise<readonly string[]> {
  const foreign = locale === "en" ? [] : untranslated(locale);
  return page.evaluate(findProblems, { foreign, keys: Object.keys(english) });
}

/** A person is found by such a finger. */
export const touchPxMin = 44;

export async function smallTargets(page: Page): Promise<readonly string[]> {
  return page.evaluate(findSmallTargets, touchPxMin);
}

type Messages = Readonly<Record<string, unknown>>;
const messages: Readonly<Record<LocaleName, Messages>> = {
  en: english,
  ja: japanese,
  ko: korean,
};

/** The English messages that this language says otherwise. */
function untranslated(locale: LocaleName): string[] {
  const own = new Set(textsOf(messages[locale]));
  return textsOf(english).filter((text) => !text.includes("{{") && !own.has(text));
}

function textsOf(value: unknown): readonly string[] {
  if (typeof value === "string") {
    return [value];
  }
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsOf) : [];
}

interface Known {
  readonly foreign: readonly string[];
  readonly keys: readonly string[];
}

/** Runs in the page. */
function findProblems({ foreign, keys }: Known): string[] {
  const problems: string[] = [];
  const tolerancePx = 1;
  const nameOf = (element: Element): string => {
    const text = element.textContent.trim().slice(0, 40);
    return `<${element.localName} class="${element.className}"> ${text}`;
  };
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) {
    problems.push(`the page is ${String(scrollWidth - clientWidth)} px too wide`);
  }

  const isSeen = (element: Element): boolean => {
    const { width, height } = element.getBoundingClientRect();
    return width > 1 && height > 1 && element.checkVisibility({ visibilityProperty: true });
  };
  /** Something that scrolls or ends in dots on purpose may hold more than it shows. */
  const mayHoldMore = (element: Element): boolean => {
    const { overflowX, overflowY, textOverflow } = getComputedStyle(element);
    const scrolls = [overflowX, overflowY].some((flow) => flow === "auto" || flow === "scroll");
    return scrolls || textOverflow === "ellipsis";
  };
  const isFolded = (element: Element): boolean => element.closest("[data-folded]") !== null;
  /** Within a line that ends in dots, what comes after the dots is not seen. */
  const isInShortened = (element: Element): boolean => {
    for (let outer = element.parentElement; outer !== null; outer = outer.parentElement) {
      const { textOverflow, webkitLineClamp } = getComputedStyle(outer);
      if (textOverflow === "ellipsis" || webkitLineClamp !== "none") {
        return true;
      }
    }
    return false;
  };

  for (const element of document.body.querySelectorAll("*")) {
    const hasText = [...element.childNodes].some(
      (node) => node.nodeType === Node.TEXT_NODE && (node.textContent ?? "").trim() !== "",
    );
    const isPart = element.closest("svg") !== null || element.localName === "textarea";
    if (!hasText || isPart || !isSeen(element) || isInShortened(element)) {
      continue;
    }
    const { left, right } = element.getBoundingClientRect();
    const scroller = element.parentElement?.closest("[role=tablist], nav, dialog");
    if ((right > innerWidth + tolerancePx || left < -tolerancePx) && scroller === null) {
      problems.push(`out of the screen: ${nameOf(element)}`);
    }
    const { overflow } = getComputedStyle(element);
    const isCut =
      overflow !== "visible" &&
      (element.scrollWidth > element.clientWidth + tolerancePx ||
        element.scrollHeight > element.clientHeight + tolerancePx);
    if (isCut && !mayHoldMore(element) && !isFolded(element)) {
      problems.push(`cut off: ${nameOf(element)}`);
    }
  }

  for (const above of document.querySelectorAll("dialog[open], [popover]:popover-open")) {
    const { left, right, top, bottom } = above.getBoundingClientRect();
    const isWhole = left >= 0 && right <= innerWidth && top >= 0 && bottom <= innerHeight;
    if (!isWhole) {
      problems.push(`not whole on the screen: ${nameOf(above)}`);
    }
  }

  const said = new Set<string>();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    said.add((node.textContent ?? "").trim());
  }
  for (const element of document.body.querySelectorAll("[aria-label], [title], [placeholder]")) {
    for (const name of ["aria-label", "title", "placeholder"]) {
      said.add((element.getAttribute(name) ?? "").trim());
    }
  }
  const key = new RegExp(`^(?:${keys.join("|")})\\.[\\w.]+$`);
  for (const text of said) {
    if (key.test(text) || text.includes("{{")) {
      problems.push(`a key in place of words: ${text}`);
    }
    if (foreign.includes(text)) {
      problems.push(`not translated: ${text}`);
    }
  }
  return problems;
}

/** Runs in the page. Links within a text are as high as its lines. */
function findSmallTargets(minPx: number): string[] {
  // What lies under the menu at the foot of the screen comes up with the page.
  const bottomBarPx = 72;
  const targets = document.body.querySelectorAll<HTMLElement>(
    "button, a[href], input, select, textarea, summary, [role=menuitem]",
  );
  const isWithinText = (element: HTMLElement): boolean =>
    getComputedStyle(element).display === "inline";
  const dialog = document.querySelector("dialog[open]");
  return [...targets].flatMap((element) => {
    const box = (element.closest("label") ?? element).getBoundingClientRect();
    const isThere =
      box.width > 1 &&
      box.height > 1 &&
      box.top >= 0 &&
      box.bottom <= innerHeight - bottomBarPx &&
      element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
      (dialog === null || dialog.contains(element));
    if (!isThere || isWithinText(element) || element.getAttribute("aria-hidden") === "true") {
      return [];
    }
    // What lies around a small button may belong to it.
    const middle = { x: box.left + box.width / 2, y: box.top + box.height / 2 };
    const reach = minPx / 2 - 1;
    const isHit = (dy: number): boolean => {
      const hit = document.elementFromPoint(middle.x, middle.y + dy);
      return hit !== null && element.contains(hit);
    };
    const isHigh = box.height >= minPx - 1 || (isHit(-reach) && isHit(reach));
    const isWide = box.width >= minPx / 2;
    const text = element.getAttribute("aria-label") ?? element.textContent.trim().slice(0, 30);
    const size = `${box.width.toFixed(0)}×${box.height.toFixed(0)}`;
    return isHigh && isWide ? [] : [`${size} ${element.localName} ${text}`];
  });
}
