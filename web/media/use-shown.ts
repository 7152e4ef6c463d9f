import { useCallback, useState } from "react";
import type { Media } from "../data/client.ts";
import { readStory, stories } from "../data/world.ts";
import { isSameFile } from "./addresses.ts";

/** A photo or video as it is shown, and what becomes of it when its files cannot be had. */
export interface Shown {
  readonly media: Media;
  readonly isFailed: boolean;
  /** Another for each attempt to load it. */
  readonly attempt: number;
  readonly onFailed: () => void;
  readonly retry: () => void;
}

/**
 * Addresses may be signed, and good for a day: what is loaded stays as it is when a new signature comes,
 * and what cannot be loaded is asked for once by its story, which has addresses that are good now.
 */
export function useShown(media: Media, storyId: string): Shown {
  const [held, setHeld] = useState(media);
  const [isFailed, setIsFailed] = useState(false);
  const [attempt, setAttempt] = useState(0);
  const isNew = held !== media && (isFailed || !isSameFile(held, media));
  if (isNew) {
    setHeld(media);
    setIsFailed(false);
    setAttempt(isFailed ? attempt + 1 : attempt);
  }
  const onFailed = useCallback(() => {
    setIsFailed(true);
    void renew(storyId);
  }, [storyId]);
  return {
    media: isNew ? media : held,
    isFailed: isFailed && !isNew,
    attempt,
    onFailed,
    retry() {
      setIsFailed(false);
      setAttempt(attempt + 1);
      askedAtMs.delete(storyId);
      void renew(storyId);
    },
  };
}

/** Several pictures of a story fail together; and one that is gone for good stays so. */
const againMs = 60_000;
const askedAtMs = new Map<string, number>();

async function renew(storyId: string): Promise<void> {
  const nowMs = performance.now();
  const before = askedAtMs.get(storyId);
  if (before !== undefined && nowMs - before < againMs) {
    return;
  }
  askedAtMs.set(storyId, nowMs);
  try {
    const story = await readStory(storyId);
    if (story === "gone") {
      stories.remove(storyId);
    } else {
      stories.put(story);
    }
  } catch {
    askedAtMs.delete(storyId);
    // The picture says that it could not be loaded, and offers to try again.
  }
}
