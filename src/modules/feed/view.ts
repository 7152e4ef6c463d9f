import { internalContext } from "../../kernel/context.ts";
import { idTimeMs, type Id } from "../../kernel/id.ts";
import type { EventEnvelope, View } from "../../ports/log.ts";
import { graphEventTypes, type RelationChanged } from "../graph/events.ts";
import type { Stories } from "../stories/contract.ts";
import type { LikeChanged, ReshareChanged, StoryChanged } from "../stories/events.ts";
import type { Audiences } from "./audiences.ts";
import type { LiveEvents } from "./live.ts";
import { idOf } from "./packed.ts";
import type { Reaction, Reactions } from "./reactions.ts";
import type { Progress } from "./shared.ts";
import type { StoryIndex } from "./story-index.ts";

/**
 * Applies the log to the index and to the viewers' lists, then hands positioned events to the
 * live streams: whoever opens what a stream announced finds it.
 *
 * Early and positioned deliveries may interleave while a reshared story is being loaded; every
 * step gives the same result in any order.
 */
const storyTypes = [
  "stories.published.v1",
  "stories.edited.v1",
  "stories.deleted.v1",
  "stories.restored.v1",
] as const;
const reshareTypes = ["stories.reshared.v1", "stories.unreshared.v1"] as const;
const countTypes = [
  "stories.liked.v1",
  "stories.unliked.v1",
  "stories.commented.v1",
  "stories.comment_deleted.v1",
] as const;
/** They change what a viewer did. */
const reactionTypes: Readonly<Record<string, Pick<Reaction, "of" | "isOn">>> = {
  "stories.liked.v1": { of: "liked", isOn: true },
  "stories.unliked.v1": { of: "liked", isOn: false },
  "stories.reshared.v1": { of: "reshared", isOn: true },
  "stories.unreshared.v1": { of: "reshared", isOn: false },
};
const accountTypes = ["accounts.sessions_ended.v1", "accounts.updated.v1"] as const;
const feedEventTypes: readonly string[] = [
  ...storyTypes,
  ...reshareTypes,
  ...countTypes,
  ...accountTypes,
  ...graphEventTypes,
];

/** A story is new if it is no older than this when it is told of. */
const newForMs = 60_000;

const isOneOf = (types: readonly string[], type: string): boolean => types.includes(type);

export function createFeedView(deps: {
  readonly index: StoryIndex;
  readonly audiences: Audiences;
  readonly stories: () => Stories;
  readonly reactions: Pick<Reactions, "changed">;
  readonly live: LiveEvents;
  readonly progress: Pick<Progress, "set">;
  /** Begins to take a story into memory. */
  readonly prepare: (storyId: Id, authorId: Id) => void;
}): View {
  const { index, audiences, reactions, stories, live, progress, prepare } = deps;

  function applyStory(data: StoryChanged): void {
    index.applyStory({
      id: idOf(data.storyId),
      authorId: idOf(data.authorId),
      version: data.version,
      visibility: data.visibility,
      status: data.status,
    });
  }

  async function applyReshare(event: EventEnvelope, data: ReshareChanged): Promise<void> {
    const unknownStoryId = index.applyReshare(
      { id: idOf(data.reshareId), accountId: idOf(data.accountId), storyId: idOf(data.storyId) },
      event.type === "stories.unreshared.v1",
    );
    if (unknownStoryId !== null) {
      const loaded = await stories().reshareTargets(internalContext(event.requestId), [
        unknownStoryId,
      ]);
      index.applyTargets(loaded.stories, loaded.reshares);
    }
  }

  return {
    name: "feed",
    types: feedEventTypes,
    async apply(event, delivery) {
      if (!delivery.repeated && event.type === "stories.published.v1") {
        const { storyId, authorId } = event.data as unknown as StoryChanged;
        // What an import brings has no readers that wait for it.
        if (idTimeMs(idOf(storyId)) > event.atMs - newForMs) {
          prepare(idOf(storyId), idOf(authorId));
        }
      }
      // The schemas of the log vouch for the shape of an event's data.
      const data: unknown = event.data;
      if (isOneOf(storyTypes, event.type)) {
        applyStory(data as StoryChanged);
      } else if (isOneOf(reshareTypes, event.type)) {
        await applyReshare(event, data as ReshareChanged);
      } else if (isOneOf(graphEventTypes, event.type)) {
        audiences.apply(data as RelationChanged);
      }
      const reaction = reactionTypes[event.type];
      // What is loaded after an event was applied has its effect; the repeat tells nothing new.
      if (!delivery.repeated && reaction !== undefined) {
        const { accountId, storyId } = data as ReshareChanged | LikeChanged;
        reactions.changed(idOf(accountId), { ...reaction, storyId: idOf(storyId) });
      }
      live.apply(event);
      if (event.position !== null) {
        progress.set(event.epoch, event.position);
      }
    },
  };
}
