import { createKeptShell, isPagePath, type Shell } from "./kept-shell.ts";

/**
 * The service worker: it keeps the shell of the client for when there is no network. It takes over
 * at once, which open pages do not notice: files are known by their content, and everything else
 * goes to the network as before.
 */
declare const self: ServiceWorkerGlobalScope;
/** Put in by the build. */
declare const builtShell: Shell;

const kept = createKeptShell({
  shell: builtShell,
  caches,
  fetch: (request, init) => fetch(request, init),
  pause: (ms) =>
    new Promise((resolve) => {
      setTimeout(resolve, ms);
    }),
});

self.addEventListener("install", (event) => {
  event.waitUntil(kept.keep().then(() => self.skipWaiting()));
});

async function takeOver(): Promise<void> {
  await kept.forgetOlder();
  // The page is asked for while this worker wakes up, so that it costs no time.
  await self.registration.navigationPreload.enable();
  await self.clients.claim();
}

self.addEventListener("activate", (event) => {
  event.waitUntil(takeOver());
});

async function pageFromNetwork(event: FetchEvent): Promise<Response> {
  const preloaded = (await event.preloadResponse) as Response | undefined;
  return preloaded ?? fetch(event.request);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) {
    return;
  }
  if (request.mode === "navigate" && isPagePath(pathname)) {
    event.respondWith(kept.page(pageFromNetwork(event)));
  } else if (kept.isFile(pathname)) {
    event.respondWith(kept.file(request));
  }
});
