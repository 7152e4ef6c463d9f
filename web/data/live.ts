import type { LiveEvent, LiveState, Wake } from "../../sdk/live.ts";
import { createSignal } from "./signal.ts";

/**
 * One live connection for all tabs of a person in this browser: the tab that holds a lock has it,
 * and tells the others what comes. When that tab goes, another takes over after the last event that
 * it was told of. Where the browser has no locks (plain http), each tab has a connection of its own.
 */
export interface SharedLive {
  /** Undefined: from now on. */
  start(after?: string): void;
  /** After sleep ("check"), or when the network is back ("reconnect"): makes sure that someone is connected. */
  wake(how: Wake): void;
  state(): LiveState;
  onState(listener: (state: LiveState) => void): () => void;
  onEvent(listener: (event: LiveEvent) => void): () => void;
  stop(): void;
}

/** Connects and tells what comes until the signal ends it. */
export type Connect = (options: {
  readonly after: string | undefined;
  readonly signal: AbortSignal;
  readonly wake: (listener: (how?: Wake) => void) => () => void;
  readonly onState: (state: LiveState) => void;
  readonly onEvent: (event: LiveEvent) => void;
}) => Promise<void>;

interface SharedLiveDeps {
  readonly connect: Connect;
  /** Whose events they are: tabs of another person take no part. */
  readonly accountId: string;
  /** The connection was refused for good, such as after a sign-out. */
  readonly onRefused: (error: unknown) => void;
}

type Message =
  | { readonly kind: "event"; readonly event: LiveEvent }
  | { readonly kind: "state"; readonly state: LiveState }
  /** Is anyone there? */
  | { readonly kind: "hello" };

/** A tab that has the connection and does not answer within this is asleep. */
const answerMs = 3_000;

export function createSharedLive({ connect, accountId, onRefused }: SharedLiveDeps): SharedLive {
  const name = `maru.live.${accountId}`;
  const events = createSignal<LiveEvent>();
  const states = createSignal<LiveState>();
  const wakes = createSignal<Wake | undefined>();
  const ending = new AbortController();
  const channel = new BroadcastChannel(name);
  let state: LiveState = "connecting";
  let lastId: string | undefined;
  let isLeading = false;
  let heardAt = 0;

  function take(message: Message): void {
    if (message.kind === "event") {
      lastId = message.event.id === "" ? lastId : message.event.id;
      events.tell(message.event);
    } else if (message.kind === "state") {
      state = message.state;
      states.tell(state);
    }
  }

  function tellAll(message: Message): void {
    take(message);
    channel.postMessage(message);
  }

  channel.addEventListener("message", ({ data }: MessageEvent<Message>) => {
    heardAt = performance.now();
    if (data.kind !== "hello") {
      take(data);
    } else if (isLeading) {
      channel.postMessage({ kind: "state", state } satisfies Message);
      if (state === "open" && lastId !== undefined) {
        // Whoever joins may have read before this, and lack what came between.
        const event: LiveEvent = { type: "ready", id: lastId };
        channel.postMessage({ kind: "event", event } satisfies Message);
      }
    }
  });

  async function lead(signal: AbortSignal): Promise<void> {
    isLeading = true;
    try {
      await connect({
        after: lastId,
        signal,
        wake: wakes.listen,
        onState: (next) => {
          tellAll({ kind: "state", state: next });
        },
        onEvent: (event) => {
          tellAll({ kind: "event", event });
        },
      });
    } catch (error) {
      if (!signal.aborted) {
        onRefused(error);
      }
    } finally {
      isLeading = false;
    }
  }

  /** Waits its turn; whoever is robbed of the lock waits again. */
  async function takeTurns(steal: boolean): Promise<void> {
    if (!("locks" in navigator)) {
      await lead(ending.signal);
      return;
    }
    const turn = new AbortController();
    const signal = AbortSignal.any([ending.signal, turn.signal]);
    try {
      await navigator.locks.request(name, steal ? { steal } : { signal: ending.signal }, async () =>
        lead(signal),
      );
    } catch {
      turn.abort();
      if (!ending.signal.aborted) {
        await takeTurns(false);
      }
    }
  }

  return {
    start(after) {
      lastId = after;
      channel.postMessage({ kind: "hello" } satisfies Message);
      void takeTurns(false);
    },
    wake(how) {
      if (isLeading) {
        wakes.tell(how);
        return;
      }
      const askedAt = performance.now();
      channel.postMessage({ kind: "hello" } satisfies Message);
      setTimeout(() => {
        if (heardAt < askedAt && !isLeading && !ending.signal.aborted && "locks" in navigator) {
          void takeTurns(true);
        }
      }, answerMs);
    },
    state: () => state,
    onState: states.listen,
    onEvent: events.listen,
    stop() {
      ending.abort();
      channel.close();
    },
  };
}
