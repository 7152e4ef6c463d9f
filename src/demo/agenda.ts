import type { Clock } from "../ports/clock.ts";
import type { Logger } from "../ports/telemetry.ts";
import { Refused } from "./member-api.ts";

/** What is to be done after a while. In memory: a restart forgets it. */
export interface Agenda {
  /** What has a key is noted once until it is done. Nothing more is noted while there is plenty to do. */
  note(inMs: number, act: () => Promise<void>, key?: string): void;
  /** Does what is due, one after the other. */
  doDue(): Promise<void>;
}

interface Entry {
  readonly dueMs: number;
  readonly act: () => Promise<void>;
  readonly key: string | null;
}

const entriesMax = 200;

export function createAgenda(deps: {
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly logger: Logger;
}): Agenda {
  let entries: Entry[] = [];
  return {
    note(inMs, act, key) {
      const isKnown = key !== undefined && entries.some((entry) => entry.key === key);
      if (!isKnown && entries.length < entriesMax) {
        entries.push({ dueMs: deps.clock.monotonicMs() + inMs, act, key: key ?? null });
      }
    },
    async doDue() {
      const nowMs = deps.clock.monotonicMs();
      const due = entries.filter(({ dueMs }) => dueMs <= nowMs);
      entries = entries.filter(({ dueMs }) => dueMs > nowMs);
      for (const { act } of due.sort((a, b) => a.dueMs - b.dueMs)) {
        await attempt(act, deps.logger);
      }
    },
  };
}

/** Whatever a visitor has meanwhile deleted or blocked is no failure; nor does a failure end the demo. */
export async function attempt(act: () => Promise<void>, logger: Logger): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (error instanceof Refused) {
      logger.debug({ status: error.status, cause: error.message }, "the demo was refused");
    } else {
      logger.warn({ error }, "the demo could not act");
    }
  }
}
