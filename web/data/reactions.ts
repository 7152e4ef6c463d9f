import { createSignal, type Signal } from "./signal.ts";
import type { Stories } from "./stories.ts";
import type { Story } from "./client.ts";

export type Reaction = "liked" | "reshared";
type Counts = Story["counts"];

/**
 * Likes and reshares: seen at once, sent one after another, taken back when the server refuses. Many
 * presses in a row end with what was pressed last, whatever order the network would have liked.
 */
export interface Reactions {
  set(storyId: string, reaction: Reaction, wanted: boolean): void;
  /** Counts that the server told of: they wait for a reaction under way, which they may not know. */
  counted(storyId: string, counts: Counts): void;
  /** Which reaction could not be kept. */
  readonly failed: Signal<{
    readonly reaction: Reaction;
    readonly wanted: boolean;
    readonly error: unknown;
  }>;
}

const countOf = { liked: "likes", reshared: "reshares" } as const;

interface Pending {
  wanted: boolean;
  /** As the server has it. */
  kept: boolean;
}

export function createReactions(deps: {
  readonly stories: Stories;
  readonly send: (storyId: string, reaction: Reaction, wanted: boolean) => Promise<void>;
}): Reactions {
  const { stories, send } = deps;
  const pending = new Map<string, Pending>();
  const toldCounts = new Map<string, Counts>();
  const failed = createSignal<{ reaction: Reaction; wanted: boolean; error: unknown }>();

  function show(storyId: string, reaction: Reaction, on: boolean): void {
    stories.change(storyId, (story) => {
      const viewer = story.viewer ?? { liked: false, reshared: false };
      if (viewer[reaction] === on) {
        return story;
      }
      const name = countOf[reaction];
      const count = Math.max(0, story.counts[name] + (on ? 1 : -1));
      return {
        ...story,
        viewer: { ...viewer, [reaction]: on },
        counts: { ...story.counts, [name]: count },
      };
    });
  }

  async function settle(storyId: string, reaction: Reaction, state: Pending): Promise<void> {
    while (state.wanted !== state.kept) {
      const { wanted } = state;
      try {
        await send(storyId, reaction, wanted);
        state.kept = wanted;
      } catch (error) {
        failed.tell({ reaction, wanted, error });
        state.wanted = state.kept;
        show(storyId, reaction, state.kept);
      }
    }
  }

  function isPending(storyId: string): boolean {
    return pending.has(`liked:${storyId}`) || pending.has(`reshared:${storyId}`);
  }

  function showCounts(storyId: string, counts: Counts): void {
    stories.change(storyId, (story) => ({ ...story, counts }));
  }

  return {
    set(storyId, reaction, wanted) {
      const story = stories.get(storyId);
      if (story === undefined || story === "gone") {
        return;
      }
      const key = `${reaction}:${storyId}`;
      const running = pending.get(key);
      const kept = story.viewer?.[reaction] ?? false;
      show(storyId, reaction, wanted);
      if (running !== undefined) {
        running.wanted = wanted;
        return;
      }
      const state: Pending = { wanted, kept };
      pending.set(key, state);
      void settle(storyId, reaction, state).then(() => {
        pending.delete(key);
        const told = toldCounts.get(storyId);
        if (told !== undefined && !isPending(storyId)) {
          toldCounts.delete(storyId);
          showCounts(storyId, told);
        }
      });
    },
    counted(storyId, counts) {
      if (isPending(storyId)) {
        toldCounts.set(storyId, counts);
      } else {
        showCounts(storyId, counts);
      }
    },
    failed,
  };
}
