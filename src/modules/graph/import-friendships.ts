import { assert } from "../../kernel/assert.ts";
import type { Context } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import type { RecordPort, Transaction } from "../../ports/record.ts";
import type { Graph, ImportedPairResult } from "./contract.ts";
import type { ChangeDeps } from "./change.ts";
import { lockPairs, type LockedPairs } from "./pairs.ts";
import { decide, fullList, mirrored } from "./rules.ts";

type AccountPair = readonly [Id, Id];

/** What one transaction may lock and write while others wait for it. */
const pairsMax = 1_000;

export interface ImportDeps extends ChangeDeps {
  readonly record: RecordPort;
}

export function createImport(deps: ImportDeps): Graph["importFriendships"] {
  return async (context, pairs) => {
    assert(pairs.length <= pairsMax, `at most ${pairsMax} pairs at once`);
    const known = await activeAmong(deps, context, pairs);
    const refusals = pairs.map(([a, b]): ImportedPairResult | null => {
      if (a === b) return "oneself";
      return known.has(a) && known.has(b) ? null : "unknown-account";
    });
    const possible = pairs.filter((_, index) => refusals[index] === null);
    if (possible.length === 0) {
      return refusals.map((refusal) => refusal ?? "known");
    }
    const { value } = await deps.record.write(context, (tx) => befriendAll(deps, tx, possible));
    const results = value.values();
    return refusals.map((refusal) => refusal ?? results.next().value ?? "known");
  };
}

async function activeAmong(
  { accounts }: Pick<ImportDeps, "accounts">,
  context: Context,
  pairs: readonly AccountPair[],
): Promise<ReadonlySet<Id>> {
  const ids = [...new Set(pairs.flat())];
  const found = await accounts.summaries(context, ids);
  return new Set(found.flatMap((account) => (account === null ? [] : [account.id])));
}

/** One event for each pair that is made, each with a version of its own on both sides. */
async function befriendAll(
  deps: Pick<ImportDeps, "ids" | "limits">,
  tx: Transaction,
  wanted: readonly AccountPair[],
): Promise<ImportedPairResult[]> {
  const pairs = await lockPairs(tx, wanted);
  const results = wanted.map((pair) => befriend(deps, pairs, pair));
  await pairs.write();
  return results;
}

function befriend(
  { ids, limits }: Pick<ImportDeps, "ids" | "limits">,
  pairs: LockedPairs,
  [a, b]: AccountPair,
): ImportedPairResult {
  const [one, other] = [pairs.member(a), pairs.member(b)];
  if (one.erased || other.erased) {
    return "unknown-account";
  }
  const from = pairs.pair(a, b);
  const decision = decide("befriend", from, ids.mint());
  if (decision === "hidden") return "blocked";
  if (decision === "unchanged") return "known";
  const full =
    fullList(one.tally, { from, to: decision.to }, limits) ??
    fullList(other.tally, { from: mirrored(from), to: mirrored(decision.to) }, limits);
  if (full !== null) {
    return "friend-limit";
  }
  pairs.take(a, b, decision, null);
  return "made";
}
