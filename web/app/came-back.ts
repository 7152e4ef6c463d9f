let isBack = false;

/** To be called before the router listens, so that the page which it shows already knows. */
export function watchSteps(): void {
  globalThis.addEventListener("popstate", () => {
    isBack = true;
  });
  globalThis.addEventListener("pushState", () => {
    isBack = false;
  });
}

/** The reader came to this page by going back or forward, and finds it as it was left. */
export function cameBack(): boolean {
  return isBack;
}
