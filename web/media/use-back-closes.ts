import { useCallback, useEffect, useRef } from "react";
import { addStep } from "../app/go-back.ts";

let openings = 0;

/** One of this opening alone: the history keeps its steps through reloads, and may come back to others. */
function newMark(): string {
  openings += 1;
  return `${performance.timeOrigin} ${openings}`;
}

function markOf(state: unknown): unknown {
  return typeof state === "object" && state !== null && "above" in state ? state.above : null;
}

/**
 * What is open above the page has a step of the history: going back closes it, as people expect of what
 * fills their screen. Returns what closes it otherwise, so that no step is left behind.
 */
export function useBackCloses(onClose: () => void): () => void {
  const latest = useRef(onClose);
  const goBack = useRef<() => boolean>(() => false);
  useEffect(() => {
    latest.current = onClose;
  });
  useEffect(() => {
    const mark = newMark();
    const before: unknown = history.state;
    addStep({ ...(typeof before === "object" ? before : {}), above: mark });
    let isGoing = false;
    // The history answers a moment later, and a second step back would leave the page.
    goBack.current = () => {
      if (!isGoing && markOf(history.state) === mark) {
        isGoing = true;
        history.back();
      }
      return isGoing;
    };
    const closed = (): void => {
      if (markOf(history.state) !== mark) {
        latest.current();
      }
    };
    globalThis.addEventListener("popstate", closed);
    return () => {
      globalThis.removeEventListener("popstate", closed);
      // It went with what it was about, such as a story that was deleted.
      goBack.current();
    };
  }, []);
  return useCallback(() => {
    // Where something else has written over the step, going back would not close it.
    if (!goBack.current()) {
      latest.current();
    }
  }, []);
}
