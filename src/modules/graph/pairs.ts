import { present } from "../../kernel/assert.ts";
import { compareIds, type Id } from "../../kernel/id.ts";
import type { JsonObject } from "../../ports/log.ts";
import type { Transaction } from "../../ports/record.ts";
import type { GraphEventType, RelationChanged } from "./events.ts";
import { isEmpty, mirrored, strangers, tallyAfter, type Pair, type Step } from "./rules.ts";
import {
  deleteRelations,
  lockMembers,
  readRelations,
  writeMembers,
  writeRelations,
  type Member,
} from "./store.ts";

/** Pairs of people under the locks of both, and what changes about them in one transaction. */
export interface LockedPairs {
  member(accountId: Id): Member;
  /** As the first of the two sees it. */
  pair(accountId: Id, otherId: Id): Pair;
  /** Takes the step of the first of the two, and appends its event. `actorId` is null for an operator's. */
  take(accountId: Id, otherId: Id, step: Step, actorId: Id | null): void;
  /** From now on nothing new begins with this person. */
  markErased(accountId: Id): void;
  /** Writes what has changed. */
  write(): Promise<void>;
}

export async function lockPairs(
  tx: Transaction,
  wanted: readonly (readonly [Id, Id])[],
  alone: readonly Id[] = [],
): Promise<LockedPairs> {
  const ids = [...new Set([...wanted.flat(), ...alone])].sort(compareIds);
  // Sent at once: each statement sees what was committed before it began, so that what follows
  // the locks reads what holds under them.
  const [locked, relations] = await Promise.all([
    lockMembers(tx.sql, ids),
    readRelations(tx.sql, wanted),
  ]);
  const members = new Map(locked.map((member) => [member.accountId, member]));
  const pairs = new Map<string, Pair>();
  const changedMembers = new Set<Id>();
  const changedPairs = new Map<string, readonly [Id, Id]>();
  for (const { accountId, otherId, pair } of relations) {
    hold(accountId, otherId, pair);
  }

  function hold(accountId: Id, otherId: Id, pair: Pair): void {
    pairs.set(keyOf(accountId, otherId), pair);
    pairs.set(keyOf(otherId, accountId), mirrored(pair));
  }

  function memberOf(accountId: Id): Member {
    return present(members.get(accountId), "a member's locked row");
  }

  function pairOf(accountId: Id, otherId: Id): Pair {
    return pairs.get(keyOf(accountId, otherId)) ?? strangers;
  }

  function change(member: Member): void {
    members.set(member.accountId, member);
    changedMembers.add(member.accountId);
  }

  function count(accountId: Id, from: Pair, to: Pair): Member {
    const member = memberOf(accountId);
    const tally = tallyAfter(member.tally, from, to);
    const counted = { ...member, version: member.version + 1, tally };
    change(counted);
    return counted;
  }

  return {
    member: memberOf,
    pair: pairOf,
    take(accountId, otherId, { to, event }, actorId) {
      const from = pairOf(accountId, otherId);
      const actor = count(accountId, from, to);
      const other = count(otherId, mirrored(from), mirrored(to));
      hold(accountId, otherId, to);
      const [lower, upper] = accountId < otherId ? [accountId, otherId] : [otherId, accountId];
      changedPairs.set(keyOf(lower, upper), [lower, upper]);
      tx.append(relationChanged(event, { actor, other, from, to, actorId }));
    },
    markErased(accountId) {
      const member = memberOf(accountId);
      if (!member.erased) {
        change({ ...member, erased: true });
      }
    },
    async write() {
      const bothWays = [...changedPairs.values()].flatMap(([a, b]) => [
        { accountId: a, otherId: b, pair: pairOf(a, b) },
        { accountId: b, otherId: a, pair: pairOf(b, a) },
      ]);
      const kept = bothWays.filter(({ pair }) => !isEmpty(pair));
      const gone = bothWays.filter(({ pair }) => isEmpty(pair));
      const work: Promise<void>[] = [];
      if (kept.length > 0) work.push(writeRelations(tx.sql, kept));
      if (gone.length > 0) {
        work.push(
          deleteRelations(
            tx.sql,
            gone.map(({ accountId, otherId }) => [accountId, otherId]),
          ),
        );
      }
      if (changedMembers.size > 0) {
        work.push(writeMembers(tx.sql, [...changedMembers].map(memberOf)));
      }
      await Promise.all(work);
    },
  };
}

function keyOf(accountId: Id, otherId: Id): string {
  return `${String(accountId)}:${String(otherId)}`;
}

function relationChanged(
  type: GraphEventType,
  change: {
    readonly actor: Member;
    readonly other: Member;
    readonly from: Pair;
    readonly to: Pair;
    readonly actorId: Id | null;
  },
) {
  const { actor, other, from, to, actorId } = change;
  const data: RelationChanged = {
    actor: sideOf(actor, from, to),
    other: sideOf(other, mirrored(from), mirrored(to)),
  };
  return {
    type,
    aggregate: { type: "member", id: actor.accountId, version: actor.version },
    actorId,
    data: data satisfies JsonObject,
  };
}

function sideOf(member: Member, from: Pair, to: Pair): RelationChanged["actor"] {
  return {
    accountId: String(member.accountId),
    version: member.version,
    ...standingOf(to),
    before: standingOf(from),
  };
}

function standingOf({ friend, mine }: Pair) {
  return {
    friend,
    following: mine.following !== null,
    muted: mine.muted !== null,
    blocked: mine.blocked !== null,
  };
}
