import type { Community } from "../seed/arithmetic.ts";
import type { Failure } from "./connections.ts";
import type { Summary } from "./histogram.ts";

/** What a generator is told to do, and what it says of it: JSON between two processes. */

export interface Viewers {
  /** Index of the first account, and how many from there on. */
  readonly from: number;
  readonly count: number;
  /** `once`: each in turn, and when all have been, no more. */
  readonly order: "random" | "once";
}

interface SourceOfAnyKind {
  readonly name: string;
  /** Null: as fast as answers come, with so many at a time as `atOnce` says. */
  readonly perSecond: number | null;
  readonly atOnce?: number;
  readonly viewers: Viewers;
}

export interface FeedSource extends SourceOfAnyKind {
  readonly kind: "feed";
  /** Each viewer's ETag is kept, and sent with the next read. */
  readonly polls?: boolean;
}

/** Of given paths, each with its viewer, at random. */
export interface PathSource extends SourceOfAnyKind {
  readonly kind: "path";
  /** Lines of JSON: `[viewer, path]`. */
  readonly pathsFile: string;
}

export interface PublishSource extends SourceOfAnyKind {
  readonly kind: "publish";
  readonly hasKey: boolean;
}

export interface LikeSource extends SourceOfAnyKind {
  readonly kind: "like";
  /** Lines of ids of public stories. */
  readonly storiesFile: string;
}

export type Source = FeedSource | PathSource | PublishSource | LikeSource;

export interface GeneratorPlan {
  readonly port: number;
  readonly community: Community;
  /** Lines of JSON texts: what is published. */
  readonly textsFile: string;
  readonly chance: number;
  readonly connections: number;
  readonly warmUpS: number;
  /** Null: until every source that has an end has come to it. */
  readonly measuredS: number | null;
  readonly sources: readonly Source[];
  /** Open live streams, of people spread evenly over the community. */
  readonly liveConnections: number;
  /** Says how it goes so often, for long runs. */
  readonly sampleEveryS?: number;
  /** Where to write a line `token ETag` for each viewer whose ETag is known in the end. */
  readonly etagsFile?: string;
}

export interface SourceResult {
  readonly name: string;
  /** Due within the measured time. */
  readonly due: number;
  readonly answered: number;
  readonly failures: Readonly<Partial<Record<Failure | `status ${number}`, number>>>;
  readonly statuses: Readonly<Record<string, number>>;
  readonly bytesPerAnswer: number;
  /** From when it was due. */
  readonly latency: Summary;
  /** From when it was sent, which is later where every connection waits for an answer. */
  readonly answeredIn: Summary;
  /** The same of those that were refused for being too much. */
  readonly refusedIn: Summary;
}

export interface LiveResult {
  readonly connections: number;
  readonly stories: number;
  readonly expected: number;
  readonly seen: number;
  /** From the answer to the publish until it was seen; what was seen before the answer counts as 0. */
  readonly latency: Summary;
}

export interface Published {
  readonly id: string;
  readonly author: number;
  readonly text: string;
}

export interface GeneratorResult {
  readonly measuredS: number;
  readonly cpuUs: number;
  readonly sources: readonly SourceResult[];
  /** Over all sources. */
  readonly latency: Summary;
  /** How late requests were handed to a connection, or to the queue for one. */
  readonly lag: Summary;
  readonly live: LiveResult | null;
  /** All that were answered with 201, warm-up included. */
  readonly publishedCount: number;
  /** The last of them. */
  readonly published: readonly Published[];
}

/** How a server says that it is asked for too much. */
export const refusals: ReadonlySet<number> = new Set([429, 503]);

export interface GeneratorSample {
  readonly atS: number;
  readonly latency: Summary;
  readonly failures: number;
}

export type GeneratorLine =
  | { readonly type: "measuring" }
  | { readonly type: "measured" }
  | { readonly type: "sample"; readonly sample: GeneratorSample }
  | { readonly type: "result"; readonly result: GeneratorResult };
