import { useEffect, useRef, type RefObject } from "react";
import { turns } from "./motion.ts";
import type { Seat } from "./turns.ts";

interface Turn<T extends Element> {
  /** What is looked at, to know how much of it is seen. */
  readonly ref: RefObject<T | null>;
  readonly wantPlay: () => void;
  readonly wantStop: () => void;
}

const steps = [0, 0.25, 0.5, 0.75, 1];

/** Has something play when it is its turn. */
export function useTurn<T extends Element>(options: {
  readonly isByItself: boolean;
  readonly onPlay: () => void;
  readonly onStop: () => void;
}): Turn<T> {
  const { isByItself } = options;
  const ref = useRef<T>(null);
  const seat = useRef<Seat | null>(null);
  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });
  useEffect(() => {
    const element = ref.current;
    if (element === null) {
      return;
    }
    const own = turns.join({
      isByItself,
      play: () => {
        latest.current.onPlay();
      },
      stop: () => {
        latest.current.onStop();
      },
    });
    seat.current = own;
    let share = 0;
    const look = (): void => {
      own.saw(document.visibilityState === "visible" ? share : 0);
    };
    const observer = new IntersectionObserver(
      (entries) => {
        share = entries.at(-1)?.intersectionRatio ?? 0;
        look();
      },
      { threshold: steps },
    );
    observer.observe(element);
    document.addEventListener("visibilitychange", look);
    return () => {
      observer.disconnect();
      document.removeEventListener("visibilitychange", look);
      seat.current = null;
      own.leave();
    };
  }, [isByItself]);
  return {
    ref,
    wantPlay: () => seat.current?.wantPlay(),
    wantStop: () => seat.current?.wantStop(),
  };
}
