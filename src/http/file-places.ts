import type { ServerResponse } from "node:http";
import type { MonotonicMs } from "../kernel/deadline.ts";

/**
 * How many files are sent at once: each holds a descriptor and some memory for as long as its client takes,
 * and connections that do nothing but take files would leave none to others. Where all places are taken
 * those who have taken nothing for a while make room.
 */
export interface FilePlaces {
  /** Null: there is none. It is free again when the response has closed. */
  take(response: ServerResponse): FilePlace | null;
  count(): number;
}

export interface FilePlace {
  /** The client has taken something. */
  progressed(): void;
}

/** Whoever has taken nothing for so long may be let go for others. */
const idleMs = 5_000;
/** While all places are taken it is looked anew so often who may make room. */
const lookEveryMs = 250;

export function createFilePlaces({
  atOnceMax,
  monotonicMs,
}: {
  readonly atOnceMax: number;
  readonly monotonicMs: MonotonicMs;
}): FilePlaces {
  /** When each of the clients took something last; infinity: nothing is sent yet. */
  const places = new Map<ServerResponse, number>();
  let lookedAtMs = Number.NEGATIVE_INFINITY;

  function makeRoom(): boolean {
    const nowMs = monotonicMs();
    if (nowMs - lookedAtMs < lookEveryMs) {
      return false;
    }
    lookedAtMs = nowMs;
    const idle = [...places]
      .filter(([, progressedAtMs]) => nowMs - progressedAtMs >= idleMs)
      .map(([response]) => response);
    for (const response of idle) {
      places.delete(response);
      response.destroy();
    }
    return idle.length > 0;
  }

  return {
    take(response) {
      if (places.size >= atOnceMax && !makeRoom()) {
        return null;
      }
      places.set(response, Number.POSITIVE_INFINITY);
      response.once("close", () => {
        places.delete(response);
      });
      return {
        progressed() {
          if (places.has(response)) {
            places.set(response, monotonicMs());
          }
        },
      };
    },
    count: () => places.size,
  };
}
