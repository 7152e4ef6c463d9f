import { useCallback, useEffect, useRef } from "react";
import { addStep } from "../app/go-back.ts";

const mark = "above";

function isMarked(): boolean {
  const state: unknown = history.state;
  return typeof state === "object" && state !== null && mark in state;
}

/**
 * What is open above the page has a step of the history: going back closes it, as people expect of what
 * fills their screen. Returns what closes it otherwise, so that no step is left behind.
 */
export function useBackCloses(onClose: () => void): () => void {
  const latest = useRef(onClose);
  useEffect(() => {
    latest.current = onClose;
  });
  useEffect(() => {
    const before: unknown = history.state;
    addStep({ ...(typeof before === "object" ? before : {}), [mark]: true });
    const closed = (): void => {
      if (!isMarked()) {
        latest.current();
      }
    };
    globalThis.addEventListener("popstate", closed);
    return () => {
      globalThis.removeEventListener("popstate", closed);
      // It went with what it was about, such as a story that was deleted.
      if (isMarked()) {
        history.back();
      }
    };
  }, []);
  return useCallback(() => {
    if (isMarked()) {
      history.back();
    } else {
      latest.current();
    }
  }, []);
}
