import type { Context } from "../../kernel/context.ts";
import { idFloorAt, idMax, idTimeMs, type Id } from "../../kernel/id.ts";
import type { RecordPort } from "../../ports/record.ts";
import * as store from "./store-feed.ts";
import type { Covered, FeedStory } from "./store-feed.ts";
import type { Reshare } from "./store-reactions.ts";

/**
 * The feed below the index's floor goes down through time in steps. Each step looks either at
 * everybody's newest stories and picks out those of the people seen (a scan), or at each seen
 * person's own (a probe). A scan costs by how rare the people's stories are among all, a probe by
 * how many people there are and how many months: after a first scan it is known which costs less.
 * Before, people are taken to write as much as everybody else.
 */
export interface StepLimits {
  /** Rows that one step looks at; a probe of one person in one month counts as one. */
  readonly stepWorkMax: number;
  /** Rows of the first scan, at least. */
  readonly firstScanRows: number;
  /** With as many people or fewer a probe costs less than any scan could. */
  readonly probePeopleMax: number;
  /** What a probe of one person in one month costs, in rows of a scan. */
  readonly probeCostRows: number;
}

export const stepLimitsDefault: StepLimits = {
  stepWorkMax: 8000,
  firstScanRows: 1000,
  probePeopleMax: 64,
  probeCostRows: 4,
};

/** More rows than entries are wanted, because some fall to filters. */
const spareRows = 1.5;
/** Of a first probe, when nothing is known: most people write more often than that. */
const monthsFirst = 2;
/** Each further probe of a page reaches this many times as far, up to the bound. */
const monthsGrowth = 4;
/** Of a probe. Each month has a partition that must be planned for and looked at. */
const monthsMax = 24;
const msPerMonth = 30 * 24 * 3600 * 1000;
/** Guards of divisions: nobody seen wrote anything, and everything was written at once. */
const shareMin = 1e-6;
const monthsMin = 1e-6;

/** What a scan tells of its part of time. */
interface Density {
  /** Rows of seen people among all rows. */
  readonly share: number;
  /** Of everybody. */
  readonly rowsPerMonth: number;
}

/** What the steps of a page have learnt for the next one. */
export interface Learnt {
  /** Of the last scan; null before the first. */
  readonly density: Density | null;
  /** That the next probe should reach; null before the first. */
  readonly months: number | null;
  /** The last step found nothing: perhaps nobody wrote anything for long. */
  readonly isEmpty: boolean;
}

export const nothingLearnt: Learnt = { density: null, months: null, isEmpty: false };

export interface StepRequest {
  readonly accountIds: readonly Id[];
  /** People of the community, as far as is known. */
  readonly peopleKnown: number;
  readonly below: Id;
  /** Entries that the page still has room for. */
  readonly wanted: number;
  readonly workMax: number;
  readonly learnt: Learnt;
}

export interface Step {
  readonly stories: readonly FeedStory[];
  readonly reshares: readonly Reshare[];
  /** Everything below the request's id and at or above this is in the step. */
  readonly coveredTo: Id;
  /** Rows looked at. */
  readonly work: number;
  readonly learnt: Learnt;
}

export function createSteps(deps: {
  readonly record: RecordPort;
  readonly limits: StepLimits;
}): (context: Context, request: StepRequest) => Promise<Step | null> {
  const { record, limits } = deps;

  async function scan(
    context: Context,
    { accountIds, below }: StepRequest,
    rowsMax: number,
  ): Promise<Step> {
    // One after the other: reshares are fewer, so that as many of them would reach much further.
    const stories = await record.read(context, (sql) =>
      store.scanStories(sql, accountIds, { from: 0n, below }, rowsMax),
    );
    const reshares = await record.read(context, (sql) =>
      store.scanReshares(sql, accountIds, { from: stories.coveredTo, below }, rowsMax),
    );
    const found = joined(stories, reshares);
    const months = (idTimeMs(below) - idTimeMs(found.coveredTo)) / msPerMonth;
    const density = {
      share: (found.stories.length + found.reshares.length) / rowsMax,
      rowsPerMonth: rowsMax / Math.max(months, monthsMin),
    };
    return { ...found, work: rowsMax, learnt: { density, months: null, isEmpty: isEmpty(found) } };
  }

  async function probe(
    context: Context,
    { accountIds, below, wanted, learnt }: StepRequest,
    workMax: number,
  ): Promise<Step> {
    const people = Math.max(1, accountIds.length);
    const reach = learnt.months ?? monthsFor(learnt.density, wanted);
    const months = Math.max(1, Math.min(reach, monthsMax, Math.floor(workMax / people)));
    const from = idFloorAt(idTimeMs(below) - months * msPerMonth);
    const rowsMax = Math.ceil(wanted * spareRows);
    const [stories, reshares] = await Promise.all([
      record.read(context, (sql) => store.probeStories(sql, accountIds, { from, below }, rowsMax)),
      record.read(context, (sql) => store.probeReshares(sql, accountIds, { from, below }, rowsMax)),
    ]);
    const found = joined(stories, reshares);
    // The range begins within a month, so that it touches one more.
    return {
      ...found,
      work: people * (months + 1),
      learnt: { ...learnt, months: months * monthsGrowth, isEmpty: isEmpty(found) },
    };
  }

  /**
   * Where somebody's next story or reshare lies, if there is reason to think that it may lie far
   * below; null when there is none.
   */
  async function skipGap(context: Context, request: StepRequest): Promise<StepRequest | null> {
    if (request.below !== idMax && !request.learnt.isEmpty) {
      return request;
    }
    const newest = await record.read(context, (sql) => store.newestBelow(sql, request.below));
    return newest === null ? null : { ...request, below: newest + 1n };
  }

  /** Null when nothing lies below. */
  return async (context, request) => {
    const here = await skipGap(context, request);
    if (here === null) {
      return null;
    }
    const workMax = Math.max(1, Math.min(limits.stepWorkMax, request.workMax));
    const rows = here.accountIds.length <= limits.probePeopleMax ? "probe" : scanRows(here, limits);
    return rows === "probe"
      ? probe(context, here, workMax)
      : scan(context, here, Math.ceil(Math.min(workMax, rows)));
  };
}

const isEmpty = ({ stories, reshares }: Pick<Step, "stories" | "reshares">): boolean =>
  stories.length + reshares.length === 0;

/** Rows that a scan has to look at, or that a probe costs less. */
function scanRows(request: StepRequest, limits: StepLimits): number | "probe" {
  const { learnt, wanted, accountIds, peopleKnown } = request;
  const share = learnt.density?.share ?? accountIds.length / Math.max(1, peopleKnown);
  const rows = rowsFor(Math.min(1, share), wanted);
  const months = monthsFor(learnt.density, wanted);
  if (rows > accountIds.length * limits.probeCostRows * months) {
    return "probe";
  }
  return learnt.density === null ? Math.max(rows, limits.firstScanRows) : rows;
}

function rowsFor(share: number, wanted: number): number {
  return (wanted * spareRows) / Math.max(share, shareMin);
}

/** Months that should hold as many rows of the seen people as are wanted. */
function monthsFor(density: Density | null, wanted: number): number {
  return density === null
    ? monthsFirst
    : Math.max(1, Math.ceil(rowsFor(density.share, wanted) / density.rowsPerMonth));
}

/** What reaches less far decides how far both do. */
function joined(
  stories: Covered<FeedStory>,
  reshares: Covered<Reshare>,
): Pick<Step, "stories" | "reshares" | "coveredTo"> {
  const coveredTo = stories.coveredTo > reshares.coveredTo ? stories.coveredTo : reshares.coveredTo;
  return {
    stories: stories.rows.filter((story) => story.id >= coveredTo),
    reshares: reshares.rows.filter((reshare) => reshare.id >= coveredTo),
    coveredTo,
  };
}
