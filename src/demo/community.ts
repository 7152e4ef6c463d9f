import { internalContext } from "../kernel/context.ts";
import type { Id } from "../kernel/id.ts";
import type { Accounts } from "../modules/accounts/contract.ts";
import type { Graph } from "../modules/graph/contract.ts";
import type { Stories } from "../modules/stories/contract.ts";
import type { Clock } from "../ports/clock.ts";
import type { View } from "../ports/log.ts";
import type { Logger } from "../ports/telemetry.ts";
import { createAgenda } from "./agenda.ts";
import { chanceFrom } from "./chance.ts";
import { fillCommunity, type Progress } from "./fill.ts";
import { isFilled, markFilled } from "./folder.ts";
import { createLively } from "./lively.ts";
import { createMemberApi } from "./member-api.ts";
import { readSample, type Member, type SampleLocale } from "./members.ts";
import { createPulse, type Sleep } from "./pulse.ts";
import { createVisitors, heardEvents, type Visitors } from "./visitors.ts";

/** The sample community of `--demo`: a part of the node that acts like people do. */
export interface Community {
  /** Whom a visitor may be. */
  readonly signIns: readonly SignIn[];
  readonly views: readonly View[];
  /** Whether this account is the community's to act for now; what it asks is no visitor's request. */
  actsAs(accountId: string | null): boolean;
  /** Once the node serves: fills the community if it is new, then keeps it lively. */
  settle(node: Home): Promise<void>;
  stop(): Promise<void>;
}

export interface SignIn {
  readonly handle: string;
  readonly name: string;
  readonly locale: SampleLocale;
  readonly password: string;
}

/** The node that the community lives on. */
export interface Home {
  /** Of its API, without a slash at the end. */
  readonly url: string;
  readonly dataDir: string;
  readonly accounts: Accounts;
  readonly graph: Graph;
  readonly stories: Stories;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether somebody has the feed open. */
  readonly isWatched: () => boolean;
}

export interface CommunityOptions {
  /** Of what happens by chance while it runs; the past is the same for everybody. */
  readonly seed: number;
  readonly sleep: Sleep;
  readonly onProgress: (progress: Progress) => void;
  /** In place of the node's, for tests in which time runs. */
  readonly clock?: Clock;
  /** Of one member; smaller only in tests. */
  readonly storiesMax?: number;
}

/** Not secret: it stands on the page. */
const password = "warm-wooden-floor";
const pastSeed = 20_261_120;
/** Of one member: a few thousand in the whole community. */
const storiesMaxDefault = 120;

const context = internalContext("demo");

export async function openCommunity(options: CommunityOptions): Promise<Community> {
  const { members, answers } = await readSample();
  const lively = members.filter(({ signsIn }) => !signsIn);
  const chance = chanceFrom(options.seed);
  const actors = new Set<string>();
  let visitors: Visitors | null = null;
  let end = async (): Promise<void> => undefined;

  async function settle(node: Home): Promise<void> {
    const { accounts, graph, logger } = node;
    const { clock = node.clock, storiesMax = storiesMaxDefault } = options;
    const api = createMemberApi({
      url: node.url,
      async mintToken(handle) {
        const account = await accounts.resolve(context, `@${handle}`);
        if (account === null) {
          return null;
        }
        actors.add(String(account.id));
        return accounts.mintToken(context, account.id);
      },
    });
    end = () => api.close();
    if (!(await isFilled(node.dataDir))) {
      const { onProgress } = options;
      const nowMs = clock.nowMs();
      const past = chanceFrom(pastSeed);
      await fillCommunity({ ...node, api, members, password, nowMs, chance: past, onProgress });
      await markFilled(node.dataDir);
      // Nobody acts for the sign-in accounts any more.
      await api.close();
      actors.clear();
    }
    const agenda = createAgenda({ clock, logger });
    const ids = await idsOf(accounts, lively);
    visitors = createVisitors({ api, accounts, graph, agenda, chance, members: ids, answers });
    await visitors.catchUp();
    const life = createLively({ api, members: [...ids.values()], clock, chance, storiesMax });
    await life.recall();
    const { isWatched } = node;
    const { sleep } = options;
    const pulse = createPulse({
      agenda,
      beat: life.act,
      isWatched,
      clock,
      chance,
      sleep,
      logger,
    });
    end = async () => {
      await pulse.stop();
      await api.close();
    };
    pulse.start();
  }

  return {
    signIns: members
      .filter(({ signsIn }) => signsIn)
      .map(({ handle, name, locale }) => ({ handle, name, locale, password })),
    views: [viewOf(() => visitors)],
    actsAs: (accountId) => accountId !== null && actors.has(accountId),
    settle,
    stop: () => end(),
  };
}

/** The log is followed from the start, the visitors are known once the community is there. */
function viewOf(visitors: () => Visitors | null): View {
  return {
    name: "demo.visitors",
    types: heardEvents,
    apply(event, delivery) {
      visitors()?.hear(event, delivery);
    },
  };
}

/** Those of the members who are there: an operator may have deleted some. */
async function idsOf(
  accounts: Accounts,
  members: readonly Member[],
): Promise<ReadonlyMap<Id, Member>> {
  const entries = members.map(async (member) => {
    const account = await accounts.resolve(context, `@${member.handle}`);
    return account === null ? [] : [[account.id, member] as const];
  });
  return new Map((await Promise.all(entries)).flat());
}
