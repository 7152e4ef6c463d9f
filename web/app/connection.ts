import { useEffect, useSyncExternalStore } from "react";
import type { LiveState } from "../../sdk/live.ts";
import { createSharedLive, type Connect, type SharedLive } from "../data/live.ts";
import { applyLiveEvent, readAgain } from "../data/live-events.ts";
import { isSignedOut, maru } from "../data/client.ts";
import { createSignal } from "../data/signal.ts";
import { queries } from "../data/queries.ts";
import { sessionEnded } from "../data/session.ts";
import { feed, feedPosition, feedRead } from "../data/world.ts";
import { paths } from "./paths.ts";

/** Keeps the page up to date while someone is signed in, and knows whether it is. */

const connectStates = createSignal();
let live: SharedLive | null = null;
/** From the first failure until it is open again: attempts in between may hang as well as fail. */
let isLost = false;

/** A feed that is not read within this is not waited for: the page listens without knowing from where. */
const feedWaitMs = 2_000;

const connect: Connect = async ({ after, signal, wake, onState, onEvent }) => {
  for await (const event of maru.live({
    ...(after === undefined ? {} : { after }),
    signal,
    wake,
    onState,
  })) {
    onEvent(event);
  }
};

function stateChanged(next: LiveState): void {
  if (next === "waiting") {
    isLost = true;
  }
  if (next === "open" && isLost) {
    // What failed while the connection was away is asked again, now that it is back.
    isLost = false;
    const isFailed = (query: { state: { status: string } }): boolean =>
      query.state.status === "error";
    void queries.refetchQueries({ predicate: isFailed });
    if (feed.state().phase === "failed") {
      feed.more();
    }
  }
  connectStates.tell();
}

function begin(accountId: string): () => void {
  const shared = createSharedLive({
    connect,
    accountId,
    onRefused(error) {
      if (isSignedOut(error)) {
        sessionEnded();
      }
    },
  });
  live = shared;
  let isStarted = false;
  let startedAfter: string | undefined;
  let isFirstReady = true;
  const start = (after?: string): void => {
    if (!isStarted) {
      isStarted = true;
      startedAfter = after;
      shared.start(after);
    }
  };
  const endings = [
    shared.onState(stateChanged),
    shared.onEvent((event) => {
      if (event.type === "ready" && isFirstReady) {
        isFirstReady = false;
        if (event.id !== startedAfter) {
          // It begins later than what was read, perhaps for another tab: that may lack what came between.
          readAgain();
        }
      }
      applyLiveEvent(event);
    }),
    feedRead.listen(start),
  ];
  const position = feedPosition();
  if (position !== null) {
    start(position);
  } else if (location.pathname !== paths.feed) {
    start();
  }
  const timer = setTimeout(start, feedWaitMs);
  return () => {
    clearTimeout(timer);
    endings.forEach((end) => {
      end();
    });
    shared.stop();
    live = null;
  };
}

function check(): void {
  if (document.visibilityState === "visible") {
    live?.wake("check");
  }
}

function reconnect(): void {
  live?.wake("reconnect");
}

/** Connects for as long as the component that calls it is there. */
export function useLive(accountId: string): void {
  useEffect(() => {
    const end = begin(accountId);
    document.addEventListener("visibilitychange", check);
    globalThis.addEventListener("online", reconnect);
    globalThis.addEventListener("pageshow", check);
    return () => {
      document.removeEventListener("visibilitychange", check);
      globalThis.removeEventListener("online", reconnect);
      globalThis.removeEventListener("pageshow", check);
      end();
    };
  }, [accountId]);
}

function listen(listener: () => void): () => void {
  const end = connectStates.listen(listener);
  globalThis.addEventListener("online", listener);
  globalThis.addEventListener("offline", listener);
  return () => {
    end();
    globalThis.removeEventListener("online", listener);
    globalThis.removeEventListener("offline", listener);
  };
}

/** "offline": the browser has no network. "lost": it has, and the server does not answer. */
export function useConnection(): "fine" | "lost" | "offline" {
  return useSyncExternalStore(listen, () =>
    !navigator.onLine ? "offline" : isLost ? "lost" : "fine",
  );
}
