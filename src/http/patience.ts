import type { MonotonicMs } from "../kernel/deadline.ts";

/**
 * Whether the node may answer: now, or after a short while in which it may again. A node that the machine
 * kept waiting has its lease back in some tens of ms, which is sooner than a client can ask again.
 */
export type Patience = () => true | Promise<boolean>;

/** Counted from when somebody first found that it may not: a longer outage is told at once. */
const patientMs = 500;
const lookEveryMs = 10;

export function createPatience(deps: {
  readonly mayServe: () => boolean;
  readonly monotonicMs: MonotonicMs;
}): Patience {
  const { mayServe, monotonicMs } = deps;
  /** All who wait share one look; a look in vain stays until the node may answer again. */
  let look: Promise<boolean> | null = null;

  async function lookOut(): Promise<boolean> {
    const untilMs = monotonicMs() + patientMs;
    while (!mayServe()) {
      if (monotonicMs() >= untilMs) {
        return false;
      }
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
    return true;
  }

  function begin(): Promise<boolean> {
    const own = lookOut();
    void own.then((isServing) => {
      if (isServing && look === own) {
        look = null;
      }
    });
    return own;
  }

  return () => {
    if (mayServe()) {
      look = null;
      return true;
    }
    look ??= begin();
    return look;
  };
}
