import type { MonotonicMs } from "./deadline.ts";

/**
 * What has arrived, in its order. A thread that has enough to do takes it for a few milliseconds in each
 * turn of its event loop, so that what is under way already (answers of the database, timers, new
 * connections) never waits for all that arrived at once. A command takes several turns: of 60 ms each
 * when a thousand clients ask all the time and each is served as soon as it is read.
 *
 * There are three lines. Commands are the first of each turn: there is a place for few of them at once.
 * Then come the others who were let in. Refusals do not hold up either, and do not wait for ever, because
 * some time of each turn is theirs.
 */
export interface Arrivals<Item> {
  /**
   * Takes it at once while there is time left in this turn and nobody waits before it; a command at the
   * turn's end at the soonest, when its body is read if it came along.
   */
  add(item: Item, line: Line): void;
  waiting(): number;
}

export type Line = "commands" | "others" | "refused";

const order: readonly Line[] = ["commands", "others", "refused"];
/** Of each turn: so long for commands and others, of it at least so long for others, and so long for refusals. */
const sliceMs = { served: 4, others: 1, refused: 2 } as const;
/** More are taken at once: that keeps the loop late, which is noticed. */
const waitingMax = 20_000;

export function createArrivals<Item>(deps: {
  readonly monotonicMs: MonotonicMs;
  /** `waitedMs`: from when it arrived. It must not fail. */
  readonly take: (item: Item, waitedMs: number) => void;
  /** At the end of a turn in which not all had theirs: how long the first of those to be served waits, in milliseconds. */
  readonly onTurn: (waitingMs: number) => void;
}): Arrivals<Item> {
  const { monotonicMs, take, onTurn } = deps;
  const queues: Readonly<Record<Line, Queue<Arrived<Item>>>> = {
    commands: createQueue(),
    others: createQueue(),
    refused: createQueue(),
  };
  /** Until when this turn takes what arrives; null: the loop has not been asked for a turn. */
  let untilMs: number | null = null;

  /** Who have their turn before whoever joins this line now. */
  function waitingBefore(line: Line): number {
    let count = 0;
    for (const one of order) {
      count += queues[one].size();
      if (one === line) {
        break;
      }
    }
    return count;
  }

  function takeUntil(line: Line, endMs: number): void {
    let nowMs = monotonicMs();
    while (nowMs < endMs) {
      const next = queues[line].shift();
      if (next === undefined) {
        return;
      }
      take(next.item, nowMs - next.atMs);
      nowMs = monotonicMs();
    }
  }

  /** Not by `soon`: a turn that somebody takes who arrives would come before what it is to make room for. */
  function turn(): void {
    if (waitingBefore("refused") === 0) {
      untilMs = null;
      return;
    }
    untilMs = monotonicMs() + sliceMs.served;
    try {
      takeUntil("commands", untilMs);
      takeUntil("others", Math.max(untilMs, monotonicMs() + sliceMs.others));
      takeUntil("refused", Math.max(untilMs, monotonicMs() + sliceMs.refused));
    } finally {
      setImmediate(turn);
    }
    const firstMs = Math.min(
      queues.commands.first()?.atMs ?? Infinity,
      queues.others.first()?.atMs ?? Infinity,
    );
    if (firstMs !== Infinity) {
      onTurn(monotonicMs() - firstMs);
    }
  }

  return {
    add(item, line) {
      const nowMs = monotonicMs();
      if (untilMs === null) {
        untilMs = nowMs + sliceMs.served;
        setImmediate(turn);
      }
      const isNext = line !== "commands" && waitingBefore(line) === 0 && nowMs < untilMs;
      if (isNext || queues[line].size() >= waitingMax) {
        take(item, 0);
      } else {
        queues[line].push({ item, atMs: nowMs });
      }
    },
    waiting: () => waitingBefore("refused"),
  };
}

interface Arrived<Item> {
  readonly item: Item;
  readonly atMs: number;
}

interface Queue<Item> {
  push(item: Item): void;
  shift(): Item | undefined;
  first(): Item | undefined;
  size(): number;
}

/** An array moves all that is behind its first when that is taken. */
function createQueue<Item>(): Queue<Item> {
  const compactFrom = 1_024;
  let items: Item[] = [];
  let first = 0;
  return {
    push(item) {
      items.push(item);
    },
    shift() {
      const item = items[first];
      if (item === undefined) {
        return undefined;
      }
      first += 1;
      if (first === items.length || first >= compactFrom) {
        items = items.slice(first);
        first = 0;
      }
      return item;
    },
    first: () => items[first],
    size: () => items.length - first,
  };
}
