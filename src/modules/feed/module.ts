import { internalContext } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import type { LogPort } from "../../ports/log.ts";
import type { Module, ModuleDeps } from "../../ports/module.ts";
import type { Accounts } from "../accounts/contract.ts";
import type { Graph } from "../graph/contract.ts";
import type { Stories } from "../stories/contract.ts";
import { createAnnounce } from "./announce.ts";
import { createAside } from "./aside.ts";
import { createAudiences } from "./audiences.ts";
import { createFill } from "./fill.ts";
import { createLive } from "./live.ts";
import { createIndexBuffers, openIndexMemory } from "./memory.ts";
import { createItems } from "./items.ts";
import { createAccountNumbers, createColumn } from "./packed.ts";
import { createPlacement } from "./placement.ts";
import { createFeedRead } from "./read.ts";
import { createReactions } from "./reactions.ts";
import { createTalliesBuffer, readTallies } from "./tallies.ts";
import { createFeedAtOnce, feedList } from "./routes-at-once.ts";
import { createFeedRoutes } from "./routes.ts";
import { createProgressBuffer, openProgress, type FeedBuffers } from "./shared.ts";
import { createStoryIndex } from "./story-index.ts";
import { liveLimitsDefault, type LiveLimits } from "./streams.ts";
import { createFeedView } from "./view.ts";
import { createWarming } from "./warm.ts";

export interface FeedLimits {
  /** Stories and reshares that the window holds. */
  readonly windowStoriesMax: number;
  /** Accounts that the index can name. */
  readonly accountsMax: number;
  /** Memory for viewers' lists. */
  readonly audienceBytesMax: number;
  /** Memory for what viewers liked and reshared. */
  readonly reactionBytesMax: number;
  /** Memory for stories as the feed shows them. */
  readonly itemBytesMax: number;
  /** Stories and reshares that are loaded at once while the window is filled. */
  readonly chunkSize?: number;
  readonly live?: Partial<LiveLimits>;
}

export interface FeedDeps extends ModuleDeps {
  readonly accounts: Accounts;
  readonly graph: Graph;
  readonly stories: Stories;
  readonly eventLog: LogPort;
  readonly limits: FeedLimits;
  /** Awaited between the chunks that fill the window; tests hold it. */
  readonly pauseFilling?: () => Promise<void>;
}

const fillRetryMs = 1_000;

/** What the feed's readers in other threads need of it. */
export interface Feed {
  readonly buffers: FeedBuffers;
}

/** The feed: an index in memory, merged on every read. Nobody asks it but its routes. */
export function createFeed(deps: FeedDeps): Module<Feed> {
  const { limits, logger, metrics } = deps;
  const stories = (): Stories => deps.stories;
  const nowMs = (): number => deps.clock.nowMs();
  const accountIds = createColumn(2 * (limits.accountsMax + 1));
  const numbers = createAccountNumbers(limits.accountsMax, accountIds);
  const memory = openIndexMemory(
    createIndexBuffers({ slotsMax: limits.windowStoriesMax, accountsMax: limits.accountsMax }),
  );
  const index = createStoryIndex({ memory, accounts: numbers });
  const placement = createPlacement(index, numbers);
  const audiences = createAudiences({
    accounts: numbers,
    bytesMax: limits.audienceBytesMax,
    load: (context, viewerId) => deps.graph.audience(context, viewerId),
  });
  const reactions = createReactions({
    bytesMax: limits.reactionBytesMax,
    stories,
    // While the window is being filled its floor goes down.
    knownFrom: () => (fill.done() ? index.floor() : 0n),
  });
  const items = createItems({
    bytesMax: limits.itemBytesMax,
    accountsMax: limits.accountsMax,
    accounts: numbers,
    cursorAfter: (id) => deps.cursors.encode(feedList, [id]),
    nowMs,
  });
  const progressBuffer = createProgressBuffer();
  const progress = openProgress(progressBuffer);
  const buffers: FeedBuffers = {
    index: memory.buffers,
    accountIds: accountIds.buffer as SharedArrayBuffer,
    audiences: audiences.memory,
    reactions: reactions.memory,
    items: items.memory,
    progress: progressBuffer,
    tallies: createTalliesBuffer(),
  };
  const answerAtOnce = createFeedAtOnce(buffers, { cursors: deps.cursors, nowMs }, 0);
  const answerCompleted = createFeedAtOnce(buffers, { cursors: deps.cursors, nowMs }, null);
  const read = createFeedRead({
    index,
    placement,
    audiences,
    numbers,
    reactions,
    items,
    stories,
    accounts: () => deps.accounts,
  });
  /** Without it the first reader waits for what is missing; so a failure is worth a line and no more. */
  const prepare = (storyId: Id, authorId: Id): void => {
    read.prepare(internalContext("feed-prepare"), storyId, authorId).catch((error: unknown) => {
      logger.debug({ error }, "a new story was not taken into memory ahead of its readers");
    });
  };
  const announce = createAnnounce({ placement, read, stories });
  const aside = createAside({
    placement,
    accounts: () => deps.accounts,
    graph: () => deps.graph,
    stories,
  });
  const liveLimits = { ...liveLimitsDefault, ...limits.live };
  const live = createLive({
    audiences,
    placement,
    numbers,
    announce,
    aside,
    log: deps.eventLog,
    logger,
    monotonicMs: deps.clock.monotonicMs,
    limits: liveLimits,
  });
  const fill = createFill({
    index,
    stories,
    // Memory answers those who do not wait.
    isBusy: () => read.underWay() > 0,
    monotonicMs: () => deps.clock.monotonicMs(),
    ...(limits.chunkSize === undefined ? {} : { chunkSize: limits.chunkSize }),
    ...(deps.pauseFilling === undefined ? {} : { pause: deps.pauseFilling }),
  });

  const warming = createWarming({
    recentlyActive: (context, limit) => deps.accounts.recentSessions(context, limit),
    async load(context, readers) {
      await Promise.all([
        deps.accounts.preloadSessions(context, readers),
        ...readers.map(({ accountId }) => audiences.of(context, accountId)),
        ...readers.map(({ accountId }) => reactions.load(context, accountId)),
      ]);
    },
    monotonicMs: () => deps.clock.monotonicMs(),
  });
  metrics.gauge(
    "maru_feed_warmed",
    "Readers whose first page was prepared after the start.",
    warming.warmed,
  );
  metrics.gauge("maru_feed_window_entries", "Stories and reshares in the feed index.", index.size);
  metrics.gauge("maru_feed_window_bytes", "Memory that the feed index uses.", index.bytes);
  metrics.gauge("maru_feed_accounts", "Accounts that the feed index knows.", numbers.count);
  metrics.gauge("maru_feed_audiences", "Viewers whose lists are in memory.", audiences.count);
  metrics.gauge("maru_feed_audience_bytes", "Memory of the viewers' lists.", audiences.bytes);
  metrics.gauge("maru_feed_item_bytes", "Memory of stories as the feed shows them.", items.bytes);
  metrics.gauge("maru_feed_items", "Stories in memory as the feed shows them.", items.count);
  metrics.gauge(
    "maru_feed_reaction_bytes",
    "Memory of what viewers liked and reshared.",
    reactions.bytes,
  );
  metrics.tally(
    "maru_feed_pages_total",
    "Pages by whether memory had them whole, or what it lacked.",
    "memory",
    () => readTallies(buffers.tallies),
  );
  metrics.gauge("maru_feed_live_streams", "Open live streams.", live.streams);
  metrics.gauge("maru_feed_filled", "1 once the window holds all that it can.", () =>
    fill.done() ? 1 : 0,
  );

  let stopped = false;
  let filling: Promise<void> = Promise.resolve();
  let warmingUp: Promise<void> = Promise.resolve();

  /** The feed is served from the record meanwhile, so a database that is away only makes it slower. */
  async function fillWindow(): Promise<void> {
    while (!stopped) {
      try {
        await fill.run(internalContext("feed-fill"));
        logger.info(
          { entries: index.size(), floor: String(index.floor()) },
          "the feed's window is filled",
        );
        return;
      } catch (error) {
        logger.warn({ error }, "filling the feed's window goes on in a moment");
        await new Promise((resolve) => setTimeout(resolve, fillRetryMs).unref());
      }
    }
  }

  return {
    name: "feed",
    contract: { buffers },
    routes: createFeedRoutes({
      read,
      live,
      cursors: deps.cursors,
      limits: liveLimits,
      answerAtOnce,
      answerCompleted,
    }),
    views: [createFeedView({ index, audiences, reactions, stories, live, progress, prepare })],
    consumers: [],
    jobs: [],
    healthChecks: [],
    start() {
      progress.set(deps.eventLog.epoch(), deps.eventLog.appliedPosition());
      deps.stories.watch({ bodyChanged: items.drop, countsChanged: items.setCounts });
      deps.accounts.watch(items.personChanged);
      filling = fillWindow();
      warmingUp = warming.run(internalContext("feed-warm")).catch((error: unknown) => {
        logger.warn({ error }, "readers were not warmed up; they are slower at first");
      });
      return Promise.resolve();
    },
    async stop() {
      stopped = true;
      fill.stop();
      warming.stop();
      live.close();
      await Promise.all([filling, warmingUp]);
    },
  };
}
