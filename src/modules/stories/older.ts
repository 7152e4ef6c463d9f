import type { Context } from "../../kernel/context.ts";
import { idFloorAt, idTimeMs, type Id } from "../../kernel/id.ts";
import type { RecordPort } from "../../ports/record.ts";
import type { FeedEntry, OlderPage, OlderRequest } from "./contract.ts";
import * as store from "./store-feed.ts";
import type { FeedStory, IdRange } from "./store-feed.ts";
import type { Reshare } from "./store-reactions.ts";

/**
 * The feed below the index's floor. It goes down through time in steps; each step looks either at
 * everybody's newest stories and picks out those of the people seen (a scan), or at each seen
 * person's own (a probe). A scan costs by how rare the people's stories are among all, a probe by
 * how many people there are: after a first step it is known which costs less here.
 *
 * A page costs a bounded amount of work. It may therefore be short, and then tells how far it came.
 */
export interface OlderLimits {
  /** Rows looked at for a page, a probe of one person in one month counting as one. */
  readonly workMax: number;
  /** Rows of the first scan, and of one step at most. */
  readonly firstScanRows: number;
  readonly stepWorkMax: number;
}

export const olderLimitsDefault: OlderLimits = {
  workMax: 20_000,
  firstScanRows: 1000,
  stepWorkMax: 8000,
};

/** With fewer people than this a probe costs less than any scan could. */
const probePeopleMax = 64;
/** What a probe of one person in one month costs, in rows of a scan. */
const probeCostRows = 4;
/** More rows than asked for, because some fall to filters. */
const spareRows = 1.5;
const msPerMonth = 30 * 24 * 3600 * 1000;
/** Guards of divisions: nobody seen wrote anything, and everything was written at once. */
const shareMin = 1e-6;
const monthsMin = 1e-6;

/** Who is seen, as sets. */
interface Seen {
  readonly accountIds: readonly Id[];
  readonly accounts: ReadonlySet<Id>;
  readonly friends: ReadonlySet<Id>;
  readonly excluded: ReadonlySet<Id>;
  readonly viewerId: Id;
}

interface Step {
  readonly stories: readonly FeedStory[];
  readonly reshares: readonly Reshare[];
  /** Everything in the step's range at or above this is in the step. */
  readonly coveredTo: Id;
  /** Rows looked at. */
  readonly work: number;
}

/** What a scan tells of its part of time. */
interface Density {
  /** Rows of seen people among all rows. */
  readonly share: number;
  /** Of everybody. */
  readonly rowsPerMonth: number;
}

/** Where a page stands, and what it has learnt. */
interface Walk {
  below: Id;
  workLeft: number;
  /** Of the last scan; null before the first. */
  density: Density | null;
}

export interface Older {
  older(context: Context, request: OlderRequest): Promise<OlderPage>;
}

export function createOlder(deps: {
  readonly record: RecordPort;
  readonly limits?: Partial<OlderLimits>;
}): Older {
  const { record } = deps;
  const limits: OlderLimits = { ...olderLimitsDefault, ...deps.limits };

  async function scan(context: Context, seen: Seen, below: Id, rowsMax: number): Promise<Step> {
    const stories = await record.read(context, (sql) =>
      store.scanStories(sql, seen.accountIds, { from: 0n, below }, rowsMax),
    );
    const range = { from: stories.coveredTo, below };
    const reshares = await record.read(context, (sql) =>
      store.scanReshares(sql, seen.accountIds, range, rowsMax),
    );
    return { ...joined(stories, reshares), work: rowsMax };
  }

  async function probe(
    context: Context,
    seen: Seen,
    range: IdRange,
    wanted: number,
  ): Promise<Omit<Step, "work">> {
    const rowsMax = Math.ceil(wanted * spareRows);
    const stories = await record.read(context, (sql) =>
      store.probeStories(sql, seen.accountIds, range, rowsMax),
    );
    const rest = { from: stories.coveredTo, below: range.below };
    const reshares = await record.read(context, (sql) =>
      store.probeReshares(sql, seen.accountIds, rest, rowsMax),
    );
    return joined(stories, reshares);
  }

  async function scanStep(context: Context, seen: Seen, walk: Walk, rows: number): Promise<Step> {
    const found = await scan(context, seen, walk.below, rows);
    const months = (idTimeMs(walk.below) - idTimeMs(found.coveredTo)) / msPerMonth;
    walk.density = {
      share: (found.stories.length + found.reshares.length) / rows,
      rowsPerMonth: rows / Math.max(months, monthsMin),
    };
    return found;
  }

  async function probeStep(
    context: Context,
    seen: Seen,
    walk: Walk,
    { wanted, workMax }: { readonly wanted: number; readonly workMax: number },
  ): Promise<Step> {
    const newest = await record.read(context, (sql) => store.newestBelow(sql, walk.below));
    if (newest === null) {
      return { stories: [], reshares: [], coveredTo: 0n, work: 0 };
    }
    // As many months at once as the work allows; those that nobody wrote in cost next to nothing.
    const people = Math.max(1, seen.accountIds.length);
    const months = Math.max(1, Math.floor(workMax / people));
    const from = idFloorAt(idTimeMs(newest) - months * msPerMonth);
    const probed = await probe(context, seen, { from, below: newest + 1n }, wanted);
    // The range begins within a month, so that it touches one more.
    return { ...probed, work: people * (months + 1) };
  }

  async function step(context: Context, seen: Seen, walk: Walk, wanted: number): Promise<Step> {
    const people = seen.accountIds.length;
    const workMax = Math.max(1, Math.min(limits.stepWorkMax, walk.workLeft));
    const rows = scanRowsFor(walk.density, wanted, people) ?? limits.firstScanRows;
    return people <= probePeopleMax || rows === "probe"
      ? probeStep(context, seen, walk, { wanted, workMax })
      : scanStep(context, seen, walk, Math.ceil(Math.min(workMax, rows)));
  }

  async function entriesOf(
    context: Context,
    seen: Seen,
    found: Step,
    limit: number,
  ): Promise<readonly FeedEntry[]> {
    const own = found.stories.filter((story) => isShown(story, seen)).map(authorEntry);
    const related = found.reshares.filter(
      ({ authorId }) => !seen.accounts.has(authorId) && !seen.excluded.has(authorId),
    );
    const candidates = [...own, ...related].sort((a, b) => (a.id < b.id ? 1 : -1));
    const entries: FeedEntry[] = [];
    for (let start = 0; start < candidates.length && entries.length < limit; start += limit) {
      const batch = candidates.slice(start, start + limit);
      const reshares = batch.filter((candidate): candidate is Reshare => "accountId" in candidate);
      const shown = await firstReshares(context, seen, reshares);
      for (const candidate of batch) {
        const entry = "accountId" in candidate ? shown.get(candidate.id) : candidate;
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
    reshares: readonly Reshare[],
  ): Promise<ReadonlyMap<Id, FeedEntry>> {
    if (reshares.length === 0) {
      return new Map();
    }
    const storyIds = [...new Set(reshares.map((reshare) => reshare.storyId))];
    const found = await record.read(context, (sql) =>
      store.seenReshares(sql, storyIds, seen.accountIds),
    );
    const byFirst = new Map(found.map((reshared) => [reshared.firstId, reshared] as const));
    return new Map(
      reshares.flatMap(({ id, storyId, authorId }) => {
        const reshared = byFirst.get(id);
        return reshared === undefined
          ? []
          : [
              [
                id,
                {
                  id,
                  storyId,
                  authorId,
                  resharedBy: reshared.by,
                  resharedByCount: reshared.byCount,
                },
              ],
            ];
      }),
    );
  }

  return {
    async older(context, request) {
      const seen = seenBy(request);
      const walk: Walk = { below: request.below, workLeft: limits.workMax, density: null };
      const entries: FeedEntry[] = [];
      while (walk.below > 0n && walk.workLeft > 0) {
        context.deadline.check();
        const wanted = request.limit - entries.length;
        const found = await step(context, seen, walk, wanted);
        entries.push(...(await entriesOf(context, seen, found, wanted)));
        const last = entries.at(-1);
        if (last !== undefined && entries.length >= request.limit) {
          return { entries, scannedTo: last.id };
        }
        walk.below = found.coveredTo;
        walk.workLeft -= found.work;
      }
      return { entries, scannedTo: walk.below > 0n ? walk.below : null };
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

/** Rows that a scan has to look at, or that a probe costs less; null when nothing is known yet. */
function scanRowsFor(
  density: Density | null,
  wanted: number,
  people: number,
): number | "probe" | null {
  if (density === null) {
    return null;
  }
  const rows = (wanted * spareRows) / Math.max(density.share, shareMin);
  const months = Math.max(1, rows / density.rowsPerMonth);
  return rows > people * probeCostRows * months ? "probe" : rows;
}

/** What reaches less far decides how far both do. */
function joined(
  stories: store.Covered<FeedStory>,
  reshares: store.Covered<Reshare>,
): Omit<Step, "work"> {
  const coveredTo = stories.coveredTo > reshares.coveredTo ? stories.coveredTo : reshares.coveredTo;
  return {
    stories: stories.rows.filter((story) => story.id >= coveredTo),
    reshares: reshares.rows.filter((reshare) => reshare.id >= coveredTo),
    coveredTo,
  };
}

function isShown(story: FeedStory, seen: Seen): boolean {
  if (story.status !== "live") {
    return false;
  }
  const { authorId, visibility } = story;
  return (
    authorId === seen.viewerId ||
    visibility === "public" ||
    (visibility === "friends" && seen.friends.has(authorId))
  );
}

function authorEntry({ id, authorId }: FeedStory): FeedEntry {
  return { id, storyId: id, authorId, resharedBy: [], resharedByCount: 0 };
}
