import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { putFirstTheme, themeKey } from "./first-theme.ts";

/** As the page runs it: the text of the function, with nothing of this file around it. */
function themeOf(getItem: (key: string) => string | null): string | undefined {
  const dataset: Record<string, string> = {};
  runInNewContext(`(${String(putFirstTheme)})(${JSON.stringify(themeKey)})`, {
    localStorage: { getItem },
    document: { documentElement: { dataset } },
  });
  return dataset["theme"];
}

describe("the theme before anything is painted", () => {
  it.each(["light", "dark"])("is %s where that was chosen", (theme) => {
    expect(themeOf((key) => (key === themeKey ? theme : null))).toBe(theme);
  });

  it.each([null, "", "pink"])("is the system's where %j is kept", (kept) => {
    expect(themeOf(() => kept)).toBeUndefined();
  });

  it("is the system's where the browser may not remember", () => {
    const forbidden = (): never => {
      throw new Error("forbidden");
    };
    expect(themeOf(forbidden)).toBeUndefined();
  });
});
