import type { Clock } from "../ports/clock.ts";
import type { Logger } from "../ports/telemetry.ts";
import { attempt, type Agenda } from "./agenda.ts";
import type { Chance } from "./chance.ts";

/** Lets the community live: a beat now and then, and what is due in between. */
export interface Pulse {
  start(): void;
  /** Waits for what is being done. */
  stop(): Promise<void>;
}

export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

export interface PulseDeps {
  readonly agenda: Agenda;
  readonly beat: () => Promise<void>;
  /** Whether somebody has the feed open. */
  readonly isWatched: () => boolean;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly chance: Chance;
  readonly sleep: Sleep;
  readonly logger: Logger;
}

const secondMs = 1_000;
const watchedGapMs = [8 * secondMs, 40 * secondMs] as const;
/** Enough that whoever comes finds something new. */
const quietGapMs = [4 * 60 * secondMs, 9 * 60 * secondMs] as const;
/** Visitors, and what they do, are noticed within this time. */
const lookEveryMs = 500;

export function createPulse(deps: PulseDeps): Pulse {
  const { agenda, beat, isWatched, clock, chance, sleep, logger } = deps;
  const ended = new AbortController();
  let running: Promise<void> = Promise.resolve();

  async function run(): Promise<void> {
    let wasWatched = isWatched();
    let beatMs = clock.monotonicMs() + gapMs(wasWatched);
    while (!ended.signal.aborted) {
      await agenda.doDue();
      const nowMs = clock.monotonicMs();
      const isQuietOver = !wasWatched && isWatched();
      if (isQuietOver || nowMs >= beatMs) {
        if (nowMs >= beatMs) {
          await attempt(beat, logger);
        }
        wasWatched = isWatched();
        beatMs = nowMs + gapMs(wasWatched);
      }
      await sleep(lookEveryMs, ended.signal);
    }
  }

  function gapMs(watched: boolean): number {
    return chance.between(...(watched ? watchedGapMs : quietGapMs));
  }

  return {
    start() {
      running = run();
    },
    async stop() {
      ended.abort();
      await running;
    },
  };
}
