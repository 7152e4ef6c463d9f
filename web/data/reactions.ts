import { createSignal, type Signal } from "./signal.ts";
import type { Stories } from "./stories.ts";
import type { Story } from "./client.ts";

export type Reaction = "liked" | "reshared";
type Counts = Story["counts"];
type Flags = NonNullable<Story["viewer"]>;

/**
 * Likes and reshares: seen at once, sent one after another, taken back when the server refuses. Many
 * presses in a row end with what was pressed last, whatever order the network would have liked.
 */
export interface Reactions {
  set(storyId: string, reaction: Reaction, wanted: boolean): void;
  /** Counts that the server told of: they wait for a reaction under way, which they may not know. */
  counted(storyId: string, counts: Counts): void;
  /** What the reader does elsewhere, as the server told it: it waits, too. */
  flagged(storyId: string, flags: Flags): void;
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
  /** As the server has it, for all that was answered. */
  kept: boolean;
  /** An attempt had no answer, so that the server may have it otherwise. */
  isDoubtful: boolean;
}

/** What the server told of a story while a reaction to it was under way. */
interface Told {
  readonly counts?: Counts;
  readonly viewer?: Flags;
}

interface ReactionsDeps {
  readonly stories: Stories;
  readonly send: (storyId: string, reaction: Reaction, wanted: boolean) => Promise<void>;
  /** The server said no, so that nothing has changed there. */
  readonly isRefusal: (error: unknown) => boolean;
}

export function createReactions({ stories, send, isRefusal }: ReactionsDeps): Reactions {
  const pending = new Map<string, Pending>();
  const told = new Map<string, Told>();
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
    while (state.wanted !== state.kept || state.isDoubtful) {
      const { wanted } = state;
      try {
        await send(storyId, reaction, wanted);
        state.kept = wanted;
        state.isDoubtful = false;
      } catch (error) {
        state.isDoubtful ||= !isRefusal(error);
        if (state.wanted === wanted) {
          // Nothing else is wanted by now, so this is the end of it.
          failed.tell({ reaction, wanted, error });
          state.wanted = state.kept;
          state.isDoubtful = false;
        }
      }
    }
    show(storyId, reaction, state.kept);
    pending.delete(`${reaction}:${storyId}`);
    const news = told.get(storyId);
    if (news !== undefined && !isPending(storyId)) {
      told.delete(storyId);
      take(storyId, news);
    }
  }

  function isPending(storyId: string): boolean {
    return pending.has(`liked:${storyId}`) || pending.has(`reshared:${storyId}`);
  }

  function take(storyId: string, news: Told): void {
    if (isPending(storyId)) {
      told.set(storyId, { ...told.get(storyId), ...news });
    } else {
      stories.change(storyId, (story) => ({ ...story, ...news }));
    }
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
      const state: Pending = { wanted, kept, isDoubtful: false };
      pending.set(key, state);
      void settle(storyId, reaction, state);
    },
    counted(storyId, counts) {
      take(storyId, { counts });
    },
    flagged(storyId, viewer) {
      take(storyId, { viewer });
    },
    failed,
  };
}
