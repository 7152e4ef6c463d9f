/** A page that comes only when it is gone to has come by then. */
const waitMsMax = 10_000;

/** Focuses what the selector names, at once or when it comes. */
export function focusWhenThere(selector: string): void {
  const focus = (): boolean => {
    const element = document.querySelector<HTMLElement>(selector);
    element?.focus();
    return element !== null;
  };
  if (focus()) {
    return;
  }
  const observer = new MutationObserver(() => {
    if (focus()) {
      observer.disconnect();
    }
  });
  observer.observe(document.body, { childList: true, subtree: true });
  setTimeout(() => {
    observer.disconnect();
  }, waitMsMax);
}
