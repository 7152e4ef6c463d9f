/** Notices that a connection has died without a word, as it does while a device sleeps. */
export interface Watchdog {
  /** Something came over the connection. */
  heard(): void;
  /** Be stricter until something comes: the device may have slept, or changed its network. */
  doubt(): void;
  stop(): void;
}

/** The server writes at least as often; who has heard nothing for longer doubts with reason. */
const serverSilenceMsMax = 15_000;
const graceMs = 1_000;
/** Looks often and at the clock, because timers stand still while a device sleeps. */
const looksPerStaleTime = 10;
const lookEveryMsMax = 2_000;

export function createWatchdog(options: {
  /** Silence for this long, and the connection counts as dead. */
  readonly staleMs: number;
  readonly nowMs: () => number;
  readonly onDead: () => void;
}): Watchdog {
  const { staleMs, nowMs, onDead } = options;
  let heardMs = nowMs();
  let silenceMsMax = staleMs;

  function look(): void {
    const silenceMs = nowMs() - heardMs;
    if (silenceMs < 0) {
      // The clock was set back; from here it counts anew.
      heardMs = nowMs();
    } else if (silenceMs >= silenceMsMax) {
      onDead();
    }
  }

  const timer = setInterval(look, Math.min(lookEveryMsMax, staleMs / looksPerStaleTime));
  return {
    heard() {
      heardMs = nowMs();
      silenceMsMax = staleMs;
    },
    doubt() {
      silenceMsMax = Math.min(staleMs, serverSilenceMsMax + graceMs);
      look();
    },
    stop() {
      clearInterval(timer);
    },
  };
}
