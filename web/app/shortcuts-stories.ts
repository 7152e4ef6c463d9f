/** The story that the keys are about, and the way from one to the next. */

const storySelector = "article[data-story]";
/** Between the sticky head and the story under it. */
const gapPx = 8;

function storiesOnPage(): readonly HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>(`#content ${storySelector}`)];
}

/** How far down the page is covered by what sticks to its top. */
function coveredPx(): number {
  const edges = [...document.querySelectorAll<HTMLElement>("[data-sticky]")]
    .filter((element) => getComputedStyle(element).position === "sticky")
    .map((element) => element.getBoundingClientRect())
    .filter(({ top, height }) => height > 0 && top <= gapPx)
    .map(({ bottom }) => bottom);
  return Math.max(0, ...edges);
}

/** The story with the focus on it or in it; on a page about one story, that one. */
export function currentStory(): HTMLElement | null {
  const focused = document.activeElement?.closest<HTMLElement>(storySelector) ?? null;
  const all = storiesOnPage();
  const only = all.length === 1 && location.pathname.startsWith("/stories/") ? all[0] : undefined;
  return focused ?? only ?? null;
}

/**
 * Moves the focus to the story after or before the one that has it, else to the first that can be
 * read. At the end of what is there it scrolls on, so that more comes.
 */
export function goToStory(direction: 1 | -1): void {
  const all = storiesOnPage().filter((story) => story.tabIndex === 0);
  const at = all.findIndex((story) => story.contains(document.activeElement));
  const covered = coveredPx();
  const isReadable = (story: HTMLElement): boolean =>
    story.getBoundingClientRect().top >= covered - 1;
  const to = at === -1 ? all.find(isReadable) : all[at + direction];
  if (to !== undefined) {
    to.focus({ preventScroll: true });
    globalThis.scrollBy({ top: to.getBoundingClientRect().top - covered - gapPx });
  } else if (direction === 1) {
    globalThis.scrollTo({ top: document.documentElement.scrollHeight });
  } else {
    globalThis.scrollTo({ top: 0 });
  }
}

/** Presses what is in the story: its buttons and links are what the keys stand for. */
export function pressIn(story: HTMLElement | null, selector: string): void {
  story?.querySelector<HTMLElement>(selector)?.click();
}

export function leaveStory(): void {
  const { activeElement } = document;
  if (activeElement instanceof HTMLElement && activeElement.matches(storySelector)) {
    activeElement.blur();
  }
}
