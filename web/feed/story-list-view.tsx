import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useRef, useState, type ReactNode } from "react";
import type { Entry, StoryList } from "../data/story-list.ts";
import { useStory, useStoryList } from "../data/world.ts";
import { Button } from "../design/button.tsx";
import { StorySkeleton } from "../design/skeleton.tsx";
import { useText } from "../language/language.ts";
import { StoryCard } from "../story/story-card.tsx";
import { placeOf, type Place } from "./place.ts";
import styles from "./story-list-view.module.css";

interface StoryListViewProps {
  readonly list: StoryList;
  readonly label: string;
  /** Said below the last story. */
  readonly end: string;
  readonly empty: ReactNode;
}

/** A card before it is measured: four lines of text. */
const cardHeightGuess = 190;
const cardsBeyond = 4;
/** The next page is asked for when so many cards are left. */
const cardsAhead = 12;

/** A list of any length: only what is near the screen is in the page, and the reader's place is kept. */
export function StoryListView({ list, label, end, empty }: StoryListViewProps) {
  const t = useText();
  const { entries, phase, isStarted } = useStoryList(list);
  const place = placeOf(list);
  const [element, setElement] = useState<HTMLDivElement | null>(null);
  const top = useTop(element);
  const virtualizer = useWindowVirtualizer<HTMLDivElement>({
    count: entries.length,
    estimateSize: () => cardHeightGuess,
    overscan: cardsBeyond,
    scrollMargin: top,
    getItemKey: (index) => entries[index]?.id ?? index,
    initialOffset: place.offset,
    initialMeasurementsCache: [...place.sizes],
  });
  const rows = virtualizer.getVirtualItems();
  const first = rows[0]?.index ?? 0;
  const last = rows.at(-1)?.index ?? -1;

  useEffect(() => {
    list.start();
  }, [list]);
  useEffect(() => {
    list.look(first, last);
    if (isStarted && last >= entries.length - cardsAhead) {
      list.more();
    }
  }, [list, first, last, entries, isStarted]);
  usePlaceKeeping(place, virtualizer);
  useFocusKeeping(place, element);
  useAnchor(entries, virtualizer);

  if (isStarted && entries.length === 0 && phase === "end") {
    return empty;
  }
  return (
    <div ref={setElement}>
      <div
        {...(entries.length === 0
          ? {}
          : { role: "feed", "aria-label": label, "aria-busy": phase === "loading" })}
        className={styles["rows"]}
        style={{ height: virtualizer.getTotalSize() }}
      >
        {rows.map((row) => {
          const entry = entries[row.index];
          return entry === undefined ? null : (
            <div
              key={row.key}
              ref={virtualizer.measureElement}
              data-index={row.index}
              className={styles["row"]}
              style={{ transform: `translateY(${row.start - top}px)` }}
            >
              <EntryCard
                entry={entry}
                at={row.index + 1}
                of={phase === "end" ? entries.length : -1}
              />
            </div>
          );
        })}
      </div>
      {phase === "end" ? (
        <p className={styles["end"]}>{end}</p>
      ) : phase === "failed" ? (
        <div className={styles["failed"]} role="alert">
          <p>{t("list.failed")}</p>
          <Button onClick={list.more}>{t("app.retry")}</Button>
        </div>
      ) : (
        <div className={styles["next"]}>
          <p className="unseen" role="status">
            {t("list.loading")}
          </p>
          <StorySkeleton />
          {entries.length === 0 ? (
            <>
              <StorySkeleton />
              <StorySkeleton />
            </>
          ) : null}
        </div>
      )}
    </div>
  );
}

function EntryCard({
  entry,
  at,
  of,
}: {
  readonly entry: Entry;
  readonly at: number;
  readonly of: number;
}) {
  const story = useStory(entry.storyId);
  return story === undefined || story === "gone" ? (
    <StorySkeleton />
  ) : (
    <StoryCard story={story} reason={entry.reason} place={{ at, of }} />
  );
}

type ListVirtualizer = ReturnType<typeof useWindowVirtualizer<HTMLDivElement>>;

/** How far below the top of the document the list begins, which changes with what is above it. */
function useTop(list: HTMLElement | null): number {
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const page = list?.parentElement ?? null;
    if (list === null || page === null) {
      return;
    }
    const measure = (): void => {
      // Whole pixels: what a fraction leaves over would move the list again and again.
      setTop(Math.round(list.getBoundingClientRect().top + globalThis.scrollY));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(page);
    return () => {
      observer.disconnect();
    };
  }, [list]);
  return top;
}

/** Leaves a mark where the reader is, and goes back to it when the list is shown again. */
function usePlaceKeeping(place: Place, virtualizer: ListVirtualizer): void {
  useLayoutEffect(() => {
    if (place.offset > 0) {
      globalThis.scrollTo({ top: place.offset });
    }
    const keep = (): void => {
      place.offset = globalThis.scrollY;
    };
    globalThis.addEventListener("scroll", keep, { passive: true });
    return () => {
      globalThis.removeEventListener("scroll", keep);
      place.sizes = virtualizer.measurementsCache;
    };
  }, [place, virtualizer]);
}

/** Whoever comes back to the list has the focus on the story that was gone into. */
function useFocusKeeping(place: Place, list: HTMLElement | null): void {
  useEffect(() => {
    const before = place.focusedStory;
    const frame = requestAnimationFrame(() => {
      list
        ?.querySelector<HTMLElement>(`article[data-story="${before ?? ""}"]`)
        ?.focus({ preventScroll: true });
    });
    const keep = ({ target }: FocusEvent): void => {
      const card = target instanceof Element ? target.closest<HTMLElement>("article") : null;
      place.focusedStory = card?.dataset["story"] ?? null;
    };
    list?.addEventListener("focusin", keep);
    return () => {
      cancelAnimationFrame(frame);
      list?.removeEventListener("focusin", keep);
    };
  }, [place, list]);
}

interface Anchor {
  readonly key: string;
  readonly start: number;
}

/** When entries come or go above what is being read, what is being read stays where it is. */
function useAnchor(entries: readonly Entry[], virtualizer: ListVirtualizer): void {
  const before = useRef<{ entries: readonly Entry[]; inView: readonly Anchor[] } | null>(null);
  useLayoutEffect(() => {
    const known = before.current;
    if (known !== null && known.entries !== entries && globalThis.scrollY > 0) {
      const moved = distanceMoved(known.inView, entries, virtualizer);
      if (moved !== 0) {
        globalThis.scrollBy({ top: moved, behavior: "instant" });
      }
    }
    before.current = { entries, inView: cardsInView(entries, virtualizer) };
  });
}

/** From the top of the screen on: if the first is gone, the next one holds the place. */
function cardsInView(entries: readonly Entry[], virtualizer: ListVirtualizer): readonly Anchor[] {
  const { scrollY, innerHeight } = globalThis;
  return virtualizer.getVirtualItems().flatMap(({ index, start, end }) => {
    const key = entries[index]?.id;
    return key === undefined || end <= scrollY || start >= scrollY + innerHeight
      ? []
      : [{ key, start }];
  });
}

function distanceMoved(
  inView: readonly Anchor[],
  entries: readonly Entry[],
  { measurementsCache }: ListVirtualizer,
): number {
  for (const { key, start } of inView) {
    const now = measurementsCache[entries.findIndex(({ id }) => id === key)]?.start;
    if (now !== undefined) {
      return now - start;
    }
  }
  return 0;
}
