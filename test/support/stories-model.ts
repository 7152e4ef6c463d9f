import type { Id } from "../../src/kernel/id.ts";
import { compareIds } from "../../src/kernel/id.ts";
import type {
  FeedEntry,
  OlderRequest,
  ReshareState,
  StoryState,
  Visibility,
} from "../../src/modules/stories/contract.ts";
import type { GraphStub } from "./stories-world.ts";

/** Stories as plain lists: slow, and simple enough to be believed. */

export interface ModelStory {
  readonly id: Id;
  readonly authorId: Id;
  visibility: Visibility;
  status: "live" | "deleted";
  /** How far a deletion has come: it may be undone, or is too late for that, or is final. */
  deletion: "none" | "undoable" | "late" | "final";
  version: number;
  text: string;
}

export interface ModelComment {
  readonly id: Id;
  readonly storyId: Id;
  readonly authorId: Id;
  readonly parentId: Id | null;
  readonly text: string;
}

export interface StoriesModel {
  readonly stories: Map<Id, ModelStory>;
  /** Oldest first, as are the others. */
  likes: { readonly accountId: Id; readonly storyId: Id }[];
  reshares: ReshareState[];
  comments: ModelComment[];
  sees(viewerId: Id | null, story: ModelStory): boolean;
  state(story: ModelStory): StoryState;
  /** Everything below, without a limit, newest first. */
  older(request: OlderRequest): FeedEntry[];
  requestOf(viewerId: Id, below: Id, limit: number): OlderRequest;
  /** What hangs on stories whose deletion is final goes. */
  erase(): void;
}

const resharersShownMax = 3;

export function createStoriesModel(graph: GraphStub): StoriesModel {
  const stories = new Map<Id, ModelStory>();

  const model: StoriesModel = {
    stories,
    likes: [],
    reshares: [],
    comments: [],
    sees(viewerId, { authorId, status, visibility }) {
      if (status !== "live") return false;
      if (viewerId === authorId) return true;
      if (viewerId !== null && graph.hiddenFrom(viewerId).includes(authorId)) return false;
      if (visibility === "public") return true;
      return (
        visibility === "friends" &&
        viewerId !== null &&
        graph.friendsOf(viewerId).includes(authorId)
      );
    },
    state: ({ id, authorId, visibility, status, version }) => ({
      id,
      authorId,
      visibility,
      status,
      version,
    }),
    requestOf(viewerId, below, limit) {
      const excludedIds = graph.hiddenFrom(viewerId);
      const seen = (ids: readonly Id[]): Id[] => ids.filter((id) => !excludedIds.includes(id));
      const friendIds = seen(graph.friendsOf(viewerId));
      const followedIds = seen(graph.followedBy(viewerId));
      return { viewerId, friendIds, followedIds, excludedIds, peopleKnown: 1, below, limit };
    },
    older({ viewerId, friendIds, followedIds, excludedIds, below }) {
      const seen = new Set([viewerId, ...friendIds, ...followedIds]);
      const own = [...stories.values()]
        .filter(({ status, authorId, visibility }) => {
          if (status !== "live" || !seen.has(authorId)) return false;
          if (authorId === viewerId || visibility === "public") return true;
          return visibility === "friends" && friendIds.includes(authorId);
        })
        .map(({ id, authorId }) => {
          return { id, storyId: id, authorId, resharedBy: [], resharedByCount: 0 };
        });
      const byStory = Map.groupBy(
        model.reshares.filter((reshare) => seen.has(reshare.accountId)),
        (reshare) => reshare.storyId,
      );
      const related = [...byStory].flatMap(([id, found]) => {
        const story = stories.get(id);
        if (story === undefined) return [];
        const { authorId, status, visibility } = story;
        const reshares = found.sort((a, b) => compareIds(a.id, b.id));
        const [first] = reshares;
        const isHidden = seen.has(authorId) || excludedIds.includes(authorId);
        if (first === undefined || isHidden || status !== "live" || visibility !== "public") {
          return [];
        }
        return [
          {
            id: first.id,
            storyId: id,
            authorId,
            resharedBy: reshares.slice(0, resharersShownMax).map((reshare) => reshare.accountId),
            resharedByCount: reshares.length,
          },
        ];
      });
      return [...own, ...related]
        .filter((entry) => entry.id < below)
        .sort((a, b) => compareIds(b.id, a.id));
    },
    erase() {
      const isThere = ({ storyId }: { readonly storyId: Id }): boolean =>
        stories.get(storyId)?.deletion !== "final";
      model.likes = model.likes.filter(isThere);
      model.reshares = model.reshares.filter(isThere);
      model.comments = model.comments.filter(isThere);
    },
  };
  return model;
}
