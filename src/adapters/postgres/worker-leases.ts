import type { MonotonicMs } from "../../kernel/deadline.ts";
import type { WorkEntry, WorkList } from "./worker-list.ts";

/** Keeps the leases of what a worker of this node works on. */
export interface WorkLeases {
  /**
   * Renews the entry's lease until it is released. `takenMs` is from before it was taken. `lost` is
   * called once, where another has the entry or may soon have it.
   */
  hold(entry: WorkEntry, takenMs: number, lost: () => void): HeldLease;
}

export interface HeldLease {
  release(): void;
}

interface Held {
  readonly entry: WorkEntry;
  /** By this node's clock the lease is good until then, less the time that work has to end. */
  timer: NodeJS.Timeout;
  readonly lost: () => void;
}

export function createWorkLeases(deps: {
  readonly list: Pick<WorkList, "renew">;
  readonly monotonicMs: MonotonicMs;
  readonly leaseMs: number;
  readonly renewEveryMs: number;
  /** Work that loses its lease ends within this time, before another begins. */
  readonly graceMs: number;
}): WorkLeases {
  const { list, monotonicMs, renewEveryMs } = deps;
  const goodMs = deps.leaseMs - deps.graceMs;
  const all = new Set<Held>();
  let renewing: NodeJS.Timeout | undefined;

  function end(held: Held): void {
    clearTimeout(held.timer);
    all.delete(held);
    if (all.size === 0) {
      clearInterval(renewing);
      renewing = undefined;
    }
  }

  function timerOf(sinceMs: number, lose: () => void): NodeJS.Timeout {
    return setTimeout(lose, Math.max(0, sinceMs + goodMs - monotonicMs()));
  }

  function lose(held: Held): void {
    end(held);
    held.lost();
  }

  async function renew(): Promise<void> {
    const askedMs = monotonicMs();
    const asked = [...all];
    const ours = await list.renew(asked.map(({ entry }) => entry));
    for (const held of asked.filter((one) => all.has(one))) {
      const isRenewed = ours.get(held.entry.lease);
      if (isRenewed === undefined) {
        lose(held);
      } else if (isRenewed) {
        clearTimeout(held.timer);
        held.timer = timerOf(askedMs, () => {
          lose(held);
        });
      }
    }
  }

  return {
    hold(entry, takenMs, lost) {
      const held: Held = {
        entry,
        lost,
        timer: timerOf(takenMs, () => {
          lose(held);
        }),
      };
      all.add(held);
      // One that hangs does not keep the next from being sent; what fails is tried again by it.
      renewing ??= setInterval(() => {
        renew().catch(() => undefined);
      }, renewEveryMs);
      return {
        release() {
          end(held);
        },
      };
    },
  };
}
