import { useEffect, useState } from "react";

/** A reader who has not moved or touched anything for so long is only watching. */
const restMs = 1_500;

let touchedAt = Number.NEGATIVE_INFINITY;
for (const kind of ["pointerdown", "pointermove", "wheel", "keydown", "touchmove"] as const) {
  globalThis.addEventListener(
    kind,
    () => {
      touchedAt = performance.now();
    },
    { passive: true, capture: true },
  );
}

const restedMs = (): number => performance.now() - touchedAt;

/** Turns true once the reader rests, while something waits for that. */
export function useAtRest(isWaiting: boolean): boolean {
  const [isAtRest, setIsAtRest] = useState(false);
  useEffect(() => {
    if (!isWaiting) {
      return;
    }
    let timer: ReturnType<typeof setTimeout>;
    const look = (): void => {
      const leftMs = restMs - restedMs();
      if (leftMs <= 0) {
        setIsAtRest(true);
      } else {
        timer = setTimeout(look, leftMs);
      }
    };
    look();
    return () => {
      clearTimeout(timer);
      setIsAtRest(false);
    };
  }, [isWaiting]);
  return isWaiting && isAtRest;
}
