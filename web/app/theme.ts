import { useSyncExternalStore } from "react";
import { lasting } from "../data/memory.ts";
import { createSignal } from "../data/signal.ts";
import { themeKey } from "./first-theme.ts";

/** Light, dark, or as the system has it. Kept in this browser: it is about the screen, not the person. */
export type Theme = "system" | "light" | "dark";

const changed = createSignal();

export function chosenTheme(): Theme {
  const chosen = lasting.read(themeKey);
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}

export function useTheme(): Theme {
  return useSyncExternalStore(changed.listen, chosenTheme);
}

export function chooseTheme(theme: Theme): void {
  if (theme === "system") {
    lasting.remove(themeKey);
  } else {
    lasting.write(themeKey, theme);
  }
  showTheme();
}

/** Puts the chosen theme in place, also when another tab chooses one. */
export function applyTheme(): void {
  showTheme();
  globalThis.addEventListener("storage", ({ key }) => {
    if (key === themeKey || key === null) {
      showTheme();
    }
  });
}

function showTheme(): void {
  const theme = chosenTheme();
  const { dataset } = document.documentElement;
  if (theme === "system") {
    delete dataset["theme"];
  } else {
    dataset["theme"] = theme;
  }
  colorFrame(theme);
  changed.tell();
}

/** The browser's own bars: one colour for each of the system's themes, or the chosen one for both. */
function colorFrame(theme: Theme): void {
  const metas = [...document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')];
  for (const meta of metas) {
    meta.dataset["own"] ??= meta.content;
  }
  const ofChosen = metas.find(({ media }) => media.includes(theme))?.dataset["own"];
  for (const meta of metas) {
    meta.content = ofChosen ?? meta.dataset["own"] ?? meta.content;
  }
}
