import type { Context } from "../../kernel/context.ts";
import type { Stories, WindowChunk } from "../stories/contract.ts";
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

  function apply(chunk: WindowChunk): void {
    const { stories, reshares, targets, targetReshares } = chunk;
    for (const story of stories) {
      index.applyStory(story);
    }
    for (const reshare of reshares) {
      index.applyReshare(reshare, false);
    }
    // Last, because making room frees what no reshare refers to yet; and all of it, because a
    // story of this chunk may have been freed so before its reshares came.
    index.applyTargets([...stories, ...targets], [...reshares, ...targetReshares]);
    index.finishLoading();
  }

  return {
    async run(context) {
      let isLookingBelow = false;
      while (!stopped && index.size() + chunkSize <= full) {
        const request = { below: index.floor(), sizeMax: chunkSize };
        const chunk = await deps.stories().windowChunk(context, request, (from) => {
          index.startLoading(from);
        });
        if (chunk !== null) {
          isLookingBelow = false;
          apply(chunk);
          if (index.floor() > chunk.from) {
            // What the reshares of the chunk refer to did not fit.
            break;
          }
        } else if (isLookingBelow) {
          index.finishLoading();
          break;
        } else {
          // An import may have written there, and its events may have come, while it was looked.
          isLookingBelow = true;
          index.startLoading(0n);
        }
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
