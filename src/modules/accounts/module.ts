import { internalContext, type Context } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import type { BackfillIds } from "../../ports/ids.ts";
import type { EventEnvelope, View } from "../../ports/log.ts";
import type { Limits } from "../../ports/limits.ts";
import type { Job, Module, ModuleDeps } from "../../ports/module.ts";
import type { Graph } from "../graph/contract.ts";
import type { Media } from "../media/contract.ts";
import type { Stories } from "../stories/contract.ts";
import type { Accounts } from "./contract.ts";
import { createAvatarFollower } from "./avatars.ts";
import { createDirectory } from "./directory.ts";
import type { AccountChanged, SessionsEnded } from "./events.ts";
import { createImportPeople } from "./import-people.ts";
import { createPasswordAttempts } from "./password-attempts.ts";
import { createPasswords, type HashingOptions } from "./passwords.ts";
import { createOwnAccountRoutes } from "./own-account-routes.ts";
import { createAccountRoutes } from "./routes.ts";
import { createSearch } from "./search.ts";
import { openSession } from "./session-commands.ts";
import { createSessionRoutes } from "./session-routes.ts";
import { createSessions, sessionIdleMsMax } from "./sessions.ts";
import { findOwnAccount } from "./show.ts";
import { lockCredentials } from "./store.ts";
import { deleteExpired } from "./store-sessions.ts";

/** Accounts and sessions, as the composition root sees them. */

export interface AccountsDeps extends ModuleDeps {
  readonly backfillIds: BackfillIds;
  /** Two at once and 64 that wait, where it is not given. */
  readonly hashing?: HashingOptions;
  readonly limits: Limits;
  /** Wrong passwords for one account from one network, in a quarter of an hour. */
  readonly passwordAttemptsMax: number;
  readonly graph: Pick<Graph, "relations" | "counts">;
  readonly stories: Pick<Stories, "storyCounts">;
  readonly media: Pick<Media, "usable" | "current" | "avatarUrl">;
}

const hashingDefault: HashingOptions = { concurrencyMax: 2, queueMax: 64 };
const flushUsesEveryMs = 15_000;
const cleanUpEveryMs = 3_600_000;
const expiredPerTransaction = 1_000;

export function createAccounts(deps: AccountsDeps): Module<Accounts> {
  const { record, ids, clock, cursors, metrics, logger } = deps;
  const directory = createDirectory({ record, metrics, media: () => deps.media });
  const sessions = createSessions({ record, clock, metrics });
  const passwords = createPasswords(deps.hashing ?? hashingDefault, {
    metrics,
    logger,
    monotonicMs: () => clock.monotonicMs(),
  });
  const search = createSearch({ record, cursors, directory, graph: () => deps.graph });
  // Neighbours are taken from `deps` when they are needed: they may be made after this module.
  const routeDeps = {
    record,
    ids,
    clock,
    cursors,
    directory,
    passwords,
    attempts: createPasswordAttempts({ limits: deps.limits, max: deps.passwordAttemptsMax }),
    search,
    get graph() {
      return deps.graph;
    },
    get stories() {
      return deps.stories;
    },
    get media() {
      return deps.media;
    },
  };

  async function mintToken(context: Context, accountId: Id): Promise<string | null> {
    const { value } = await record.write(context, async (tx) =>
      (await lockCredentials(tx.sql, accountId)) === null
        ? null
        : openSession(tx, { ids, clock }, { accountId, userAgent: "operator" }),
    );
    return value;
  }

  const view: View = {
    name: "accounts.memory",
    types: [
      "accounts.created.v1",
      "accounts.updated.v1",
      "accounts.deleted.v1",
      "accounts.sessions_ended.v1",
    ],
    apply(event: EventEnvelope) {
      if (event.type === "accounts.sessions_ended.v1") {
        const { accountId, sessionIds } = event.data as SessionsEnded;
        for (const sessionId of sessionIds) {
          sessions.ended({ accountId: BigInt(accountId), sessionId: BigInt(sessionId) });
        }
        return;
      }
      const { accountId, version } = event.data as AccountChanged;
      directory.changed(BigInt(accountId), version);
    },
  };

  const cleanUp: Job = {
    name: "accounts.expired-sessions",
    everyMs: cleanUpEveryMs,
    async run() {
      const untilMs = clock.nowMs() - sessionIdleMsMax;
      const context = internalContext("accounts.expired-sessions");
      let deleted: number;
      do {
        const { value } = await record.write(context, (tx) =>
          deleteExpired(tx.sql, untilMs, expiredPerTransaction),
        );
        deleted = value;
      } while (deleted === expiredPerTransaction);
    },
  };

  let flushTimer: NodeJS.Timeout | undefined;
  let flushing: Promise<void> = Promise.resolve();
  /** Lost uses are noted again with a later request, so a failure is only worth a line. */
  function flushUses(): Promise<void> {
    flushing = flushing
      .then(() => sessions.flushUses())
      .catch((error: unknown) => {
        logger.warn({ err: error }, "could not note when sessions were used");
      });
    return flushing;
  }

  return {
    name: "accounts",
    contract: {
      summaries: directory.accounts,
      held: directory.held,
      watch: directory.watch,
      resolve: directory.resolve,
      async own(context, id) {
        const account = await findOwnAccount(context, routeDeps, id);
        return account === null ? null : JSON.stringify(account);
      },
      authenticate: sessions.authenticate,
      recentSessions: sessions.recent,
      preloadSessions: sessions.preload,
      sessionMemory: sessions.memory,
      importPeople: createImportPeople({ record, clock, backfillIds: deps.backfillIds }),
      hashPassword: passwords.hash,
      mintToken,
    },
    routes: [
      ...createAccountRoutes(routeDeps),
      ...createOwnAccountRoutes(routeDeps),
      ...createSessionRoutes(routeDeps),
    ],
    views: [view],
    consumers: [createAvatarFollower(routeDeps)],
    jobs: [cleanUp],
    healthChecks: [],
    async start() {
      passwords.start();
      flushTimer = setInterval(() => void flushUses(), flushUsesEveryMs);
      flushTimer.unref();
    },
    async stop() {
      clearInterval(flushTimer);
      await flushUses();
      await passwords.stop();
    },
  };
}
