import type { Context } from "../../kernel/context.ts";
import { compareIds, type Id } from "../../kernel/id.ts";
import type { RecordPort } from "../../ports/record.ts";
import type { FeedEntry, OlderPage, OlderRequest, Stories } from "./contract.ts";
import {
  createSteps,
  nothingLearnt,
  stepLimitsDefault,
  type Step,
  type StepLimits,
} from "./older-steps.ts";
import { seenReshares, type FeedStory } from "./store-feed.ts";
import type { Reshare } from "./store-reactions.ts";

/**
 * The feed below the index's floor, from the record. A page costs a bounded amount of work: it may
 * therefore be short, and then tells how far it came.
 */
export interface OlderLimits extends StepLimits {
  /** Rows that a page looks at. */
  readonly workMax: number;
}

export const olderLimitsDefault: OlderLimits = { ...stepLimitsDefault, workMax: 20_000 };

/** Who is seen, as sets. */
interface Seen {
  readonly viewerId: Id;
  readonly accountIds: readonly Id[];
  readonly accounts: ReadonlySet<Id>;
  readonly friends: ReadonlySet<Id>;
  readonly excluded: ReadonlySet<Id>;
}

/** A reshare has yet to be looked at: whether it is the first, and of a story that may be shown. */
type Candidate =
  { readonly id: Id; readonly entry: FeedEntry } | { readonly id: Id; readonly reshare: Reshare };

export function createOlder(deps: {
  readonly record: RecordPort;
  readonly limits: OlderLimits;
}): Pick<Stories, "older"> {
  const { record, limits } = deps;
  const nextStep = createSteps({ record, limits });

  async function entriesOf(
    context: Context,
    seen: Seen,
    found: Step,
    limit: number,
  ): Promise<readonly FeedEntry[]> {
    const candidates = candidatesOf(seen, found);
    const entries: FeedEntry[] = [];
    for (let start = 0; start < candidates.length && entries.length < limit; start += limit) {
      const batch = candidates.slice(start, start + limit);
      const reshared = await firstReshares(context, seen, batch);
      for (const candidate of batch) {
        const entry = "entry" in candidate ? candidate.entry : reshared.get(candidate.id);
        if (entry !== undefined) {
          entries.push(entry);
        }
      }
    }
    return entries.slice(0, limit);
  }

  /** Those that are the first reshare of their story by anyone seen, by their ids. */
  async function firstReshares(
    context: Context,
    seen: Seen,
    candidates: readonly Candidate[],
  ): Promise<ReadonlyMap<Id, FeedEntry>> {
    const reshares = candidates.flatMap((one) => ("reshare" in one ? [one.reshare] : []));
    if (reshares.length === 0) {
      return new Map();
    }
    const storyIds = [...new Set(reshares.map((reshare) => reshare.storyId))];
    const found = await record.read(context, (sql) => seenReshares(sql, storyIds, seen.accountIds));
    const authors = new Map(reshares.map(({ storyId, authorId }) => [storyId, authorId] as const));
    return new Map(
      found.map(({ storyId, firstId, by, byCount }) => {
        const authorId = authors.get(storyId) ?? 0n;
        const entry = { id: firstId, storyId, authorId, resharedBy: by, resharedByCount: byCount };
        return [firstId, entry] as const;
      }),
    );
  }

  return {
    async older(context, request) {
      const seen = seenBy(request);
      const entries: FeedEntry[] = [];
      let { below } = request;
      let workMax = limits.workMax;
      let learnt = nothingLearnt;
      while (below > 0n && workMax > 0) {
        context.deadline.check();
        const wanted = request.limit - entries.length;
        const step = await nextStep(context, {
          accountIds: seen.accountIds,
          peopleKnown: request.peopleKnown,
          below,
          wanted,
          workMax,
          learnt,
        });
        if (step === null) {
          return { entries, scannedTo: null };
        }
        entries.push(...(await entriesOf(context, seen, step, wanted)));
        const last = entries.at(-1);
        if (last !== undefined && entries.length >= request.limit) {
          return { entries, scannedTo: last.id } satisfies OlderPage;
        }
        below = step.coveredTo;
        workMax -= step.work;
        learnt = step.learnt;
      }
      return { entries, scannedTo: below > 0n ? below : null };
    },
  };
}

function seenBy(request: OlderRequest): Seen {
  const { viewerId, friendIds, followedIds, excludedIds } = request;
  const accounts = new Set([viewerId, ...friendIds, ...followedIds]);
  return {
    viewerId,
    accounts,
    accountIds: [...accounts],
    friends: new Set(friendIds),
    excluded: new Set(excludedIds),
  };
}

/** Newest first. */
function candidatesOf(seen: Seen, { stories, reshares }: Step): readonly Candidate[] {
  const own = stories.filter((story) => isShown(story, seen)).map(authorCandidate);
  const related = reshares
    .filter(({ authorId }) => !seen.accounts.has(authorId) && !seen.excluded.has(authorId))
    .map((reshare) => ({ id: reshare.id, reshare }));
  return [...own, ...related].sort((a, b) => compareIds(b.id, a.id));
}

function authorCandidate({ id, authorId }: FeedStory): Candidate {
  return { id, entry: { id, storyId: id, authorId, resharedBy: [], resharedByCount: 0 } };
}

function isShown({ status, authorId, visibility }: FeedStory, seen: Seen): boolean {
  if (status !== "live") {
    return false;
  }
  return (
    authorId === seen.viewerId ||
    visibility === "public" ||
    (visibility === "friends" && seen.friends.has(authorId))
  );
}
