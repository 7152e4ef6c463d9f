/** Light, dark, or as the system has it. Kept in this browser: it is about the screen, not the person. */
export type Theme = "system" | "light" | "dark";

const storageKey = "maru.theme";

export function chosenTheme(): Theme {
  const chosen = localStorage.getItem(storageKey);
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}

export function chooseTheme(theme: Theme): void {
  if (theme === "system") {
    localStorage.removeItem(storageKey);
  } else {
    localStorage.setItem(storageKey, theme);
  }
  applyTheme();
}

export function applyTheme(): void {
  const theme = chosenTheme();
  const { dataset } = document.documentElement;
  if (theme === "system") {
    delete dataset["theme"];
  } else {
    dataset["theme"] = theme;
  }
}
