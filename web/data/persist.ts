import { waitMs } from "../../sdk/retry.ts";
import { isProblem, isRefusal } from "./client.ts";

/**
 * Sends something that a person waits for until the server has taken or refused it. In between it is
 * said why it takes long.
 */
export async function persist<T>(send: Send<T>, options: PersistOptions): Promise<T> {
  const { signal, onWait, onSend, pause, isOnline, isFinal = isRefusal } = options;
  let mayHaveArrived = false;
  for (let failures = 1; ; failures += 1) {
    if (failures === 1) {
      onSend();
    }
    try {
      const patience =
        options.watchesItself === true
          ? signal
          : AbortSignal.any([signal, AbortSignal.timeout(answerMs)]);
      return await send({ signal: patience, mayHaveArrived });
    } catch (error) {
      signal.throwIfAborted();
      if (isFinal(error)) {
        throw error;
      }
      mayHaveArrived ||= !isProblem(error) || !isTurnedAway(error.status);
      const retryAfterS = isProblem(error) ? error.retryAfterS : undefined;
      onWait(!isOnline() ? "offline" : isProblem(error) ? "busy" : "unreachable");
      await pause(pauseMinMs + waitMs(failures, retryAfterS, backoff), signal);
      signal.throwIfAborted();
    }
  }
}

export type Send<T> = (attempt: Attempt) => Promise<T>;

export interface Attempt {
  readonly signal: AbortSignal;
  /** An earlier one got no answer that says that it was not carried out. */
  readonly mayHaveArrived: boolean;
}

/** `busy`: the server answers, and has no time. */
export type WaitReason = "offline" | "busy" | "unreachable";

export interface PersistOptions {
  readonly signal: AbortSignal;
  /** The first attempt begins; during the next ones, what `onWait` said holds on. */
  readonly onSend: () => void;
  readonly onWait: (why: WaitReason) => void;
  /** Over after so long, and earlier when the network is back or the signal aborts. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly isOnline: () => boolean;
  /** It takes as long as it takes, and notices by itself when nothing moves any more. */
  readonly watchesItself?: boolean;
  /** Trying again would not help; where it is not given, what the server refused. */
  readonly isFinal?: (error: unknown) => boolean;
}

const answerMs = 20_000;
/** So long at least, what is said of the wait can be read. */
const pauseMinMs = 1_000;
const backoff = { backoffMs: 2_000, backoffMsMax: 20_000 };
const tooMany = 429;
const unavailable = 503;

/** The server did nothing and said so. */
function isTurnedAway(status: number): boolean {
  return status === tooMany || status === unavailable;
}
