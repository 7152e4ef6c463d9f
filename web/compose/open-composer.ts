import { useSyncExternalStore } from "react";
import { createSignal } from "../data/signal.ts";

const changed = createSignal();
let isOpen = false;

function set(next: boolean): void {
  isOpen = next;
  changed.tell();
}

/** Opens the dialog for a new story, from anywhere. */
export function openComposer(): void {
  set(true);
}

/** What was typed stays. */
export function closeComposer(): void {
  set(false);
}

export function useComposerIsOpen(): boolean {
  return useSyncExternalStore(changed.listen, () => isOpen);
}
