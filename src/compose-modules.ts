import { createBackfillIds } from "./adapters/postgres/backfill-ids.ts";
import { cellSchema } from "./adapters/postgres/cell-schema.ts";
import { idsSchema } from "./adapters/postgres/id-leases.ts";
import { keysSchema } from "./adapters/postgres/keys.ts";
import { logSchema } from "./adapters/postgres/log-schema.ts";
import { mediaSettingsOf, type MediaParts } from "./compose-media.ts";
import type { Config } from "./config.ts";
import { httpSchema } from "./http/schema.ts";
import type { Accounts } from "./modules/accounts/contract.ts";
import { createAccounts } from "./modules/accounts/module.ts";
import { accountsSchema } from "./modules/accounts/schema.ts";
import { createFeed, type Feed, type FeedLimits } from "./modules/feed/module.ts";
import { feedSchema } from "./modules/feed/schema.ts";
import type { Graph } from "./modules/graph/contract.ts";
import { createGraph } from "./modules/graph/module.ts";
import { graphSchema } from "./modules/graph/schema.ts";
import type { Keyring } from "./kernel/keyring.ts";
import type { Links } from "./modules/links/contract.ts";
import { createLinks } from "./modules/links/module.ts";
import { linksSchema } from "./modules/links/schema.ts";
import type { Media } from "./modules/media/contract.ts";
import { createMedia } from "./modules/media/module.ts";
import { mediaSchema } from "./modules/media/schema.ts";
import type { MediaSettings } from "./modules/media/settings.ts";
import type { Stories } from "./modules/stories/contract.ts";
import { createStories } from "./modules/stories/module.ts";
import { storiesSchema } from "./modules/stories/schema.ts";
import type { Web } from "./modules/web/contract.ts";
import { createWeb, type WebSettings } from "./modules/web/module.ts";
import { webSchema } from "./modules/web/schema.ts";
import type { Limits } from "./ports/limits.ts";
import type { EventSchemas, LogPort } from "./ports/log.ts";
import type { Module, ModuleDeps, ModuleSchema } from "./ports/module.ts";
import type { Partitions } from "./ports/record.ts";

/**
 * The modules, made known to each other; of adapters only those that a module is handed as its own.
 */

/** The tables and events of everything that has any. */
export const schemas: readonly ModuleSchema[] = [
  logSchema,
  cellSchema,
  idsSchema,
  keysSchema,
  httpSchema,
  accountsSchema,
  graphSchema,
  storiesSchema,
  mediaSchema,
  linksSchema,
  feedSchema,
  webSchema,
];

/** Every event of every module, for the log and for the check of their compatibility. */
export function allEvents(): EventSchemas {
  return Object.assign({}, ...schemas.map((schema) => schema.events)) as EventSchemas;
}

export interface Modules {
  readonly accounts: Module<Accounts>;
  readonly graph: Module<Graph>;
  readonly stories: Module<Stories>;
  readonly media: Module<Media>;
  readonly links: Module<Links>;
  readonly feed: Module<Feed>;
  readonly web: Module<Web>;
}

export interface ModuleSettings {
  readonly hashingConcurrency: number;
  readonly passwordAttemptsMax: number;
  readonly storyCacheBytes: number;
  readonly media: MediaSettings;
  readonly linkPreviews: boolean;
  readonly feed: FeedLimits;
  readonly web: WebSettings;
  readonly pauseFilling?: () => Promise<void>;
}

export interface ModuleAdjustments {
  readonly feed?: Partial<FeedLimits>;
  readonly pauseFilling?: () => Promise<void>;
}

const hashingQueueMax = 64;

/** Modules know each other in a circle, so a neighbour is looked up when it is asked, not when it is handed in. */
export function createModules(
  deps: ModuleDeps & {
    readonly partitions: Partitions;
    readonly region: number;
    readonly eventLog: LogPort;
    readonly sharedLimits: Limits;
    readonly keyring: Keyring;
    readonly files: MediaParts;
  },
  settings: ModuleSettings,
): Modules {
  const backfillIds = createBackfillIds({ region: deps.region });
  const neighbours = {
    get accounts(): Accounts {
      return modules.accounts.contract;
    },
    get graph(): Graph {
      return modules.graph.contract;
    },
    get stories(): Stories {
      return modules.stories.contract;
    },
    get media(): Media {
      return modules.media.contract;
    },
    get links(): Links {
      return modules.links.contract;
    },
  };
  // A spread would read the getters, before there is anything to read.
  const withNeighbours = <T extends object>(own: T): T & typeof neighbours =>
    Object.defineProperties(own, Object.getOwnPropertyDescriptors(neighbours)) as T &
      typeof neighbours;
  const hashing = { concurrencyMax: settings.hashingConcurrency, queueMax: hashingQueueMax };
  const limits = { bodyBytesMax: settings.storyCacheBytes };
  const modules: Modules = {
    accounts: createAccounts(
      withNeighbours({
        ...deps,
        backfillIds,
        hashing,
        limits: deps.sharedLimits,
        passwordAttemptsMax: settings.passwordAttemptsMax,
      }),
    ),
    graph: createGraph(withNeighbours({ ...deps })),
    stories: createStories(withNeighbours({ ...deps, backfillIds, limits })),
    media: createMedia(withNeighbours({ ...deps, ...deps.files, settings: settings.media })),
    links: createLinks(
      withNeighbours({ ...deps, web: deps.files.outsideWeb, isFetching: settings.linkPreviews }),
    ),
    feed: createFeed(
      withNeighbours({
        ...deps,
        limits: settings.feed,
        ...(settings.pauseFilling === undefined ? {} : { pauseFilling: settings.pauseFilling }),
      }),
    ),
    web: createWeb({ ...deps, settings: settings.web }),
  };
  return modules;
}

export function listOf(modules: Modules): readonly Module<unknown>[] {
  const { accounts, graph, stories, media, links, feed, web } = modules;
  return [accounts, graph, stories, media, links, feed, web];
}

/** For programs that serve no client: commands, and the description of the routes. */
export const noWebClient: WebSettings = {
  readClient: null,
  version: "",
  demo: null,
  isHttps: false,
  mediaOrigin: null,
};

/** `held`: what tests hold or make smaller than any setting allows. */
export function moduleSettings(
  config: Config,
  web: WebSettings,
  held: ModuleAdjustments = {},
): ModuleSettings {
  const { pauseFilling } = held;
  return {
    ...(pauseFilling === undefined ? {} : { pauseFilling }),
    hashingConcurrency: config.hashingConcurrency,
    passwordAttemptsMax: config.passwordAttempts,
    storyCacheBytes: config.storyCacheBytes,
    media: mediaSettingsOf(config),
    linkPreviews: config.linkPreviews,
    web,
    feed: {
      windowStoriesMax: config.feedWindowStories,
      accountsMax: config.feedAccountsMax,
      audienceBytesMax: config.feedAudienceBytes,
      reactionBytesMax: config.feedReactionBytes,
      itemBytesMax: config.feedItemBytes,
      ...held.feed,
    },
  };
}
