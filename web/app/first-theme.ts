/** Under which name the browser keeps the theme that was chosen. */
export const themeKey = "maru.theme";

/**
 * Puts the chosen theme in place. The build writes this function into a script of its own, which runs
 * before anything is painted: it may use nothing from outside.
 */
export function putFirstTheme(key: string): void {
  try {
    const theme = localStorage.getItem(key);
    if (theme === "light" || theme === "dark") {
      document.documentElement.dataset["theme"] = theme;
    }
  } catch {
    // A browser that may not remember shows what its system has.
  }
}
