import { assert } from "../../kernel/assert.ts";
import { createBatchLoader } from "../../kernel/batch-loader.ts";
import type { Context } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import type { RecordPort } from "../../ports/record.ts";
import type { Audience, Graph, GraphCounts, Relation } from "./contract.ts";
import { isHidden, strangers, type Pair } from "./rules.ts";
import { readRelations } from "./store.ts";
import { readAudiences, readCounts } from "./store-lists.ts";

/** What other modules ask; always from the record's newest state. */
export type GraphQueries = Pick<
  Graph,
  "relations" | "relationsAmong" | "audience" | "audiences" | "counts"
>;

/** A query for more would hold megabytes of lists at once. */
const audiencesMax = 500;
/**
 * Of readers who come one by one and are joined: few enough that one with thousands of friends
 * does not keep many others waiting. `joinedLoadsMax`: queries of this kind under way at once.
 */
const joinedMax = 64;
const joinedLoadsMax = 2;

export function createQueries({ record }: { readonly record: RecordPort }): GraphQueries {
  async function audiencesById(
    context: Context,
    accountIds: readonly Id[],
  ): Promise<ReadonlyMap<Id, Audience>> {
    const found = await record.read(context, (sql) => readAudiences(sql, accountIds));
    return new Map(found.map((audience) => [audience.accountId, audience]));
  }
  const joined = createBatchLoader<Id, Audience>({
    keysMax: joinedMax,
    loadsMax: joinedLoadsMax,
    load: audiencesById,
  });

  return {
    async relations(context, viewerId, otherIds) {
      if (otherIds.length === 0) {
        return [];
      }
      const pairs = otherIds.map((otherId): readonly [Id, Id] => [viewerId, otherId]);
      const found = await record.read(context, (sql) => readRelations(sql, pairs));
      const byId = new Map(found.map((relation) => [relation.otherId, relation.pair]));
      return otherIds.map((otherId) => relationOf(otherId, byId.get(otherId) ?? strangers));
    },
    async relationsAmong(context, pairs) {
      if (pairs.length === 0) {
        return [];
      }
      const found = await record.read(context, (sql) => readRelations(sql, pairs));
      const byPair = new Map(
        found.map(({ accountId, otherId, pair }) => [pairName([accountId, otherId]), pair]),
      );
      return pairs.map((pair) => relationOf(pair[1], byPair.get(pairName(pair)) ?? strangers));
    },
    async audience(context, accountId) {
      const found = await joined.load(context, [accountId]);
      return found.get(accountId) ?? audienceOfNobody(accountId);
    },
    async audiences(context, accountIds) {
      assert(accountIds.length <= audiencesMax, `at most ${audiencesMax} audiences at once`);
      const found = await audiencesById(context, accountIds);
      return accountIds.map((id) => found.get(id) ?? audienceOfNobody(id));
    },
    async counts(context, ids) {
      const found = await record.read(context, (sql) => readCounts(sql, ids));
      const byId = new Map(found.map((counts) => [counts.accountId, counts]));
      return ids.map((id) => {
        const { friends, followers, following } = byId.get(id) ?? countsOfNobody;
        return { friends, followers, following };
      });
    },
  };
}

function pairName([accountId, otherId]: readonly [Id, Id]): string {
  return `${accountId} ${otherId}`;
}

const countsOfNobody: GraphCounts = { friends: 0, followers: 0, following: 0 };

/** Who has never had a relation has no row, and version 0. */
function audienceOfNobody(accountId: Id): Audience {
  return { accountId, version: 0, friendIds: [], followedIds: [], hiddenIds: [], mutedIds: [] };
}

function relationOf(otherId: Id, pair: Pair): Relation {
  return {
    otherId,
    friend: pair.friend,
    following: pair.mine.following !== null,
    followedBy: pair.theirs.following !== null,
    muted: pair.mine.muted !== null,
    blocked: pair.mine.blocked !== null,
    blockedBy: pair.theirs.blocked !== null,
  };
}

/** The ids among these that a block, either way, hides from the viewer. */
export async function hiddenFrom(
  record: RecordPort,
  context: Context,
  { viewerId, otherIds }: { readonly viewerId: Id; readonly otherIds: readonly Id[] },
): Promise<ReadonlySet<Id>> {
  const pairs = otherIds.map((otherId): readonly [Id, Id] => [viewerId, otherId]);
  const found = await record.read(context, (sql) => readRelations(sql, pairs));
  return new Set(found.filter(({ pair }) => isHidden(pair)).map(({ otherId }) => otherId));
}
