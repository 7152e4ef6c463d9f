import { useEffect, useRef, useState, type RefObject } from "react";

/** Turns true when the element is, or is about to be, on the screen for the first time. */
export function useSeen<T extends Element>(rootMargin = "100px"): [RefObject<T | null>, boolean] {
  const ref = useRef<T>(null);
  const [isSeen, setIsSeen] = useState(false);
  useEffect(() => {
    const element = ref.current;
    if (element === null || isSeen) {
      return;
    }
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) {
          setIsSeen(true);
        }
      },
      { rootMargin },
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, [isSeen, rootMargin]);
  return [ref, isSeen];
}

/** Calls when the end of a list comes near, and again for as long as it is near and `turn` changes. */
export function useNearEnd<T extends Element>(
  onNear: () => void,
  turn: unknown,
): RefObject<T | null> {
  const ref = useRef<T>(null);
  const latest = useRef(onNear);
  useEffect(() => {
    latest.current = onNear;
  });
  useEffect(() => {
    const element = ref.current;
    if (element === null) {
      return;
    }
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) {
          latest.current();
        }
      },
      { rootMargin: "800px" },
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, [turn]);
  return ref;
}
