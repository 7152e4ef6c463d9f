import type { Deadline, MonotonicMs } from "../../kernel/deadline.ts";
import type { LogCarrier } from "../../ports/carrier.ts";
import type { EventEnvelope } from "../../ports/event.ts";
import type { Metrics } from "../../ports/telemetry.ts";
import { createCellLooks, type CellLook } from "./cell-looks.ts";
import type { ImpatientSql } from "./impatient-sql.ts";
import { createSignal } from "./signal.ts";

/** Waits until what a command took out of sight is out of sight on every node that serves. */
export interface Hiding {
  /** Throws what the deadline throws: it is committed and hidden all the same. */
  everywhere(deadline: Deadline, hidden: Hidden): Promise<void>;
}

export interface Hidden {
  /** What did it; null where an earlier one had, and then everything committed by now is waited for. */
  readonly transactionId: bigint | null;
  /** Whoever has these has what was hidden. None: only the log tells how far a node is. */
  readonly events: readonly EventEnvelope[];
  /** The views of this node have them. */
  readonly isHere: boolean;
}

/** A node without others. */
export const hiddenAtOnce: Hiding = { everywhere: () => Promise.resolve() };

const lookEveryMs = 20;
const secondsPerMs = 0.001;
const bucketsS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export function createHiding(deps: {
  readonly sql: Pick<ImpatientSql, "ask">;
  readonly carrier: Pick<LogCarrier, "spread" | "wake">;
  readonly metrics: Metrics;
  readonly monotonicMs: MonotonicMs;
  /** This process, as its serving lease names it. */
  readonly node: string;
  /** The views of this node have everything of transactions below this. */
  readonly appliedBelow: () => bigint;
}): Hiding {
  const { carrier, monotonicMs, appliedBelow } = deps;
  const looks = createCellLooks(deps);
  const waits = deps.metrics.histogram(
    "maru_hiding_seconds",
    "From the commit of what takes something out of sight until every node has it.",
    bucketsS,
  );

  async function waitFor(
    deadline: Deadline,
    { transactionId, isHere }: Hidden,
    applied: ReadonlySet<string>,
    pause: (ms: number) => Promise<unknown>,
  ): Promise<void> {
    let target = transactionId;
    for (;;) {
      const look: CellLook = await looks.next();
      target ??= look.xmax - 1n;
      const isTold = transactionId !== null && isHere;
      const lacks = ({ name, below }: { name: string; below: bigint }): boolean =>
        !applied.has(name) && below <= (target ?? 0n);
      if (!look.others.some(lacks) && (isTold || appliedBelow() > target)) {
        return;
      }
      deadline.check();
      if (applied.size === 0) {
        // Nobody says that they have it: the log has to bring it, and may not know yet.
        carrier.wake();
      }
      await pause(lookEveryMs);
    }
  }

  return {
    async everywhere(deadline, hidden) {
      const startMs = monotonicMs();
      const applied = new Set<string>();
      const signal = createSignal();
      const stop =
        hidden.events.length === 0
          ? () => undefined
          : carrier.spread(hidden.events, (name) => {
              applied.add(name);
              signal.raise();
            });
      try {
        await waitFor(deadline, hidden, applied, signal.wait);
        waits.observe((monotonicMs() - startMs) * secondsPerMs, {});
      } finally {
        stop();
      }
    },
  };
}
