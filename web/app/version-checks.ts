/** When to ask whether there is a newer build: seldom, and never all pages at the same moment. */
export interface VersionChecks {
  /** The page is looked at again. */
  becameVisible(): void;
  /** The live connection is back: the server may have been replaced in between. */
  connectionOpened(): void;
  stop(): void;
}

interface VersionChecksDeps {
  readonly ask: () => void;
  readonly nowMs: () => number;
  /** From 0 to 1. */
  readonly chance: () => number;
}

const everyMs = 30 * 60_000;
/** So long after the last time, looking at the page again does not ask once more. */
const restMs = 60_000;
/** After a restart of the server all pages connect again: they ask one after the other. */
const spreadMs = 15_000;

export function createVersionChecks({ ask, nowMs, chance }: VersionChecksDeps): VersionChecks {
  let askedAt = nowMs();
  let pending: ReturnType<typeof setTimeout> | undefined;

  function askNow(): void {
    clearTimeout(pending);
    pending = undefined;
    askedAt = nowMs();
    ask();
  }

  const timer = setInterval(askNow, everyMs);
  return {
    becameVisible() {
      if (nowMs() - askedAt >= restMs) {
        askNow();
      }
    },
    connectionOpened() {
      pending ??= setTimeout(askNow, chance() * spreadMs);
    },
    stop() {
      clearInterval(timer);
      clearTimeout(pending);
    },
  };
}
