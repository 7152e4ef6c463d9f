import { useEffect, useRef, type RefObject } from "react";
import type { StoryList } from "../data/story-list.ts";
import { newCountMax } from "../data/story-list.ts";
import { useStoryList } from "../data/world.ts";
import { Icon } from "../design/icons.tsx";
import { useText } from "../language/language.ts";
import styles from "./new-stories.module.css";

/** A reader who has not moved or touched anything for so long is only watching. */
const restMs = 1_500;

/**
 * New stories wait behind a pill, so that nothing moves while someone reads. For a reader who only
 * watches the top of the list they come in by themselves.
 */
export function NewStories({
  list,
  isQuiet,
}: {
  readonly list: StoryList;
  readonly isQuiet: boolean;
}) {
  const t = useText();
  const { newCount, hasMoreNew } = useStoryList(list);
  const touchedAt = useLastTouch();
  useEffect(() => {
    if (newCount === 0) {
      return;
    }
    const admit = (): void => {
      const isResting = performance.now() - touchedAt.current >= restMs;
      const isAtTop = globalThis.scrollY <= 0 && !isReadingByKey();
      if (isAtTop && isResting && document.visibilityState === "visible") {
        list.showNew();
      }
    };
    admit();
    const timer = setInterval(admit, restMs / 3);
    return () => {
      clearInterval(timer);
    };
  }, [list, newCount, touchedAt]);

  if (newCount === 0 || isQuiet) {
    return <div role="status" />;
  }
  return (
    <div className={styles["place"]} role="status">
      <button
        type="button"
        className={styles["pill"]}
        onClick={() => {
          list.showNew();
          globalThis.scrollTo({ top: 0 });
        }}
      >
        <Icon name="up" size={16} />
        {hasMoreNew
          ? t("feed.newMany", { count: newCountMax })
          : t("feed.new", { count: newCount })}
      </button>
    </div>
  );
}

/** The focus is on a card or in it: the list may not move from under it. */
function isReadingByKey(): boolean {
  return (document.activeElement?.closest('[role="feed"]') ?? null) !== null;
}

function useLastTouch(): RefObject<number> {
  const touchedAt = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    const touched = (): void => {
      touchedAt.current = performance.now();
    };
    const kinds = ["pointerdown", "pointermove", "wheel", "keydown", "touchmove"] as const;
    for (const kind of kinds) {
      globalThis.addEventListener(kind, touched, { passive: true });
    }
    return () => {
      for (const kind of kinds) {
        globalThis.removeEventListener(kind, touched);
      }
    };
  }, []);
  return touchedAt;
}
