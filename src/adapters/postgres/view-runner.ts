import type { Id } from "../../kernel/id.ts";
import type { EventEnvelope, View } from "../../ports/log.ts";
import type { Logger } from "../../ports/telemetry.ts";

/** Batches that wait in memory for a slow view; what does not fit is read again from the record. */
const queuedEventsMax = 10_000;
/** Events applied right after commit whose position is not known yet. */
const earlyEventsMax = 100_000;
const readBatchSize = 1_000;
const retryFirstMs = 50;
const retryMaxMs = 5_000;

export interface ViewRunnerDeps {
  readonly view: View;
  readonly logger: Logger;
  readonly read: (after: number, limit: number) => Promise<readonly EventEnvelope[]>;
  /** Called whenever the view has applied a further position. */
  readonly progressed: () => void;
  readonly failed: () => void;
}

/**
 * Brings events to one view: positioned ones in order, each until it succeeds, and committed ones
 * at once. Views stand apart, so one that fails leaves the others up to date.
 *
 * While a view awaits, another event may be applied early, so what it does must come to the same in
 * any order. What it does not await happens at once.
 */
export interface ViewRunner {
  readonly name: string;
  start(position: number): void;
  applied(): number;
  /** Why the view does not go on; null when it does. */
  stuck(): string | null;
  /** Positioned events that follow each other (or none), and the log's last position. */
  offer(events: readonly EventEnvelope[], position: number): void;
  /** The events of a transaction, right after its commit. True once the view has them all. */
  committed(events: readonly EventEnvelope[]): boolean | Promise<boolean>;
  /** Forgets what waits for its position: it belongs to a history that is over. */
  forgetEarly(): void;
  /** Begins nothing more; resolves when what it was doing has come to an end. */
  stop(): Promise<void>;
}

export function createViewRunner(deps: ViewRunnerDeps): ViewRunner {
  const { view, logger } = deps;
  const types = new Set(view.types);
  const early = new Map<Id, boolean | Promise<boolean>>();
  /** Events of the newest transaction that came with positions; they are not early any more. */
  let positionedTransaction = -1n;
  const positionedIds = new Set<Id>();
  const batches: (readonly EventEnvelope[])[] = [];
  let queued = 0;
  let tail = 0;
  let target = 0;
  let applied = 0;
  let pumping = false;
  let pumped: Promise<void> = Promise.resolve();
  let delivering: Promise<void> | null = null;
  let stuck: string | null = null;
  let stopped = false;
  let endPause: (() => void) | null = null;

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  function report(error: unknown, what: string, fields: object): void {
    deps.failed();
    logger.error({ err: error, view: view.name, ...fields }, what);
  }

  /** Applies without a promise where the view needs none, because nearly all events are like that. */
  function apply(event: EventEnvelope, repeated: boolean): undefined | Promise<void> {
    const result = view.apply(event, { repeated });
    return result instanceof Promise ? result : undefined;
  }

  async function applyUntilDone(event: EventEnvelope, repeated: boolean): Promise<void> {
    for (let waitMs = retryFirstMs; !stopped; waitMs = Math.min(2 * waitMs, retryMaxMs)) {
      try {
        await apply(event, repeated);
        stuck = null;
        return;
      } catch (error) {
        stuck = `cannot apply position ${String(event.position)}`;
        report(error, "A view cannot apply an event; trying again", { eventId: String(event.id) });
        await pause(waitMs);
      }
    }
  }

  async function deliverLater(
    event: EventEnvelope,
    before: boolean | Promise<boolean>,
  ): Promise<void> {
    await applyUntilDone(event, await before);
  }

  function deliver(event: EventEnvelope): undefined | Promise<void> {
    if (event.transactionId !== positionedTransaction) {
      positionedTransaction = event.transactionId;
      positionedIds.clear();
    }
    positionedIds.add(event.id);
    if (!types.has(event.type)) {
      return undefined;
    }
    const before = early.get(event.id) ?? false;
    early.delete(event.id);
    if (typeof before !== "boolean") {
      return deliverLater(event, before);
    }
    try {
      const result = apply(event, before);
      return result?.catch(() => applyUntilDone(event, before));
    } catch {
      return applyUntilDone(event, before);
    }
  }

  function takeQueued(): readonly EventEnvelope[] | null {
    const batch = batches.shift() ?? null;
    queued -= batch?.length ?? 0;
    return batch;
  }

  async function readOn(): Promise<readonly EventEnvelope[]> {
    const read = await deps.read(applied, readBatchSize);
    const first = read[0]?.position ?? null;
    if (first !== applied + 1) {
      throw new Error(`the log goes on at ${String(first)}, and not at ${applied + 1}`);
    }
    return read;
  }

  async function applyBatch(batch: readonly EventEnvelope[]): Promise<void> {
    for (const event of batch) {
      const position = event.position ?? 0;
      if (position > applied && !stopped) {
        const delivery = deliver(event);
        if (delivery !== undefined) {
          delivering = delivery;
          await delivery;
          delivering = null;
        }
        applied = position;
        deps.progressed();
      }
    }
  }

  async function pump(): Promise<void> {
    pumping = true;
    let waitMs = retryFirstMs;
    while (!stopped) {
      try {
        const batch = takeQueued();
        if (batch === null && target <= applied) {
          break;
        }
        await applyBatch(batch ?? (await readOn()));
        stuck = null;
        waitMs = retryFirstMs;
      } catch (error) {
        stuck = `cannot read the log after ${applied}`;
        report(error, "A view cannot read the log; trying again", { after: applied });
        await pause(waitMs);
        waitMs = Math.min(2 * waitMs, retryMaxMs);
      }
    }
    pumping = false;
  }

  function applyEarly(event: EventEnvelope): boolean | Promise<boolean> {
    if (!types.has(event.type)) {
      return true;
    }
    if (event.transactionId < positionedTransaction || positionedIds.has(event.id)) {
      // The relay was quicker than this commit's answer.
      return delivering === null ? true : delivering.then(() => true);
    }
    if (early.size >= earlyEventsMax) {
      return false;
    }
    const failed = (error: unknown): boolean => {
      report(error, "A view cannot apply an event early; it will when the position comes", {
        eventId: String(event.id),
      });
      return false;
    };
    try {
      const outcome = apply(event, false)?.then(() => true, failed) ?? true;
      early.set(event.id, outcome);
      return outcome;
    } catch (error) {
      return failed(error);
    }
  }

  async function applyEarlyInOrder(
    first: Promise<boolean>,
    rest: readonly EventEnvelope[],
  ): Promise<boolean> {
    let all = await first;
    for (const event of rest) {
      all = (await applyEarly(event)) && all;
    }
    return all;
  }

  return {
    name: view.name,
    start(position) {
      applied = position;
      target = position;
      tail = position;
    },
    applied: () => applied,
    stuck: () => stuck,
    offer(events, position) {
      target = Math.max(target, position);
      if (batches.length === 0) {
        tail = Math.max(tail, applied);
      }
      const news = events.filter((event) => (event.position ?? 0) > tail);
      if (news[0]?.position === tail + 1 && queued + news.length <= queuedEventsMax) {
        batches.push(news);
        queued += news.length;
        tail += news.length;
      }
      if (!pumping) {
        // What needs no promise is done when this returns.
        pumped = pump();
      }
    },
    committed(events) {
      let all = true;
      for (const [index, event] of events.entries()) {
        const outcome = applyEarly(event);
        if (typeof outcome !== "boolean") {
          const rest = applyEarlyInOrder(outcome, events.slice(index + 1));
          return rest.then((others) => others && all);
        }
        all &&= outcome;
      }
      return all;
    },
    forgetEarly() {
      early.clear();
      positionedTransaction = -1n;
      positionedIds.clear();
    },
    async stop() {
      stopped = true;
      endPause?.();
      await pumped;
    },
  };
}
