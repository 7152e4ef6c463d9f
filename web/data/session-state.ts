import { isBusy } from "./busy.ts";
import type { OwnAccount } from "./client.ts";
import type { SessionMemory } from "./session-memory.ts";
import { createSignal } from "./signal.ts";

/** Who is signed in on this page, as far as it knows, and how it comes to know. */
export interface Session {
  state(): SessionState;
  listen(listener: () => void): () => void;
  /** Puts who was signed in last time in place and asks the server. */
  begin(): OwnAccount | null;
  /** The page is looked at again, or the network is back: asks the server if that was long ago. */
  look(): void;
  /** Something may have been missed: asks the server. */
  lookAgain(): void;
  /** The server told of the account. */
  take(me: OwnAccount): void;
  /** What is to be saved has changed: it is shown as if it were. */
  showChanges(): void;
  /** The server knows nobody by this page's cookie. */
  refused(): void;
  /**
   * Signs in or out by `job`; then every page of this browser begins anew, so that nothing of one
   * person is shown to another. `farewell` is what the entrance says.
   */
  leaveBy(job: () => Promise<unknown>, goTo: string, farewell?: Farewell): Promise<void>;
  /** A page has begun an era: this one begins anew, too. */
  checkEra(farewell?: Farewell): void;
  /** The browser shows this page again after it was left. */
  returned(): void;
  /** It is on its way to begin anew: nothing is to hold it up. */
  isLeaving(): boolean;
}

export interface SessionState {
  /** Undefined: not known yet. Null: nobody. */
  readonly me: OwnAccount | null | undefined;
  /** Why the server could not be asked, where it could not; it is asked again by itself. */
  readonly away: Away | null;
}

/** `busy`: it answers, and has no time. */
export type Away = "busy" | "unreachable";

/** Why someone sees the entrance. `ended`: their session is over without their doing on this page. */
export type Farewell = "ended" | "left" | "deleted";

export interface SessionDeps {
  readonly memory: SessionMemory;
  /** Null: nobody. Throws when the server cannot be asked. */
  readonly readOwn: () => Promise<OwnAccount | null>;
  /** With what is not saved yet. */
  readonly withChanges: (me: OwnAccount) => OwnAccount;
  /** Loads the page anew: another one, or the same. */
  readonly beginAnew: (goTo?: string) => void;
  readonly keepFarewell: (farewell: Farewell | null) => void;
  readonly tellOthers: (farewell: Farewell | null) => void;
  readonly later?: (job: () => void, ms: number) => void;
  readonly nowMs?: () => number;
}

const againMinMs = 3_000;
const againSpreadMs = 6_000;
const againFactorMax = 8;
/** Whoever looks at the page again after so long is asked for. */
const lookMs = 60_000;

export function createSession(deps: SessionDeps): Session {
  const { memory, readOwn, withChanges, beginAnew, keepFarewell, tellOthers } = deps;
  const later = deps.later ?? ((job, ms) => void setTimeout(job, ms));
  const nowMs = deps.nowMs ?? (() => performance.now());
  const changed = createSignal();
  /** As the server has it. */
  let known: OwnAccount | null | undefined;
  let state: SessionState = { me: undefined, away: null };
  let away: Away | null = null;
  /** On its way to another page: what comes in now is no more of interest. */
  let isLeaving = false;
  let isAsking = false;
  /** What is being answered may be from before what was missed. */
  let isWantedAgain = false;
  let isPlanned = false;
  let failures = 0;
  let askedAtMs = Number.NEGATIVE_INFINITY;
  /** Rises with what the server tells, so that an answer from before is known as such. */
  let told = 0;

  function show(): void {
    const me = known === null || known === undefined ? known : withChanges(known);
    if (!isSame(me, state.me) || away !== state.away) {
      state = { me, away };
      changed.tell();
    }
  }

  function leave(goTo?: string, farewell: Farewell | null = null): void {
    isLeaving = true;
    memory.beginEra();
    keepFarewell(farewell);
    tellOthers(farewell);
    beginAnew(goTo);
  }

  function take(me: OwnAccount): void {
    if (isLeaving) {
      return;
    }
    if ((known?.id ?? me.id) !== me.id) {
      // Someone else signed in with this browser, and this page was not told.
      leave();
      return;
    }
    told += 1;
    known = me;
    memory.remember(me);
    keepFarewell(null);
    show();
  }

  function refused(): void {
    if (isLeaving) {
      return;
    }
    if (known !== null && known !== undefined) {
      leave(undefined, "ended");
    } else {
      known = null;
      show();
    }
  }

  /** However often it is asked in between, one question is on its way or planned. */
  function askLater(): void {
    if (isPlanned) {
      return;
    }
    isPlanned = true;
    const factor = Math.min(againFactorMax, 2 ** (failures - 1));
    later(
      () => {
        isPlanned = false;
        void ask();
      },
      (againMinMs + Math.random() * againSpreadMs) * factor,
    );
  }

  async function ask(): Promise<void> {
    if (isAsking || isLeaving) {
      return;
    }
    isAsking = true;
    askedAtMs = nowMs();
    const toldBefore = told;
    try {
      const me = await readOwn();
      failures = 0;
      away = null;
      if (me === null) {
        refused();
      } else if (told === toldBefore || me.id !== known?.id) {
        take(me);
      }
    } catch (error) {
      failures += 1;
      away = isBusy(error) ? "busy" : "unreachable";
      askLater();
    } finally {
      isAsking = false;
    }
    show();
    if (isWantedAgain) {
      isWantedAgain = false;
      await ask();
    }
  }

  return {
    state: () => state,
    listen: changed.listen,
    begin() {
      const me = memory.me();
      if (me !== null) {
        known = me;
        show();
      }
      void ask();
      return state.me ?? null;
    },
    look() {
      if (failures > 0 || nowMs() - askedAtMs > lookMs) {
        void ask();
      }
    },
    lookAgain() {
      isWantedAgain = isAsking;
      void ask();
    },
    take,
    showChanges: show,
    refused,
    async leaveBy(job, goTo, farewell) {
      isLeaving = true;
      try {
        await job();
      } catch (error) {
        isLeaving = false;
        throw error;
      }
      leave(goTo, farewell);
    },
    checkEra(farewell) {
      if (!isLeaving && memory.isOver()) {
        isLeaving = true;
        keepFarewell(farewell ?? null);
        beginAnew();
      }
    },
    isLeaving: () => isLeaving,
    returned() {
      if (isLeaving || memory.isOver()) {
        isLeaving = true;
        beginAnew();
      }
    },
  };
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
