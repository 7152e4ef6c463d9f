import { useCallback, useEffect, useRef, useState } from "react";
import { createMaruClient } from "../../sdk/client.ts";
import { persist, type Send, type WaitReason } from "./persist.ts";

/** Where what a form asks for stands. */
export type AttemptState =
  | { readonly phase: "rest" | "sending" | "done" }
  | { readonly phase: "waiting"; readonly why: WaitReason }
  /** The server said no. */
  | { readonly phase: "refused"; readonly error: unknown };

export interface AttemptOf<T> {
  readonly state: AttemptState;
  /** Sends until it is taken or refused; undefined when it was refused or stopped. */
  readonly run: (send: Send<T>) => Promise<T | undefined>;
  /** What was typed has changed: what is under way is of no interest any more. */
  readonly stop: () => void;
}

/** Asks once and tells at once how it went: `persist` does the rest, in sight of the person. */
export const plain = createMaruClient({ baseUrl: location.origin, retry: { attemptsMax: 1 } });

const rest: AttemptState = { phase: "rest" };

export function useAttempt<T>(): AttemptOf<T> {
  const [state, setState] = useState<AttemptState>(rest);
  const running = useRef<AbortController | null>(null);

  const stop = useCallback((): void => {
    running.current?.abort();
    running.current = null;
    setState(rest);
  }, []);

  const run = useCallback(async (send: Send<T>): Promise<T | undefined> => {
    running.current?.abort();
    const own = new AbortController();
    running.current = own;
    try {
      const value = await persist(send, {
        signal: own.signal,
        pause: pauseUntilOnline,
        isOnline: () => navigator.onLine,
        onSend: () => {
          setState({ phase: "sending" });
        },
        onWait: (why) => {
          setState({ phase: "waiting", why });
        },
      });
      setState({ phase: "done" });
      return value;
    } catch (error) {
      if (!own.signal.aborted) {
        setState({ phase: "refused", error });
      }
      return undefined;
    }
  }, []);

  useEffect(
    () => () => {
      running.current?.abort();
    },
    [],
  );
  return { state, run, stop };
}

export function pauseUntilOnline(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const goOn = (): void => {
      clearTimeout(timer);
      globalThis.removeEventListener("online", goOn);
      signal.removeEventListener("abort", goOn);
      resolve();
    };
    const timer = setTimeout(goOn, ms);
    globalThis.addEventListener("online", goOn);
    signal.addEventListener("abort", goOn);
  });
}
