import { unavailable } from "../../kernel/problem.ts";

/** How many requests are open at once, to all hosts and to each of them. */
export interface Places {
  /**
   * Waits for a place, first come first served among those whose host has one. Gives what leaves it
   * again. Rejects with the signal's reason, and with `request.unavailable` where too many wait.
   */
  enter(host: string, signal: AbortSignal): Promise<() => void>;
}

export interface PlacesOptions {
  readonly openMax: number;
  readonly openToHostMax: number;
  readonly waitingMax: number;
}

interface Waiter {
  readonly host: string;
  readonly admit: () => void;
}

const retryAfterS = 5;

export function createPlaces({ openMax, openToHostMax, waitingMax }: PlacesOptions): Places {
  // A set keeps the order of arrival and forgets whoever gave up in constant time.
  const queue = new Set<Waiter>();
  const openTo = new Map<string, number>();
  let open = 0;

  const hasRoom = (host: string): boolean =>
    open < openMax && (openTo.get(host) ?? 0) < openToHostMax;

  function take(host: string): () => void {
    open += 1;
    openTo.set(host, (openTo.get(host) ?? 0) + 1);
    let hasLeft = false;
    return () => {
      if (hasLeft) {
        return;
      }
      hasLeft = true;
      open -= 1;
      const left = (openTo.get(host) ?? 1) - 1;
      if (left === 0) {
        openTo.delete(host);
      } else {
        openTo.set(host, left);
      }
      for (const waiter of queue) {
        if (hasRoom(waiter.host)) {
          waiter.admit();
        }
      }
    };
  }

  return {
    async enter(host, signal) {
      signal.throwIfAborted();
      if (hasRoom(host)) {
        return take(host);
      }
      if (queue.size >= waitingMax) {
        throw unavailable({ retryAfterS });
      }
      return new Promise((resolve, reject) => {
        const giveUp = (): void => {
          queue.delete(waiter);
          reject(signal.reason as Error);
        };
        const waiter: Waiter = {
          host,
          admit() {
            queue.delete(waiter);
            signal.removeEventListener("abort", giveUp);
            resolve(take(host));
          },
        };
        queue.add(waiter);
        signal.addEventListener("abort", giveUp, { once: true });
      });
    },
  };
}
