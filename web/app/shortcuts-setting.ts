import { useSyncExternalStore } from "react";
import { createSignal } from "../data/signal.ts";

/** Single keys do things unless the reader turns them off: speech and some aids press keys, too. */
const storageKey = "maru.keys";
const off = "off";
const changed = createSignal();
let areOn = readSetting();

function readSetting(): boolean {
  try {
    return localStorage.getItem(storageKey) !== off;
  } catch {
    // A browser that keeps nothing: they are on until the page is left.
    return true;
  }
}

export function shortcutsAreOn(): boolean {
  return areOn;
}

export function useShortcutsAreOn(): boolean {
  return useSyncExternalStore(changed.listen, shortcutsAreOn);
}

export function turnShortcuts(on: boolean): void {
  areOn = on;
  try {
    if (on) {
      localStorage.removeItem(storageKey);
    } else {
      localStorage.setItem(storageKey, off);
    }
  } catch {
    // See above.
  }
  changed.tell();
}
