let isBack = false;

/** Before the router hears of it, so that the page it shows already knows. */
const first = { capture: true } as const;
globalThis.addEventListener("popstate", () => (isBack = true), first);
globalThis.addEventListener("pushState", () => (isBack = false), first);

/** The reader came to this page by going back or forward, and finds it as it was left. */
export function cameBack(): boolean {
  return isBack;
}
