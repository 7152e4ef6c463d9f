import { useSyncExternalStore } from "react";
import { createTurns } from "./turns.ts";

/** Of everything on this page that moves. */
export const turns = createTurns();

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const sparing = matchMedia("(prefers-reduced-data: reduce)");

interface Connected {
  readonly connection?: { readonly saveData?: boolean };
}

function mayMove(): boolean {
  const { connection } = navigator as Connected;
  return !calm.matches && !sparing.matches && connection?.saveData !== true;
}

function listen(listener: () => void): () => void {
  for (const query of [calm, sparing]) {
    query.addEventListener("change", listener);
  }
  return () => {
    for (const query of [calm, sparing]) {
      query.removeEventListener("change", listener);
    }
  };
}

/** Whether what moves may begin by itself: not for those who asked for calm, or to save data. */
export function useMayMove(): boolean {
  return useSyncExternalStore(listen, mayMove);
}
