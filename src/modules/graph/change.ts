import type { Context } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import { notFound } from "../../kernel/problem.ts";
import type { IdSource } from "../../ports/ids.ts";
import type { Transaction } from "../../ports/record.ts";
import type { Accounts } from "../accounts/contract.ts";
import type { FriendState } from "./contract.ts";
import { listFull, oneself } from "./errors.ts";
import { lockPairs, type LockedPairs } from "./pairs.ts";
import { decide, fullList, mirrored, type Command, type GraphLimits, type Pair } from "./rules.ts";
import { readRelations } from "./store.ts";

/** What one person does to another: one transaction, one event, or nothing where nothing changes. */
export interface Change {
  readonly actorId: Id;
  readonly otherId: Id;
  readonly command: Exclude<Command, "befriend">;
}

export interface ChangeDeps {
  readonly accounts: Accounts;
  readonly ids: IdSource;
  readonly limits: GraphLimits;
}

/** How the actor stands to the other after it, and whether the command did that. */
export interface Changed {
  readonly friend: FriendState;
  readonly changed: boolean;
}

/** Commands that end something: doing so again, or to nobody, is no error. */
const endings: ReadonlySet<Command> = new Set(["part", "unfollow", "unmute", "unblock"]);

/** Commands after which somebody sees less than before. */
const hiding: ReadonlySet<Command> = new Set(["part", "unfollow", "mute", "block"]);

/** Refuses what needs no lock to be refused, so that it costs no transaction. */
export async function checkChange(
  deps: Pick<ChangeDeps, "accounts">,
  context: Context,
  { actorId, otherId, command }: Change,
): Promise<void> {
  if (actorId === otherId) {
    throw oneself();
  }
  if (!endings.has(command)) {
    const [other] = await deps.accounts.summaries(context, [otherId]);
    if (other === null || other === undefined) {
      throw notFound();
    }
  }
}

export async function changeRelation(
  deps: Pick<ChangeDeps, "ids" | "limits">,
  tx: Transaction,
  { actorId, otherId, command }: Change,
): Promise<Changed> {
  if (hiding.has(command)) {
    tx.hide();
  }
  if (endings.has(command)) {
    // Without a relation there is nothing to end: no lock, and no row for an id that nobody has.
    const [standing] = await readRelations(tx.sql, [[actorId, otherId]]);
    if (standing === undefined) {
      return { friend: "none", changed: false };
    }
  }
  const pairs = await lockPairs(tx, [[actorId, otherId]]);
  const gone = pairs.member(actorId).erased || pairs.member(otherId).erased;
  if (gone && !endings.has(command)) {
    throw notFound();
  }
  const from = pairs.pair(actorId, otherId);
  const decision = decide(command, from, deps.ids.mint());
  if (decision === "hidden") {
    throw notFound();
  }
  if (decision === "unchanged") {
    return { friend: from.friend, changed: false };
  }
  checkRoom(pairs, { actorId, otherId, from, to: decision.to }, deps.limits);
  pairs.take(actorId, otherId, decision, actorId);
  await pairs.write();
  return { friend: decision.to.friend, changed: true };
}

function checkRoom(
  pairs: LockedPairs,
  change: { readonly actorId: Id; readonly otherId: Id; readonly from: Pair; readonly to: Pair },
  limits: GraphLimits,
): void {
  const { actorId, otherId, from, to } = change;
  const yours = fullList(pairs.member(actorId).tally, { from, to }, limits);
  if (yours !== null) {
    throw listFull(yours, "yours", limits[yours]);
  }
  const mirror = { from: mirrored(from), to: mirrored(to) };
  const theirs = fullList(pairs.member(otherId).tally, mirror, limits);
  if (theirs !== null) {
    throw listFull(theirs, "theirs", limits[theirs]);
  }
}
