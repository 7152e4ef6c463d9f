import { useLayoutEffect } from "react";
import { cameBack } from "../app/came-back.ts";

/** How far down the reader was on each page that keeps its place, in pixels. */
const offsets = new Map<string, number>();

/** Whoever comes back to a page finds it where it was left; whoever goes there anew, at its top. */
export function usePlace(name: string): void {
  useLayoutEffect(() => {
    const offset = cameBack() ? (offsets.get(name) ?? 0) : 0;
    if (offset > 0) {
      globalThis.scrollTo({ top: offset });
    }
    const keep = (): void => {
      offsets.set(name, globalThis.scrollY);
    };
    globalThis.addEventListener("scroll", keep, { passive: true });
    return () => {
      globalThis.removeEventListener("scroll", keep);
    };
  }, [name]);
}
