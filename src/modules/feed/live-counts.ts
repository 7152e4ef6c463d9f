import { internalContext } from "../../kernel/context.ts";
import type { MonotonicMs } from "../../kernel/deadline.ts";
import type { Id } from "../../kernel/id.ts";
import type { Logger } from "../../ports/telemetry.ts";
import type { Announce } from "./announce.ts";
import type { LiveLimits, Stream, Streams } from "./streams.ts";

/**
 * The counts that a stream should hear of, collected: likes and comments come much more often than
 * anything else, and what each stream is sent costs a write. A stream that heard of none lately
 * hears soon, and then at most once in a while, of all that changed, in one write.
 */
export interface LiveCounts {
  mark(stream: Stream, storyId: Id): void;
  close(): void;
}

/** Streams that are written to before others have their turn. */
const tellAtOnce = 64;

export function createLiveCounts(deps: {
  readonly announce: Pick<Announce, "countsOf">;
  readonly streams: Pick<Streams, "enqueue" | "send">;
  readonly logger: Logger;
  readonly monotonicMs: MonotonicMs;
  readonly limits: Pick<LiveLimits, "countsLookMs" | "countsEveryMs">;
  /** A message of the stream's with this data, after what it was sent last. */
  readonly messageOf: (stream: Stream, json: string) => string;
}): LiveCounts {
  const { announce, streams, logger, monotonicMs, limits, messageOf } = deps;
  const changed = new Map<Stream, Set<Id>>();
  let isTelling = false;

  function mark(stream: Stream, storyId: Id): void {
    const marked = changed.get(stream) ?? new Set();
    changed.set(stream, marked.add(storyId));
  }

  /** Those who have waited long enough, and are not waited for any more. */
  function takeDue(): (readonly [Stream, ReadonlySet<Id>])[] {
    const nowMs = monotonicMs();
    const due: (readonly [Stream, ReadonlySet<Id>])[] = [];
    for (const [stream, marked] of changed) {
      if (stream.ended) {
        changed.delete(stream);
      } else if (nowMs >= stream.countsFromMs) {
        changed.delete(stream);
        due.push([stream, marked]);
      }
    }
    return due;
  }

  function tell(stream: Stream, marked: ReadonlySet<Id>, counts: ReadonlyMap<Id, string>): void {
    const said = Array.from(marked, (id) => counts.get(id)).filter((json) => json !== undefined);
    if (said.length > 0) {
      stream.countsFromMs = monotonicMs() + limits.countsEveryMs;
      streams.enqueue(stream, () => {
        // What waited before it has been sent by now, and an older id would bring that once more.
        streams.send(stream, said.map((json) => messageOf(stream, json)).join(""));
        return Promise.resolve();
      });
    }
  }

  async function tellDue(): Promise<void> {
    const due = takeDue();
    const storyIds = new Set(due.flatMap(([, marked]) => [...marked]));
    let counts: ReadonlyMap<Id, string>;
    try {
      counts = await announce.countsOf(internalContext("live-counts"), [...storyIds]);
    } catch (error) {
      // Marked again, so that the next turn tells what this one could not.
      for (const [stream, marked] of due) {
        marked.forEach((storyId) => {
          mark(stream, storyId);
        });
      }
      throw error;
    }
    for (let i = 0; i < due.length; i += tellAtOnce) {
      for (const [stream, marked] of due.slice(i, i + tellAtOnce)) {
        tell(stream, marked, counts);
      }
      await new Promise(setImmediate);
    }
  }

  const looking = setInterval(() => {
    if (changed.size === 0 || isTelling) {
      return;
    }
    isTelling = true;
    tellDue()
      .catch((error: unknown) => {
        logger.warn({ error }, "counts could not be read for the live streams");
      })
      .finally(() => {
        isTelling = false;
      });
  }, limits.countsLookMs);
  looking.unref();

  return {
    mark,
    close() {
      clearInterval(looking);
    },
  };
}
