import { assert, present } from "../../kernel/assert.ts";
import type { Bulkhead } from "../../kernel/bulkhead.ts";
import { internalContext, type Context } from "../../kernel/context.ts";
import { latestOf } from "../../kernel/deadline.ts";
import type { Id } from "../../kernel/id.ts";
import { unavailable } from "../../kernel/problem.ts";
import { soon } from "../../kernel/turns.ts";
import type {
  GroupTransaction,
  GroupWork,
  Member,
  Outcome,
  Statement,
} from "../../ports/record.ts";
import type { Metrics } from "../../ports/telemetry.ts";
import { isConnectionLost } from "./record-errors.ts";
import type { Done, GroupedWork, Transactions } from "./transactions.ts";

/**
 * Group commit: what many ask for at the same time is one transaction. Those who ask while earlier
 * groups are under way go together as soon as one of these is over, so groups grow with the load.
 * When different people follow each other closely, a group begins some milliseconds after the one
 * before, so that several share it; someone alone goes at once.
 */
export interface Groups {
  /**
   * Throws what the member was refused with, or what failed; `request.unavailable` at once where
   * too many wait, and `request.deadline_exceeded` where its turn came too late.
   */
  join<Item, T>(context: Context, work: GroupWork<Item, T>, item: Item): Promise<Settled<T>>;
}

/** What a member's work came to, once it is durable and the views of this node have it. */
export type Settled<T> = Pick<Done<T>, "value" | "builtOn">;

export interface GroupsDeps {
  readonly transactions: Transactions;
  readonly writers: Bulkhead;
  readonly metrics: Metrics;
  readonly monotonicMs: () => number;
  /** Members of one kind of work that wait; who comes then is refused. */
  readonly waitingMax: number;
}

/**
 * Of one kind of work: while a group is on its way to the disk, the next may do its statements, if
 * so many wait that it is worth a transaction. Fewer wait for the group that is under way, which
 * takes milliseconds: likes at 600/s cost half as much as in groups that start at once.
 */
const inFlightMax = 2;
const worthwhileMembers = 16;
/**
 * From the beginning of a group to that of the next while different people come closer together
 * than this. A transaction costs the same for one as for several, so that 200 publishes or 600
 * likes a second cost half as much, and are answered some 5 ms later.
 */
const gatherMs = 10;
/** Bounds the locks of a transaction, and for how long a group holds up those behind it: milliseconds. */
const membersMax = 64;
const memberBuckets = [1, 2, 4, 8, 16, 32, membersMax];
const retryAfterS = 1;

interface Waiting<Item, T> {
  readonly context: Context;
  readonly item: Item;
  readonly resolve: (settled: Settled<T>) => void;
  readonly reject: (error: unknown) => void;
}

/** Those who wait for the same kind of work. */
interface Line {
  readonly work: GroupWork<unknown, unknown>;
  readonly waiting: Waiting<unknown, unknown>[];
  inFlight: number;
  isStarting: boolean;
  /** Runs until a group may begin. */
  gathering: NodeJS.Timeout | null;
  groupBeganMs: number;
  /** Who came last, when, and whether it was close behind somebody else. */
  lastCame: { readonly accountId: Id | null; readonly atMs: number; readonly isClose: boolean };
}

export function createGroups(deps: GroupsDeps): Groups {
  const { transactions, writers, metrics, monotonicMs, waitingMax } = deps;
  const lines = new Map<GroupWork<never, unknown>, Line>();
  const sizes = metrics.histogram(
    "maru_record_group_members",
    "Commands that shared a transaction.",
    memberBuckets,
    ["work"],
  );
  const alone = metrics.counter(
    "maru_record_group_alone_total",
    "Commands that left their group and ran alone.",
    ["work"],
  );

  /** How long the next group waits for others: a client that sends one after another is alone. */
  function gatherForMs({ waiting, lastCame, groupBeganMs }: Line): number {
    const isWorthwhile = waiting.length >= worthwhileMembers;
    return isWorthwhile || !lastCame.isClose ? 0 : groupBeganMs + gatherMs - monotonicMs();
  }

  /** The next group starts when whatever else has come by now has joined it. */
  function start(line: Line): void {
    if (line.isStarting || !mayStart(line)) {
      return;
    }
    const waitMs = gatherForMs(line);
    if (waitMs > 0) {
      line.gathering ??= setTimeout(() => {
        line.gathering = null;
        start(line);
      }, waitMs);
      return;
    }
    line.isStarting = true;
    soon(() => {
      line.isStarting = false;
      line.inFlight += 1;
      line.groupBeganMs = monotonicMs();
      void serve(line, line.waiting.splice(0, membersMax)).finally(() => {
        line.inFlight -= 1;
        start(line);
      });
      start(line);
    });
  }

  function noteArrival(line: Line, accountId: Id | null): void {
    const { lastCame } = line;
    const atMs = monotonicMs();
    const isClose = lastCame.accountId !== accountId && atMs - lastCame.atMs < gatherMs;
    line.lastCame = { accountId, atMs, isClose };
  }

  async function serve(line: Line, all: readonly Waiting<unknown, unknown>[]): Promise<void> {
    const members = all.filter(isInTime);
    if (members.length === 0) {
      return;
    }
    sizes.observe(members.length, { work: line.work.name });
    const context = {
      ...internalContext(line.work.name),
      deadline: latestOf(members.map((one) => one.context.deadline)),
    };
    try {
      const result = await writers.run(context.deadline, () =>
        transactions.runGroup(
          context.deadline.check,
          outcomesOf(line.work, members, { context, mayWait: false }),
        ),
      );
      if (!("error" in result)) {
        await transactions.tell(result, context.deadline);
        settle(line, members, result);
      } else if (result.isUndone && !isConnectionLost(result.error)) {
        serveAlone(line, members);
      } else {
        members.forEach(({ reject }) => {
          reject(result.error);
        });
      }
    } catch (error) {
      members.forEach(({ reject }) => {
        reject(error);
      });
    }
  }

  function settle(
    line: Line,
    members: readonly Waiting<unknown, unknown>[],
    { value: outcomes, builtOn }: Done<readonly Outcome<unknown>[]>,
  ): void {
    const others: Waiting<unknown, unknown>[] = [];
    outcomes.forEach((outcome, at) => {
      const member = present(members[at], "the member of an outcome");
      if (outcome === "alone") {
        others.push(member);
      } else if ("refusal" in outcome) {
        member.reject(outcome.refusal);
      } else {
        member.resolve({ value: outcome.value, builtOn });
      }
    });
    serveAlone(line, others);
  }

  /** Outside of the line: one that waits for a lock holds up nobody behind it. */
  function serveAlone(line: Line, members: readonly Waiting<unknown, unknown>[]): void {
    for (const member of members) {
      alone.add(1, { work: line.work.name });
      runAlone(line.work, member).then(member.resolve, member.reject);
    }
  }

  async function runAlone(
    work: GroupWork<unknown, unknown>,
    member: Waiting<unknown, unknown>,
  ): Promise<Settled<unknown>> {
    const { context } = member;
    const run = outcomesOf(work, [member], { context, mayWait: true });
    const done = await writers.run(context.deadline, () =>
      transactions.runUntilDone(context, async (sql, state) => {
        const lasts: Statement[] = [];
        const last = (statement: Statement): void => void lasts.push(statement);
        const [outcome] = await run({ begin: () => sql, state, last });
        await Promise.all(lasts);
        assert(outcome !== undefined && outcome !== "alone", `${work.name} serves one alone`);
        if ("refusal" in outcome) {
          throw outcome.refusal;
        }
        return outcome.value;
      }),
    );
    await transactions.tell(done, context.deadline);
    return done;
  }

  return {
    join<Item, T>(context: Context, work: GroupWork<Item, T>, item: Item): Promise<Settled<T>> {
      return new Promise((resolve, reject) => {
        context.deadline.check();
        const line = lines.get(work) ?? newLine(work);
        lines.set(work, line);
        if (line.waiting.length >= waitingMax) {
          throw unavailable({ retryAfterS });
        }
        const member: Waiting<Item, T> = { context, item, resolve, reject };
        line.waiting.push(member as Waiting<unknown, unknown>);
        noteArrival(line, context.viewer?.accountId ?? null);
        start(line);
      });
    },
  };
}

function mayStart({ waiting, inFlight }: Line): boolean {
  return inFlight === 0
    ? waiting.length > 0
    : inFlight < inFlightMax && waiting.length >= worthwhileMembers;
}

function newLine<Item, T>(work: GroupWork<Item, T>): Line {
  return {
    work,
    waiting: [],
    inFlight: 0,
    isStarting: false,
    gathering: null,
    groupBeganMs: Number.NEGATIVE_INFINITY,
    lastCame: { accountId: null, atMs: Number.NEGATIVE_INFINITY, isClose: false },
  };
}

/** Tells whoever is too late; nobody waits for their answer any more. */
function isInTime({ context, reject }: Waiting<unknown, unknown>): boolean {
  try {
    context.deadline.check();
    return true;
  } catch (error) {
    reject(error);
    return false;
  }
}

function outcomesOf<T>(
  work: GroupWork<unknown, T>,
  members: readonly Waiting<unknown, T>[],
  how: Pick<GroupTransaction, "context" | "mayWait">,
): GroupedWork<readonly Outcome<T>[]> {
  return async ({ begin, state, last }) => {
    const facts = members.map(() => 0);
    const outcomes = await work.run(
      {
        get sql() {
          return begin();
        },
        last,
        ...how,
      },
      members.map(({ context, item }, at): Member<unknown> => ({
        context,
        item,
        append(event) {
          facts[at] = 1;
          state(context, event);
        },
      })),
    );
    assert(outcomes.length === members.length, `${work.name} has an outcome for each member`);
    assert(
      outcomes.every((outcome, at) => facts[at] === 0 || isValue(outcome)),
      `who is refused by ${work.name} has stated no fact`,
    );
    return outcomes;
  };
}

function isValue(outcome: Outcome<unknown>): boolean {
  return outcome !== "alone" && "value" in outcome;
}
