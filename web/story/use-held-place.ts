import { useEffect, useLayoutEffect, useRef, type RefObject } from "react";

interface Mark {
  readonly element: Element;
  /** In pixels from the top of the screen. */
  readonly top: number;
}

/**
 * What is being read stays where it is on the screen when something above it comes or goes. `shown`
 * is another value whenever something may have.
 */
export function useHeldPlace(
  ref: RefObject<HTMLElement | null>,
  selector: string,
  shown: unknown,
): void {
  const marks = useRef<readonly Mark[]>([]);
  useEffect(() => {
    const mark = (): void => {
      marks.current = marksIn(ref.current, selector);
    };
    globalThis.addEventListener("scroll", mark, { passive: true });
    globalThis.addEventListener("resize", mark);
    return () => {
      globalThis.removeEventListener("scroll", mark);
      globalThis.removeEventListener("resize", mark);
    };
  }, [ref, selector]);
  useLayoutEffect(() => {
    const known = marks.current.find(({ element }) => element.isConnected);
    if (known !== undefined && globalThis.scrollY > 0) {
      const moved = known.element.getBoundingClientRect().top - known.top;
      if (Math.abs(moved) >= 1) {
        globalThis.scrollBy({ top: moved, behavior: "instant" });
      }
    }
    marks.current = marksIn(ref.current, selector);
  }, [ref, selector, shown]);
}

/** Those on the screen, from the top; none while all of them are below what is read. */
function marksIn(place: HTMLElement | null, selector: string): readonly Mark[] {
  const marks: Mark[] = [];
  for (const element of place?.querySelectorAll(selector) ?? []) {
    const { top, bottom } = element.getBoundingClientRect();
    if (top > globalThis.innerHeight) {
      break;
    }
    if (bottom > 0) {
      marks.push({ element, top });
    }
  }
  return marks;
}
