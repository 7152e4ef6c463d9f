import type { Id } from "../../src/kernel/id.ts";
import { graphLimits } from "../../src/modules/graph/rules.ts";
import type { Visibility } from "../../src/modules/stories/contract.ts";
import { createGraphModel, type GraphModel } from "./graph-model.ts";

/**
 * The whole of Maru as api.md tells it, as plain lists in memory: slow, and simple enough to be
 * believed. Everything is oldest first.
 */
export interface ModelStory {
  readonly id: string;
  readonly authorId: Id;
  /** Where it stands in time; reshares count on the same scale. */
  readonly place: number;
  text: string;
  visibility: Visibility;
  isEdited: boolean;
  isDeleted: boolean;
  /** Null: not deleted, or gone for good with its author. */
  deletedAtMs: number | null;
}

export interface ModelComment {
  readonly id: string;
  readonly storyId: string;
  readonly authorId: Id;
  readonly parentId: string | null;
  readonly text: string;
}

interface Mark {
  readonly storyId: string;
  readonly accountId: Id;
  readonly place: number;
}

export interface ShownStory {
  readonly id: string;
  readonly author: string;
  readonly text: string;
  readonly visibility: Visibility;
  readonly isEdited: boolean;
  readonly counts: { readonly likes: number; readonly comments: number; readonly reshares: number };
  readonly viewer: { readonly liked: boolean; readonly reshared: boolean };
}

export interface ShownItem {
  /** Of the item; a reshare's id is nobody's to know before it is read. */
  readonly id: string | null;
  readonly story: ShownStory;
  readonly reason: {
    readonly type: string;
    readonly by: readonly string[];
    readonly byCount: number;
  };
}

const resharersShownMax = 3;

export function createCommunityModel(people: readonly Id[]) {
  const graph: GraphModel = createGraphModel(graphLimits);
  const stories: ModelStory[] = [];
  let comments: ModelComment[] = [];
  const marks: { likes: Mark[]; reshares: Mark[] } = { likes: [], reshares: [] };
  let clock = 0;

  const tick = (): number => (clock += 1);
  const living = (): Id[] => people.filter((id) => !graph.gone.has(id));
  const areFriends = (a: Id, b: Id): boolean => graph.friendsOf(a).includes(b);

  function sees(viewer: Id, { authorId, isDeleted, visibility }: ModelStory): boolean {
    if (isDeleted || graph.gone.has(authorId)) return false;
    if (viewer === authorId) return true;
    if (graph.areHidden(viewer, authorId)) return false;
    return visibility === "public" || (visibility === "friends" && areFriends(viewer, authorId));
  }

  function show(viewer: Id, story: ModelStory): ShownStory {
    const of = <T extends { readonly storyId: string }>(list: readonly T[]): T[] =>
      list.filter(({ storyId }) => storyId === story.id);
    const mine = (list: readonly Mark[]): boolean =>
      of(list).some(({ accountId }) => accountId === viewer);
    return {
      id: story.id,
      author: String(story.authorId),
      text: story.text,
      visibility: story.visibility,
      isEdited: story.isEdited,
      counts: {
        likes: of(marks.likes).length,
        comments: of(comments).length,
        reshares: of(marks.reshares).length,
      },
      viewer: { liked: mine(marks.likes), reshared: mine(marks.reshares) },
    };
  }

  function feed(viewer: Id): ShownItem[] {
    const muted = graph.from("mutes", viewer);
    const isExcluded = (id: Id): boolean => muted.includes(id) || graph.areHidden(viewer, id);
    const isSeen = (id: Id): boolean =>
      id === viewer ||
      (!isExcluded(id) && (areFriends(viewer, id) || graph.from("follows", viewer).includes(id)));
    const items = stories.flatMap((story): { place: number; item: ShownItem }[] => {
      const { id, authorId, place } = story;
      if (!sees(viewer, story) || (authorId !== viewer && isExcluded(authorId))) return [];
      if (isSeen(authorId)) {
        const reason = { type: "author", by: [], byCount: 0 };
        return [{ place, item: { id, story: show(viewer, story), reason } }];
      }
      const seen = marks.reshares.filter((one) => one.storyId === id && isSeen(one.accountId));
      if (story.visibility !== "public" || seen[0] === undefined) return [];
      const by = seen.slice(0, resharersShownMax).map(({ accountId }) => String(accountId));
      const reason = { type: "reshare", by, byCount: seen.length };
      return [{ place: seen[0].place, item: { id: null, story: show(viewer, story), reason } }];
    });
    return items.sort((a, b) => b.place - a.place).map(({ item }) => item);
  }

  return {
    graph,
    stories,
    living,
    sees,
    show,
    feed,
    comments: (): readonly ModelComment[] => comments,
    likersOf: (storyId: string): Id[] =>
      marks.likes.filter((one) => one.storyId === storyId).map(({ accountId }) => accountId),
    publish(id: string, authorId: Id, text: string, visibility: Visibility): void {
      const place = tick();
      const fresh = { isEdited: false, isDeleted: false, deletedAtMs: null };
      stories.push({ id, authorId, place, text, visibility, ...fresh });
    },
    /** What hangs on it stays: nobody sees it, and it may come back. */
    delete(story: ModelStory): void {
      if (!story.isDeleted) {
        Object.assign(story, { isDeleted: true, deletedAtMs: Date.now() });
      }
    },
    restore(story: ModelStory): void {
      Object.assign(story, { isDeleted: false, deletedAtMs: null });
    },
    mark(kind: keyof typeof marks, accountId: Id, storyId: string): void {
      const isThere = marks[kind].some(
        (one) => one.accountId === accountId && one.storyId === storyId,
      );
      if (!isThere) marks[kind].push({ storyId, accountId, place: tick() });
    },
    unmark(kind: keyof typeof marks, accountId: Id, storyId: string): void {
      marks[kind] = marks[kind].filter(
        (one) => one.accountId !== accountId || one.storyId !== storyId,
      );
    },
    comment: (comment: ModelComment): void => void comments.push(comment),
    deleteComment(id: string): void {
      comments = comments.filter((comment) => comment.id !== id);
    },
    /** A person is gone with everything that they made. */
    erase(accountId: Id): void {
      graph.erase(accountId);
      for (const story of stories) {
        if (story.authorId === accountId) {
          Object.assign(story, { isDeleted: true, deletedAtMs: null });
        }
      }
      comments = comments.filter((comment) => comment.authorId !== accountId);
      marks.likes = marks.likes.filter((one) => one.accountId !== accountId);
      marks.reshares = marks.reshares.filter((one) => one.accountId !== accountId);
    },
  };
}

export type CommunityModel = ReturnType<typeof createCommunityModel>;
