import { ownBuild } from "./build.ts";
import { navigationTimings, span, type PageTimings } from "./measure-navigation.ts";
import { pagePath } from "./report-words.ts";

/** Told to the server once, when the page is left: how long it took for the one who came. */

type Reading = Pick<PageTimings, "lcpMs" | "inpMs" | "cls">;

/** A page shows what it is about when a story is there, or nothing that stands in for one. */
function isReady(): boolean {
  const content = document.querySelector("#content:not(:empty)");
  if (content === null) {
    return false;
  }
  const isWaiting = content.querySelector("[data-skeleton]") !== null;
  return !isWaiting || content.querySelector("article[data-story]") !== null;
}

/** Calls back with the time of the first frame that shows what the page is about. */
function whenReady(tell: (readyMs: number) => void): void {
  const observer = new MutationObserver(() => {
    if (isReady()) {
      observer.disconnect();
      requestAnimationFrame(() => {
        tell(span(0, performance.now()));
      });
    }
  });
  observer.observe(document.body, { childList: true, subtree: true });
}

/** The observers of the browser tell what was before they came, too: they cost the start nothing. */
async function watchVitals(note: (reading: Reading) => void): Promise<void> {
  const { onCLS, onINP, onLCP } = await import("web-vitals");
  const all = { reportAllChanges: true };
  onLCP(({ value }) => {
    note({ lcpMs: span(0, value) });
  }, all);
  onINP(({ value }) => {
    note({ inpMs: span(0, value) });
  }, all);
  onCLS(({ value }) => {
    note({ cls: span(0, value) });
  }, all);
}

function whenLoaded(job: () => void): void {
  if (document.readyState === "complete") {
    job();
  } else {
    globalThis.addEventListener("load", job, { once: true });
  }
}

export function measurePage(): void {
  // What nobody looks at is painted late, and says nothing of how long it takes.
  if (ownBuild() === null || document.visibilityState === "hidden") {
    return;
  }
  const page = pagePath(location.pathname);
  let readings: PageTimings = {};
  let isSent = false;
  const note = (reading: PageTimings): void => {
    readings = { ...readings, ...reading };
  };
  const send = (): void => {
    if (isSent || document.visibilityState !== "hidden") {
      return;
    }
    isSent = true;
    const [navigation] = performance.getEntriesByType("navigation");
    const isKnown = navigation instanceof PerformanceNavigationTiming;
    const timings = isKnown ? navigationTimings(navigation) : {};
    const body = JSON.stringify({ page, ...timings, ...readings });
    navigator.sendBeacon("/v1/page-timings", new Blob([body], { type: "application/json" }));
  };

  whenReady((readyMs) => {
    if (!isSent) {
      note({ readyMs });
    }
  });
  whenLoaded(() => {
    // A failure leaves out what it would have told; it is asked for again with the next page.
    watchVitals(note).catch(() => undefined);
  });
  // The last moment in which a page can tell something; some browsers never say that it is left.
  document.addEventListener("visibilitychange", send);
}
