/** A wait that can be cut short. */
export interface Pause {
  /** Resolves when the time is over or the signal aborts. */
  readonly over: Promise<void>;
  /** Ends in `ms` from now, unless it would end sooner anyway. */
  shorten(ms: number): void;
}

export function pause(ms: number, signal: AbortSignal): Pause {
  let shorten = (_ms: number): void => undefined;
  const over = new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    let timer = setTimeout(end, ms);
    let endsAtMs = performance.now() + ms;
    shorten = (lessMs) => {
      const wantedMs = performance.now() + lessMs;
      if (wantedMs < endsAtMs) {
        endsAtMs = wantedMs;
        clearTimeout(timer);
        timer = setTimeout(end, lessMs);
      }
    };
    signal.addEventListener("abort", end);
    if (signal.aborted) {
      end();
    }
  });
  return {
    over,
    shorten: (lessMs) => {
      shorten(lessMs);
    },
  };
}
