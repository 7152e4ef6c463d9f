import type { Context } from "../../kernel/context.ts";
import type { Stories } from "../stories/contract.ts";
import type { StoryIndex } from "./story-index.ts";

/**
 * Fills the window from the record, newest first, in chunks, while pages are served and events are
 * applied. The floor is lowered only when everything at or above it is in the index: events count
 * from the loading floor on before the rows are read, and states carry versions, so it does not
 * matter which of the two comes first.
 */
export interface Fill {
  /** Loads until nothing older is left, the window is nearly full, or `stop` was called. */
  run(context: Context): Promise<void>;
  stop(): void;
  done(): boolean;
}

/** Stories and reshares of one chunk: a few milliseconds of the database's time. */
export const chunkSizeMax = 10_000;
/** What stays free for what comes, so that filling up never makes the floor rise. */
const freeShare = 8;

export function createFill(deps: {
  readonly index: StoryIndex;
  readonly stories: () => Stories;
  readonly chunkSize?: number;
  /** Awaited between chunks; tests hold it to read while the window is half full. */
  readonly pause?: () => Promise<void>;
}): Fill {
  const { index } = deps;
  const full = index.slotsMax - Math.ceil(index.slotsMax / freeShare);
  const chunkSize = Math.min(deps.chunkSize ?? chunkSizeMax, Math.ceil(index.slotsMax / freeShare));
  let stopped = false;
  let finished = false;

  return {
    async run(context) {
      while (!stopped && index.size() + chunkSize <= full) {
        const chunk = await deps
          .stories()
          .windowChunk(context, { below: index.floor(), sizeMax: chunkSize }, (from) => {
            index.startLoading(from);
          });
        if (chunk === null) {
          index.startLoading(0n);
          index.finishLoading();
          break;
        }
        for (const story of chunk.stories) {
          index.applyStory(story);
        }
        index.applyTargets(chunk.targets, chunk.targetReshares);
        for (const reshare of chunk.reshares) {
          index.applyReshare(reshare, false);
        }
        index.finishLoading();
        await (deps.pause?.() ?? new Promise((resolve) => setImmediate(resolve)));
      }
      finished = !stopped;
    },
    stop() {
      stopped = true;
    },
    done: () => finished,
  };
}
