import { attempt, type DraftDesk, type Sender, type Trouble } from "./draft-attempt.ts";
import { createKeeping, type KeepingDeps } from "./draft-keeping.ts";
import { isSame, type Written } from "./draft-record.ts";
import { createSignal, type Signal } from "./signal.ts";

/**
 * What someone writes in one place: kept in the browser while it is typed, and when it is sent off,
 * tried until the server has it, once and as it was written last, through lost answers, reloads and
 * other tabs with the same draft.
 */
export interface Draft<T> {
  state(): DraftState;
  readonly listen: (listener: () => void) => () => void;
  /** Takes what is typed. What waited to be sent waits for the writer then. */
  write(change: Partial<Written>): void;
  send(): void;
  /** It is not to be sent after all, or not yet. */
  takeBack(): void;
  discard(): void;
  /** The connection may be back: a wait is over, or as much of it as the server did not ask for. */
  wake(): void;
  /** Another tab may have changed what is kept. */
  look(): void;
  /** Keeps at once what was typed last. */
  keepNow(): void;
  end(): void;
  readonly sent: Signal<Sent<T>>;
}

export interface DraftState {
  readonly written: Written;
  readonly phase:
    | "writing"
    | "sending"
    /** It could not be sent, and is tried again by itself. */
    | "waiting";
  /** While it waits: the server answered, and had no time. */
  readonly isBusy: boolean;
  readonly trouble: Trouble | null;
  /** Whether an earlier text of it has been published. */
  readonly isOut: "no" | "perhaps" | "yes";
}

export interface Sent<T> {
  readonly value: T;
  /** False: what is written here has changed since, and has not been sent. */
  readonly isLast: boolean;
}

export interface DraftDeps<T> extends KeepingDeps {
  readonly sender: Sender<T>;
  /** From 0 to 1. */
  readonly chance: () => number;
  /** Runs when no other tab runs the same. */
  readonly alone: (job: () => Promise<void>) => Promise<void>;
}

const backoffMs = 2_000;
const backoffMsMax = 60_000;
const backoffMsMin = 500;

export function createDraft<T>(deps: DraftDeps<T>): Draft<T> {
  const keeping = createKeeping(deps);
  const changed = createSignal();
  const sent = createSignal<Sent<T>>();
  let phase: DraftState["phase"] = "writing";
  let isBusy = false;
  let trouble: Trouble | null = null;
  let state: DraftState | null = null;
  let stopWaiting = (): void => undefined;
  let failures = 0;
  /** The server asked to be left alone until then. */
  let notBeforeMs = 0;
  let isRunning = false;
  let isEnded = false;

  function tell(): void {
    state = null;
    changed.tell();
  }

  const desk: DraftDesk<T> = {
    record: keeping.fresh,
    nowMs: deps.nowMs,
    keep(change) {
      keeping.change(change);
      tell();
    },
    finish(key, value) {
      if (keeping.fresh().key === key) {
        keeping.clear();
        trouble = null;
      }
      tell();
      if (value !== null) {
        sent.tell({ value, isLast: true });
      }
    },
    arrived(value) {
      sent.tell({ value, isLast: false });
    },
    startOver(why) {
      trouble = why;
      keeping.startOver();
      tell();
    },
    fail(why) {
      trouble = why;
      keeping.change({ isWanted: false });
      tell();
    },
  };

  function isWanted(): boolean {
    return keeping.current().isWanted && !isEnded;
  }

  /** Null: there was an answer. */
  async function tryOnce(): Promise<number | null> {
    let waitMs: number | null = null;
    await deps.alone(async () => {
      keeping.fresh();
      if (isWanted()) {
        enter("sending");
        const passing = await attempt(desk, deps.sender);
        waitMs = passing === null ? null : waitOf(passing.retryAfterMs);
        failures = passing === null ? 0 : failures + 1;
        isBusy = passing?.isBusy === true;
        notBeforeMs = deps.nowMs() + (passing?.retryAfterMs ?? 0);
      }
    });
    return waitMs;
  }

  /** A random part of a span that doubles, so that many pages do not come back at once. */
  function waitOf(retryAfterMs: number): number {
    const spanMs = Math.min(backoffMsMax, backoffMs * 2 ** failures);
    return retryAfterMs + backoffMsMin + deps.chance() * spanMs;
  }

  async function run(firstWaitMs: number | null): Promise<void> {
    if (isRunning) {
      return;
    }
    isRunning = true;
    try {
      let waitMs = firstWaitMs;
      while (isWanted()) {
        enter(waitMs === null ? "sending" : "waiting");
        if (waitMs !== null) {
          await wait(waitMs);
        }
        waitMs = isWanted() ? await tryOnce() : null;
      }
    } finally {
      isRunning = false;
      enter("writing");
    }
  }

  function enter(next: DraftState["phase"]): void {
    phase = next;
    tell();
  }

  function wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = deps.later(resolve, ms);
      stopWaiting = () => {
        cancel();
        resolve();
      };
    });
  }

  function takeBack(): void {
    if (keeping.current().isWanted) {
      failures = 0;
      keeping.change({ isWanted: false });
      stopWaiting();
      tell();
    }
  }

  /** What was sent off before, here or in another tab, goes on. */
  function goOn(): void {
    if (isWanted()) {
      void run(waitOf(0));
    } else {
      stopWaiting();
    }
  }

  goOn();

  return {
    state() {
      const record = keeping.current();
      state ??= {
        written: record.written,
        phase: record.isWanted ? phase : "writing",
        isBusy,
        trouble,
        isOut: record.sent.length > 0 ? "perhaps" : isOut(deps, record) ? "yes" : "no",
      };
      return state;
    },
    listen: changed.listen,
    write(change) {
      const before = keeping.current().written;
      const written = { ...before, ...change };
      if (!isSame(written, before)) {
        takeBack();
        trouble = null;
        keeping.type(written);
        tell();
      }
    },
    send() {
      trouble = null;
      keeping.change({ isWanted: true });
      tell();
      stopWaiting();
      void run(null);
    },
    takeBack,
    discard() {
      trouble = null;
      keeping.clear();
      stopWaiting();
      tell();
    },
    wake() {
      const leftMs = notBeforeMs - deps.nowMs();
      if (leftMs > 0) {
        deps.later(stopWaiting, leftMs);
      } else {
        stopWaiting();
      }
    },
    look() {
      keeping.fresh();
      tell();
      goOn();
    },
    keepNow: keeping.keepNow,
    end() {
      keeping.keepNow();
      isEnded = true;
      stopWaiting();
    },
    sent,
  };
}

/** A place that began with what is there to be changed has nothing new to tell of it. */
function isOut(deps: KeepingDeps, { arrived }: { readonly arrived: unknown }): boolean {
  return arrived !== null && deps.begin().arrived === null;
}
