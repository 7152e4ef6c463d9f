import { internalContext } from "../../kernel/context.ts";
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
import { createAccountNumbers } from "./packed.ts";
import { createPlacement } from "./placement.ts";
import { createFeedRead } from "./read.ts";
import { createFeedRoutes } from "./routes.ts";
import { createStoryIndex } from "./story-index.ts";
import { liveLimitsDefault, type LiveLimits } from "./streams.ts";
import { createFeedView } from "./view.ts";

export interface FeedLimits {
  /** Stories and reshares that the window holds. */
  readonly windowStoriesMax: number;
  /** Accounts that the index can name. */
  readonly accountsMax: number;
  /** Memory for viewers' lists. */
  readonly audienceBytesMax: number;
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

/** The feed: an index in memory, merged on every read. Nobody asks it but its routes. */
export function createFeed(deps: FeedDeps): Module<null> {
  const { limits, logger, metrics } = deps;
  const stories = (): Stories => deps.stories;
  const numbers = createAccountNumbers(limits.accountsMax);
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
  const read = createFeedRead({
    index,
    placement,
    audiences,
    numbers,
    stories,
    accounts: () => deps.accounts,
  });
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
    limits: liveLimits,
  });
  const fill = createFill({
    index,
    stories,
    ...(limits.chunkSize === undefined ? {} : { chunkSize: limits.chunkSize }),
    ...(deps.pauseFilling === undefined ? {} : { pause: deps.pauseFilling }),
  });

  metrics.gauge("maru_feed_window_entries", "Stories and reshares in the feed index.", index.size);
  metrics.gauge("maru_feed_window_bytes", "Memory that the feed index uses.", index.bytes);
  metrics.gauge("maru_feed_accounts", "Accounts that the feed index knows.", numbers.count);
  metrics.gauge("maru_feed_audiences", "Viewers whose lists are in memory.", audiences.count);
  metrics.gauge("maru_feed_audience_bytes", "Memory of the viewers' lists.", audiences.bytes);
  metrics.gauge("maru_feed_live_streams", "Open live streams.", live.streams);
  metrics.gauge("maru_feed_filled", "1 once the window holds all that it can.", () =>
    fill.done() ? 1 : 0,
  );

  let stopped = false;
  let filling: Promise<void> = Promise.resolve();

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
    contract: null,
    routes: createFeedRoutes({ read, live, cursors: deps.cursors, limits: liveLimits }),
    views: [createFeedView({ index, audiences, stories, live })],
    consumers: [],
    jobs: [],
    healthChecks: [],
    start() {
      filling = fillWindow();
      return Promise.resolve();
    },
    async stop() {
      stopped = true;
      fill.stop();
      live.close();
      await filling;
    },
  };
}
