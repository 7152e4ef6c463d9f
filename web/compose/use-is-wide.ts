import { useSyncExternalStore } from "react";

/** From here on the frame has the menu at the side, and room for writing above the feed. */
const query = matchMedia("(width >= 768px)");

function listen(listener: () => void): () => void {
  query.addEventListener("change", listener);
  return () => {
    query.removeEventListener("change", listener);
  };
}

export function useIsWide(): boolean {
  return useSyncExternalStore(listen, () => query.matches);
}
