import { ownBuild } from "./build.ts";

/**
 * Lets the service worker keep what the page is made of, for when there is no network. Browsers
 * have one only on pages that came over TLS or from the machine itself; others go on without.
 */
export function keepShell(): void {
  if (ownBuild() === null || !("serviceWorker" in navigator)) {
    return;
  }
  const register = (): void => {
    // Refused in some private windows: then there is no shell to keep, and nothing else is missing.
    navigator.serviceWorker.register("/sw.js").catch(() => undefined);
  };
  if (document.readyState === "complete") {
    register();
  } else {
    globalThis.addEventListener("load", register, { once: true });
  }
}
