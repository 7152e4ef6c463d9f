import type { Locator, Page } from "playwright-core";

/** A card of a list of stories, as it stands on the screen. */
export interface Card {
  readonly id: string;
  /** Its place in the list, from 1. */
  readonly place: number;
  readonly topPx: number;
  readonly bottomPx: number;
}

const cardsOfList = '[role="feed"] article[data-story]';

export function cardOf(page: Page, storyId: string): Locator {
  return page.locator(`article[data-story="${storyId}"]`);
}

/** The cards that are in the page, from the top, seen or not. */
export function cardsIn(page: Page): Promise<readonly Card[]> {
  return page.evaluate((selector) => {
    const found = [...document.querySelectorAll<HTMLElement>(selector)].map((card) => {
      const { top, bottom } = card.getBoundingClientRect();
      const place = Number(card.getAttribute("aria-posinset"));
      return { id: card.dataset["story"] ?? "", place, topPx: top, bottomPx: bottom };
    });
    return found.sort((a, b) => a.place - b.place);
  }, cardsOfList);
}

/** The ids of the cards that are in the page, from the top. */
export async function idsIn(page: Page): Promise<readonly string[]> {
  return (await cardsIn(page)).map(({ id }) => id);
}

/** The first card whose head is in full view below the bars of the page. */
export async function cardInView(page: Page, belowPx = 150): Promise<Card> {
  const card = (await cardsIn(page)).find(({ topPx }) => topPx >= belowPx);
  if (card === undefined) {
    throw new Error("no card is in view");
  }
  return card;
}

export function nextFrame(page: Page): Promise<void> {
  return page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        requestAnimationFrame(() => {
          requestAnimationFrame(() => {
            resolve();
          });
        });
      }),
  );
}

/** Turns the wheel over the list, as far as it is told, in steps of a hand. */
export async function scrollBy(page: Page, px: number, stepPx = 400): Promise<void> {
  const { width, height } = page.viewportSize() ?? { width: 0, height: 0 };
  await page.mouse.move(width / 2, height / 2);
  for (let left = Math.abs(px); left > 0; left -= stepPx) {
    await page.mouse.wheel(0, Math.sign(px) * Math.min(stepPx, left));
    await nextFrame(page);
  }
  await stillness(page);
}

/** Waits until the page scrolls no more. */
export async function stillness(page: Page): Promise<void> {
  let before = Number.NaN;
  for (let now = await offsetOf(page); now !== before; now = await offsetOf(page)) {
    before = now;
    await nextFrame(page);
    await nextFrame(page);
  }
}

const stepPx = 500;
const stepsMax = 1_000;

/** Reads a feed from where it is to its end, and gives the stories from its top by what was seen. */
export async function idsToTheEnd(
  page: Page,
  onLook: (cards: readonly Card[]) => void = () => undefined,
): Promise<readonly string[]> {
  const placed = new Map<number, string>();
  const look = async (): Promise<void> => {
    const cards = await cardsIn(page);
    onLook(cards);
    for (const { place, id } of cards) {
      const before = placed.get(place) ?? id;
      if (before !== id) {
        throw new Error(`at place ${String(place)} stood ${before}, and then ${id}`);
      }
      placed.set(place, id);
    }
  };
  for (let steps = 0; !(await isAtEnd(page)); steps += 1) {
    if (steps === stepsMax) {
      throw new Error("the feed does not end");
    }
    await look();
    await page.mouse.wheel(0, stepPx);
    await nextFrame(page);
  }
  await look();
  return [...placed].sort(([a], [b]) => a - b).map(([, id]) => id);
}

/** The bottom of the list is on the screen, and says that nothing more comes. */
function isAtEnd(page: Page): Promise<boolean> {
  return page.evaluate(() => {
    const list = document.querySelector('[role="feed"]');
    const sizes = [...(list?.querySelectorAll("article") ?? [])].map((card) => card.ariaSetSize);
    const isRead = sizes.length > 0 && sizes.every((size) => size !== "-1");
    return isRead && (list?.getBoundingClientRect().bottom ?? Infinity) <= innerHeight;
  });
}

export function offsetOf(page: Page): Promise<number> {
  return page.evaluate(() => scrollY);
}

interface Motion {
  /** The highest and the lowest place at which the card was seen; it was not there in no frame. */
  readonly topsPx: readonly [number, number];
  readonly framesWithout: number;
}

/** Looks in every frame where a card is, until it is asked what it saw. */
export async function watchCard(page: Page, storyId: string): Promise<() => Promise<Motion>> {
  const watch = await page.evaluateHandle((selector) => {
    const seen = { min: Infinity, max: -Infinity, without: 0, isOver: false };
    const look = (): void => {
      const top = document.querySelector(selector)?.getBoundingClientRect().top;
      if (top === undefined) {
        seen.without += 1;
      } else {
        seen.min = Math.min(seen.min, top);
        seen.max = Math.max(seen.max, top);
      }
      if (!seen.isOver) {
        requestAnimationFrame(look);
      }
    };
    look();
    return seen;
  }, `article[data-story="${storyId}"]`);
  return () =>
    watch.evaluate((seen) => {
      seen.isOver = true;
      return { topsPx: [seen.min, seen.max] as const, framesWithout: seen.without };
    });
}
