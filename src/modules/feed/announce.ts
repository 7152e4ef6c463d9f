import type { Context } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import type { EventEnvelope } from "../../ports/log.ts";
import { storyJson, type FeedEntry, type Stories } from "../stories/contract.ts";
import type {
  CommentChanged,
  LikeChanged,
  ReshareChanged,
  StoryChanged,
} from "../stories/events.ts";
import type { ViewerAudience } from "./audiences.ts";
import type { Placement } from "./placement.ts";
import { idOf } from "./packed.ts";
import { itemJson, type FeedRead } from "./read.ts";

/** What a live stream says to this viewer. */
export interface Announcement {
  readonly type:
    "story" | "story.updated" | "story.deleted" | "viewer" | "relationship" | "account";
  readonly json: string;
}

/** What changes nothing but counts, for everyone but who did it. */
const countedTypes: ReadonlySet<string> = new Set([
  "stories.liked.v1",
  "stories.unliked.v1",
  "stories.commented.v1",
  "stories.comment_deleted.v1",
]);

/** The events of stories that anyone hears of; others are the module's own affair. */
const toldTypes: ReadonlySet<string> = new Set([
  "stories.published.v1",
  "stories.edited.v1",
  "stories.deleted.v1",
  "stories.restored.v1",
  "stories.reshared.v1",
  "stories.unreshared.v1",
  "stories.liked.v1",
  "stories.unliked.v1",
  "stories.commented.v1",
  "stories.comment_deleted.v1",
]);

export interface Announce {
  isAboutStories(event: EventEnvelope): boolean;
  storyIdOf(event: EventEnvelope): Id;
  /** Accounts that the event itself names as the story's author or resharer. */
  peopleOf(event: EventEnvelope): readonly Id[];
  changesCounts(event: EventEnvelope): boolean;
  /** Whether that is all that it changes for others than the one who did it. */
  isOnlyCounted(event: EventEnvelope): boolean;
  /** Whether the event's story stands in the part of the viewer's feed that the index holds. */
  isPlaced(audience: ViewerAudience, event: EventEnvelope): boolean;
  /** As things are now, so that a stream that resumes shows nothing that is gone again. Null: nothing. */
  say(
    context: Context,
    audience: ViewerAudience,
    event: EventEnvelope,
  ): Promise<Announcement | null>;
  /** The data of `counts` events, by story. */
  countsOf(context: Context, storyIds: readonly Id[]): Promise<ReadonlyMap<Id, string>>;
}

type StoryEventData = StoryChanged | ReshareChanged | LikeChanged | CommentChanged;

export function createAnnounce(deps: {
  readonly placement: Placement;
  readonly read: FeedRead;
  readonly stories: () => Stories;
}): Announce {
  const { placement, read, stories } = deps;

  // The schemas of the log vouch for the shape of an event's data.
  const dataOf = (event: EventEnvelope): StoryEventData => event.data as unknown as StoryEventData;

  /** In the index by its place there; a story below the window by its author alone. */
  function placeOf(audience: ViewerAudience, data: StoryEventData): FeedEntry | null {
    const storyId = idOf(data.storyId);
    const entry = placement.entryOf(audience, storyId, 0n);
    if (entry !== null || !("visibility" in data) || placement.actorsOf(storyId).length > 0) {
      return entry;
    }
    const authorId = idOf(data.authorId);
    const isSeen = data.status === "live" && placement.sees(audience, authorId, data.visibility);
    return isSeen ? { id: storyId, storyId, authorId, resharedBy: [], resharedByCount: 0 } : null;
  }

  async function show(
    context: Context,
    audience: ViewerAudience,
    entry: FeedEntry | null,
    type: "story" | "story.updated",
  ): Promise<Announcement | null> {
    const [item] = entry === null ? [] : await read.hydrate(context, audience, [entry]);
    if (item === undefined) {
      return null;
    }
    const { body, author, counts, flags } = item;
    return type === "story"
      ? { type, json: `{"item":${itemJson(item)}}` }
      : { type, json: `{"story":${storyJson({ body, authorJson: author.json, counts, flags })}}` };
  }

  /** Whoever sees a resharer of a public story may have it on the page; nobody else learns of its end. */
  const mayHaveSeen = (audience: ViewerAudience, { authorId, visibility }: StoryChanged): boolean =>
    visibility === "public" || placement.sees(audience, idOf(authorId), visibility);

  const gone = (storyId: string): Announcement => ({
    type: "story.deleted",
    json: `{"id":"${storyId}"}`,
  });

  /**
   * An edit may bring a story into the viewer's sight, or take it out of it. What it did itself is
   * told, and not what came after it: events may be told late, and each tells its own.
   */
  async function sayEdited(
    context: Context,
    viewer: { readonly audience: ViewerAudience; readonly entry: FeedEntry | null },
    event: EventEnvelope,
    data: StoryChanged,
  ): Promise<Announcement | null> {
    const { audience, entry } = viewer;
    const visibility = data.previousVisibility ?? data.visibility;
    const wasSeen = mayHaveSeen(audience, { ...data, visibility });
    if (!mayHaveSeen(audience, data)) {
      return wasSeen ? gone(data.storyId) : null;
    }
    const shown = wasSeen
      ? await show(context, audience, entry, "story.updated")
      : await showInSight(context, viewer, event);
    return shown ?? (wasSeen ? gone(data.storyId) : null);
  }

  /** What the event brought into sight; where it stands by a reshare that came later, that tells. */
  function showInSight(
    context: Context,
    { audience, entry }: { readonly audience: ViewerAudience; readonly entry: FeedEntry | null },
    event: EventEnvelope,
  ): Promise<Announcement | null> {
    const isPlacedSince = entry !== null && entry.id > event.id;
    return isPlacedSince ? Promise.resolve(null) : show(context, audience, entry, "story");
  }

  return {
    isAboutStories: (event) => toldTypes.has(event.type),
    storyIdOf: (event) => idOf(dataOf(event).storyId),
    peopleOf(event) {
      const data = dataOf(event);
      return "reshareId" in data
        ? [idOf(data.authorId), idOf(data.accountId)]
        : [idOf(data.authorId)];
    },
    changesCounts: (event) => !("version" in dataOf(event)),
    isOnlyCounted: (event) => countedTypes.has(event.type),
    isPlaced: (audience, event) => placement.stands(audience, idOf(dataOf(event).storyId)),
    async say(context, audience, event) {
      const data = dataOf(event);
      const entry = placeOf(audience, data);
      switch (event.type) {
        case "stories.published.v1":
          // What an edit or a reshare brought into sight since is told by these.
          return "visibility" in data && mayHaveSeen(audience, data) && entry?.id === entry?.storyId
            ? show(context, audience, entry, "story")
            : null;
        case "stories.reshared.v1":
          // A later reshare of what the viewer has already moves nothing.
          return "reshareId" in data && entry?.id === idOf(data.reshareId)
            ? show(context, audience, entry, "story")
            : null;
        case "stories.edited.v1":
          return "version" in data ? sayEdited(context, { audience, entry }, event, data) : null;
        case "stories.restored.v1":
          return "visibility" in data && mayHaveSeen(audience, data)
            ? showInSight(context, { audience, entry }, event)
            : null;
        case "stories.deleted.v1":
          return "visibility" in data && mayHaveSeen(audience, data) ? gone(data.storyId) : null;
        case "stories.unreshared.v1":
          return entry === null ? gone(data.storyId) : null;
        default:
          return null;
      }
    },
    async countsOf(context, storyIds) {
      const [bodies, counts] = await Promise.all([
        stories().bodies(context, storyIds),
        stories().counts(context, storyIds),
      ]);
      const said = new Map<Id, string>();
      storyIds.forEach((id, i) => {
        // Nobody needs the counts of what is gone.
        if ((bodies[i] ?? null) !== null) {
          said.set(id, JSON.stringify({ id: String(id), counts: counts[i] }));
        }
      });
      return said;
    },
  };
}
