/** Wakes a loop: signals that come while it works are one. */
export interface Signal {
  raise(): void;
  /** Resolves at once where a signal is waiting: true; or after the time: false. */
  wait(timeoutMs: number): Promise<boolean>;
}

export function createSignal(): Signal {
  let raised = false;
  let wake: (() => void) | null = null;
  return {
    raise() {
      raised = true;
      wake?.();
    },
    wait(timeoutMs) {
      if (raised) {
        raised = false;
        return Promise.resolve(true);
      }
      return new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          wake = null;
          resolve(raised);
          raised = false;
        };
        const timer = setTimeout(done, timeoutMs);
        wake = done;
      });
    },
  };
}
