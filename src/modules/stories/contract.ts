import { Type, type Static } from "typebox";
import type { Context } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import { accountSummarySchema } from "../accounts/contract.ts";
import { mediaSchema } from "../media/contract.ts";

/** The door of the stories module: stories, comments, likes, reshares and their counts. */

export const visibilitySchema = Type.Union([
  Type.Literal("public"),
  Type.Literal("friends"),
  Type.Literal("self"),
]);
export type Visibility = Static<typeof visibilitySchema>;

/** `hidden`: by a moderator. */
export const statusSchema = Type.Union([
  Type.Literal("live"),
  Type.Literal("hidden"),
  Type.Literal("deleted"),
]);
export type Status = Static<typeof statusSchema>;

export const countsSchema = Type.Object(
  {
    likes: Type.Integer(),
    comments: Type.Integer(),
    reshares: Type.Integer(),
  },
  { title: "StoryCounts" },
);
export type Counts = Static<typeof countsSchema>;

export const linkSchema = Type.Object(
  {
    url: Type.String(),
    title: Type.Union([Type.String(), Type.Null()]),
    description: Type.Union([Type.String(), Type.Null()]),
    imageUrl: Type.Union([Type.String(), Type.Null()]),
  },
  { title: "Link" },
);
export type LinkJson = Static<typeof linkSchema>;

export const storySchema = Type.Object(
  {
    id: Type.String(),
    author: accountSummarySchema,
    text: Type.String(),
    lang: Type.String({ description: "BCP 47; `und` where it could not be told." }),
    media: Type.Array(mediaSchema),
    link: Type.Union([linkSchema, Type.Null()]),
    visibility: visibilitySchema,
    createdAt: Type.String({ format: "date-time" }),
    editedAt: Type.Union([Type.String({ format: "date-time" }), Type.Null()]),
    counts: countsSchema,
    viewer: Type.Optional(Type.Object({ liked: Type.Boolean(), reshared: Type.Boolean() })),
  },
  { title: "Story" },
);

export const commentSchema = Type.Object(
  {
    id: Type.String(),
    storyId: Type.String(),
    parentId: Type.Union([Type.String(), Type.Null()]),
    author: accountSummarySchema,
    text: Type.String(),
    createdAt: Type.String({ format: "date-time" }),
  },
  { title: "Comment" },
);

/** What decides where a story stands and who sees it: the feed index holds this and nothing else of it. */
export interface StoryState {
  readonly id: Id;
  readonly authorId: Id;
  readonly visibility: Visibility;
  readonly status: Status;
  readonly version: number;
}

export interface ReshareState {
  /** The id of the reshare itself; it stands in the feed at the time of this id. */
  readonly id: Id;
  readonly accountId: Id;
  readonly storyId: Id;
}

/**
 * Many states in columns, newest first: the i-th story is what stands at `i` in each of them. Ids
 * are two words of 32 bits.
 */
export interface PackedStories {
  readonly count: number;
  readonly high: Uint32Array;
  readonly low: Uint32Array;
  readonly authorHigh: Uint32Array;
  readonly authorLow: Uint32Array;
  /** The visibility's place in `packedVisibilities`, and a bit where the story is live or hidden. */
  readonly state: Uint8Array;
  readonly version: Uint32Array;
}

export const packedVisibilities: readonly Visibility[] = ["public", "friends", "self"];
export const packedVisibilityMask = 0b11;
export const packedLiveBit = 0b100;
export const packedHiddenBit = 0b1000;

/** Newest first. */
export interface PackedReshares {
  readonly count: number;
  readonly high: Uint32Array;
  readonly low: Uint32Array;
  readonly accountHigh: Uint32Array;
  readonly accountLow: Uint32Array;
  readonly storyHigh: Uint32Array;
  readonly storyLow: Uint32Array;
}

const idOfWords = (high: number, low: number): Id => (BigInt(high) << 32n) | BigInt(low);

/** The story at place `i`, which is below the count. */
export function storyAt(stories: PackedStories, i: number): StoryState {
  const state = stories.state[i] ?? 0;
  const gone: Status = (state & packedHiddenBit) === 0 ? "deleted" : "hidden";
  return {
    id: idOfWords(stories.high[i] ?? 0, stories.low[i] ?? 0),
    authorId: idOfWords(stories.authorHigh[i] ?? 0, stories.authorLow[i] ?? 0),
    visibility: packedVisibilities[state & packedVisibilityMask] ?? "self",
    status: (state & packedLiveBit) === 0 ? gone : "live",
    version: stories.version[i] ?? 0,
  };
}

/** The reshare at place `i`, which is below the count. */
export function reshareAt(reshares: PackedReshares, i: number): ReshareState {
  return {
    id: idOfWords(reshares.high[i] ?? 0, reshares.low[i] ?? 0),
    accountId: idOfWords(reshares.accountHigh[i] ?? 0, reshares.accountLow[i] ?? 0),
    storyId: idOfWords(reshares.storyHigh[i] ?? 0, reshares.storyLow[i] ?? 0),
  };
}

/** Everything with `from <= id < below`, and what its reshares refer to. */
export interface WindowChunk {
  readonly stories: PackedStories;
  /** Reshares with an id in the range. */
  readonly reshares: PackedReshares;
  /** Stories outside of the range that reshares of the range refer to, in any status. */
  readonly targets: readonly StoryState[];
  /** Every other reshare of those targets, however old. */
  readonly targetReshares: readonly ReshareState[];
}

/** Whom a viewer sees, for the part of the feed that comes from the record. */
export interface OlderRequest {
  readonly viewerId: Id;
  /** Public and friends-only stories of these are seen. */
  readonly friendIds: readonly Id[];
  /** Public stories of these are seen. */
  readonly followedIds: readonly Id[];
  /** Neither authors nor resharers among these are seen (blocked either way, muted); already left out of the lists above. */
  readonly excludedIds: readonly Id[];
  /** People of the community, as far as is known: how rare the stories of those above may be. */
  readonly peopleKnown: number;
  /** Items below this id; never above the floor of the index. */
  readonly below: Id;
  readonly limit: number;
}

/** An item of the feed before it has a body: where it stands, and why. */
export interface FeedEntry {
  /** Where it stands: the story's id, or the id of the first reshare that the viewer sees. */
  readonly id: Id;
  readonly storyId: Id;
  readonly authorId: Id;
  /** Who reshared it, of those the viewer sees, oldest first, at most 3; empty when the author is seen. */
  readonly resharedBy: readonly Id[];
  readonly resharedByCount: number;
}

export interface OlderPage {
  /** Newest first; at most `limit`. */
  readonly entries: readonly FeedEntry[];
  /** Null: nothing lies below. Otherwise everything at or above it has been looked at. */
  readonly scannedTo: Id | null;
}

/** What of a story does not depend on who reads it, nor changes with every like: JSON text ready to be joined. */
export interface StoryBody {
  readonly id: Id;
  readonly authorId: Id;
  readonly version: number;
  /** Of this very text: who saw an earlier one need not see this. */
  readonly visibility: Visibility;
  /** The members of the story's JSON after `author`, from `"text"` to `"editedAt"`, without braces. */
  readonly membersJson: string;
  /**
   * Seconds since 1970 from which on the addresses in it are to be made anew, long before the old ones
   * end; 0: they are good for ever.
   */
  readonly untilS: number;
}

export interface ViewerFlags {
  readonly liked: boolean;
  readonly reshared: boolean;
}

/** What a viewer liked and reshared of all stories with ids from `knownFrom` on. */
export interface ViewerReactions {
  /** Ids of stories, newest first; there may be some below `knownFrom`. */
  readonly liked: readonly Id[];
  readonly reshared: readonly Id[];
  readonly knownFrom: Id;
}

/** Told in the very step in which memory changes. */
export interface StoryWatcher {
  bodyChanged(id: Id, version: number): void;
  /** Null: memory does not hold them any more. */
  countsChanged(id: Id, counts: Counts | null): void;
}

/** What somebody did with a story of an import: later than the story, once a person. */
export interface ImportedReaction {
  readonly accountId: Id;
  readonly atMs: number;
}

export interface ImportedComment extends ImportedReaction {
  readonly text: string;
  /** Which comment of the story it answers, by its place in the list: an earlier one. */
  readonly answers?: number | undefined;
}

/** One story of an import; `externalKey` names it in the source, the same on every run. */
export interface ImportedStory {
  readonly externalKey: string;
  readonly authorId: Id;
  readonly atMs: number;
  readonly text: string;
  /** Guessed where it is not given. */
  readonly lang?: string | undefined;
  /** Public where it is not given. */
  readonly visibility?: Visibility | undefined;
  /** What hangs on it comes with the story or not at all. */
  readonly comments?: readonly ImportedComment[] | undefined;
  readonly likes?: readonly ImportedReaction[] | undefined;
  readonly reshares?: readonly ImportedReaction[] | undefined;
}

export type ImportedStoryResult = "made" | "known" | { readonly refused: string };

export interface Stories {
  /** Down to which id the newest `sizeMax` stories and reshares below `below` reach; null when there are none. */
  windowStart(
    context: Context,
    range: { readonly below: Id; readonly sizeMax: number },
  ): Promise<Id | null>;
  /**
   * All stories and reshares with `from <= id < below`, in one snapshot. Whoever keeps them applies
   * events at or above `from` before asking, so that what happens while the rows are read is known
   * either from them or from the events.
   */
  windowChunk(
    context: Context,
    range: { readonly from: Id; readonly below: Id },
  ): Promise<WindowChunk>;
  /** Stories that reshares refer to, with every reshare of theirs; what is not there any more is left out. */
  reshareTargets(
    context: Context,
    storyIds: readonly Id[],
  ): Promise<{
    readonly stories: readonly StoryState[];
    readonly reshares: readonly ReshareState[];
  }>;
  /** The feed below the index's floor, from the record. */
  older(context: Context, request: OlderRequest): Promise<OlderPage>;
  /** From a cache bounded in bytes, misses in one query; in the order of the ids, null for what is not live. */
  bodies(context: Context, ids: readonly Id[]): Promise<readonly (StoryBody | null)[]>;
  /** Exact; from memory where possible. In the order of the ids. */
  counts(context: Context, ids: readonly Id[]): Promise<readonly Counts[]>;
  viewerFlags(context: Context, viewerId: Id, ids: readonly Id[]): Promise<readonly ViewerFlags[]>;
  /** From the record, for many viewers at once; as far back as `from` where that is not too much. */
  viewerReactions(context: Context, viewerId: Id, from: Id): Promise<ViewerReactions>;
  /** A live story and its counts if memory holds both, as they are at this moment. */
  held(id: Id): { readonly body: StoryBody; readonly counts: Counts } | null;
  /** Whoever keeps something made of what is held is told when that is not true any more. */
  watch(watcher: StoryWatcher): void;
  /** Whether the context's viewer may see the story now. */
  sees(context: Context, id: Id): Promise<boolean>;
  /** The addresses that these stories show, as they are now; null for none, and for what is not live. */
  linkUrls(context: Context, ids: readonly Id[]): Promise<readonly (string | null)[]>;
  /** How many live stories each account has. */
  storyCounts(context: Context, authorIds: readonly Id[]): Promise<readonly number[]>;
  /** At most 1,000 a call, in one transaction. Safe to repeat. */
  importStories(
    context: Context,
    stories: readonly ImportedStory[],
  ): Promise<readonly ImportedStoryResult[]>;
}

/**
 * The JSON of a story from its parts, without parsing any. This and the functions that it is made
 * of are the one place that knows the order of its members.
 */
export function storyJson(parts: {
  readonly body: StoryBody;
  readonly authorJson: string;
  readonly counts: Counts;
  readonly flags: ViewerFlags | null;
}): string {
  const { body, authorJson, counts, flags } = parts;
  const viewer = flags === null ? "" : viewerJson(flags);
  return `${storyHeadJson(body, authorJson)}${countsJson(counts)}${viewer}}`;
}

/** The beginning of a story, up to what changes often. */
export function storyHeadJson(body: StoryBody, authorJson: string): string {
  return `{"id":"${String(body.id)}","author":${authorJson},${body.membersJson}`;
}

export function countsJson({ likes, comments, reshares }: Counts): string {
  return `,"counts":{"likes":${String(likes)},"comments":${String(comments)},"reshares":${String(reshares)}}`;
}

export function viewerJson({ liked, reshared }: ViewerFlags): string {
  return `,"viewer":{"liked":${String(liked)},"reshared":${String(reshared)}}`;
}
