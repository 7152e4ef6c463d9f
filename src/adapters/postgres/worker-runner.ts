import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../../ports/clock.ts";
import type { DurableWorker, WorkDone } from "../../ports/log.ts";
import type { RecordPort } from "../../ports/record.ts";
import type { Logger } from "../../ports/telemetry.ts";
import { backOffMs, errorText, isEventsFault, type BackOff } from "./consumer-failure.ts";
import { contextOf } from "./consumer-runner.ts";
import { createSignal } from "./signal.ts";
import { beginAttempt, type Attempt, type AttemptOutcome } from "./worker-attempt.ts";
import { createWorkLeases } from "./worker-leases.ts";
import type { PutOff, WorkEntry, WorkList } from "./worker-list.ts";
import type { WorkTiming } from "./worker-timing.ts";

/** The record failed, or the way to it. */
const failureMs = 1_000;
/** Something that the work needs is away. */
const unavailableMs = 2_000;

/** `lost`: another node had begun it anew. `let_go`: given back, and the attempt is not counted. */
export type WorkOutcome = "done" | "failed" | "dead" | "let_go" | "lost";

export interface WorkerRunnerDeps {
  readonly worker: DurableWorker;
  readonly list: WorkList;
  readonly record: () => RecordPort;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly backOff: BackOff;
  /** 0 to 1. */
  readonly chance: () => number;
  readonly timing: WorkTiming;
  /** `ms`: how long the attempt took, with its end in the record. */
  readonly ended: (outcome: WorkOutcome, ms: number) => void;
}

/** Runs one worker on this node. */
export interface WorkerRunner {
  readonly worker: DurableWorker;
  start(): void;
  /** Ends when all that it had is ended or given back; what ignores its signal is left. */
  stop(): Promise<void>;
  /** Something is due. */
  wake(): void;
  /** Works that have not returned; those whose time is over, too. */
  running(): number;
}

export function createWorkerRunner(deps: WorkerRunnerDeps): WorkerRunner {
  const { worker, list, record, clock, logger, backOff, chance, timing, ended } = deps;
  const signal = createSignal();
  const leases = createWorkLeases({ list, monotonicMs: clock.monotonicMs, ...timing });
  const stopping = new AbortController();
  const attempts = new Set<Attempt>();
  const serving = new Map<string, Promise<void>>();
  let slots = 0;
  let restUntilMs = 0;
  /** What was taken may not have been told, by a connection that was lost. */
  let isInDoubt = false;
  let loop: Promise<void> = Promise.resolve();
  const isStopped = (): boolean => stopping.signal.aborted;

  /** Whatever waits for its time here also ends with the node. */
  function pause(ms: number): Promise<unknown> {
    return delay(ms, undefined, { signal: stopping.signal }).catch(() => undefined);
  }

  /** What has been worked for minutes is not lost for a moment without the record. */
  async function untilAnswered<T>(entry: WorkEntry, ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (isStopped() || isEventsFault(error)) {
          throw error;
        }
        logger.warn(fieldsOf(entry, error), "Work could not be ended in the record; trying again");
      }
      await pause(failureMs);
    }
  }

  const fieldsOf = ({ event, attempts: count }: WorkEntry, err?: unknown): object => ({
    ...(err === undefined ? {} : { err }),
    worker: worker.name,
    eventId: String(event.id),
    attempt: count,
  });

  /** The end of the work and its effects are one transaction. */
  async function finish(entry: WorkEntry, done: WorkDone): Promise<WorkOutcome> {
    try {
      const { value } = await untilAnswered(entry, () =>
        record().write(contextOf(entry.event), async (tx) => {
          const isOurs = await list.remove(tx, entry);
          if (isOurs) {
            await done(tx);
          }
          return isOurs;
        }),
      );
      return value ? "done" : "lost";
    } catch (error) {
      if (!isEventsFault(error)) {
        throw error;
      }
      return fail(entry, error);
    }
  }

  async function fail(entry: WorkEntry, error: unknown): Promise<WorkOutcome> {
    if (entry.attempts >= worker.attemptsMax) {
      return bury(entry, error);
    }
    const { attempts: count } = entry;
    const waitMs = backOffMs(backOff, count, chance());
    if (!(await putOff(entry, { waitMs, attempts: count, error: errorText(error) }))) {
      return "lost";
    }
    logger.warn({ ...fieldsOf(entry, error), waitMs }, "Work has failed; trying again");
    return "failed";
  }

  async function bury(entry: WorkEntry, error: unknown): Promise<WorkOutcome> {
    const context = contextOf(entry.event);
    const how = { attempts: worker.attemptsMax, error: errorText(error) };
    try {
      const { value } = await untilAnswered(entry, () =>
        record().write(context, async (tx) => {
          const isOurs = await list.bury(tx, entry, how);
          if (isOurs) {
            await worker.gaveUp?.(context, entry.event, tx);
          }
          return isOurs;
        }),
      );
      if (!value) {
        return "lost";
      }
    } catch (fault) {
      if (!isEventsFault(fault)) {
        throw fault;
      }
      // Nobody would be told, so it is no dead letter before that succeeds.
      logger.error(fieldsOf(entry, fault), "Work could not be given up; trying again");
      const attempts = worker.attemptsMax + 1;
      const isOurs = await putOff(entry, { ...how, waitMs: backOff.maxMs, attempts });
      return isOurs ? "failed" : "lost";
    }
    logger.error(fieldsOf(entry, error), "Work was given up; its event is a dead letter now");
    return "dead";
  }

  async function putOff(entry: WorkEntry, how: PutOff): Promise<boolean> {
    const isOurs = await untilAnswered(entry, () => list.putOff(entry, how));
    if (how.waitMs < timing.pollMs && !isStopped()) {
      setTimeout(signal.raise, how.waitMs).unref();
    }
    return isOurs;
  }

  /** As if it had not been taken. */
  async function giveBack(entry: WorkEntry, waitMs: number): Promise<WorkOutcome> {
    const isOurs = await putOff(entry, { waitMs, attempts: entry.attempts - 1, error: null });
    return isOurs ? "let_go" : "lost";
  }

  async function settle(entry: WorkEntry, outcome: AttemptOutcome): Promise<WorkOutcome> {
    switch (outcome.kind) {
      case "done":
        return finish(entry, outcome.done);
      case "failed":
        return fail(entry, outcome.error);
      case "let go":
        return giveBack(entry, 0);
      case "unavailable": {
        const fields = fieldsOf(entry, outcome.error);
        logger.warn(fields, "Work lacks something that is away; trying again");
        restUntilMs = clock.monotonicMs() + unavailableMs;
        return giveBack(entry, unavailableMs);
      }
    }
  }

  /** One attempt, until its entry is ended or given back; its slot is free when the work has returned. */
  async function attempt(entry: WorkEntry, takenMs: number): Promise<void> {
    const begun = beginAttempt(
      (aborted) => worker.work(contextOf(entry.event), entry.event, aborted),
      { timeoutMs: worker.timeoutMs, graceMs: timing.graceMs },
    );
    attempts.add(begun);
    const held = leases.hold(entry, takenMs, () => {
      begun.letGo("The node has lost its lease of this work", timing.graceMs);
    });
    try {
      const outcome = await begun.outcome;
      if (!begun.hasReturned()) {
        logger.error(fieldsOf(entry), "Work does not heed its signal, and keeps its place");
      }
      ended(await settle(entry, outcome), clock.monotonicMs() - takenMs);
    } finally {
      held.release();
      attempts.delete(begun);
      void begun.returned.then(freeSlot);
    }
  }

  function freeSlot(): void {
    slots -= 1;
    signal.raise();
  }

  /** Whoever had the last attempt ended with it; or could not give it up, and left what it failed with. */
  async function buryUntried(entry: WorkEntry, takenMs: number): Promise<void> {
    try {
      const { attempts: count, lastError } = entry;
      const died = "The last attempt ended with its process, or with the node's lease";
      const earlier = lastError === null ? "" : `; the one before: ${lastError}`;
      const error = count === worker.attemptsMax + 1 ? died + earlier : (lastError ?? died);
      ended(await bury(entry, error), clock.monotonicMs() - takenMs);
    } finally {
      freeSlot();
    }
  }

  function begin(entry: WorkEntry, takenMs: number): void {
    slots += 1;
    const isSpent = entry.attempts > worker.attemptsMax;
    const served = (isSpent ? buryUntried(entry, takenMs) : attempt(entry, takenMs))
      .catch((error: unknown) => {
        // Its lease ends by itself, and whoever takes it next counts one more.
        logger.error(fieldsOf(entry, error), "Work could not be ended in the record");
      })
      .finally(() => serving.delete(entry.lease));
    serving.set(entry.lease, served);
  }

  /** Begins what is due, and says how long to rest. */
  async function turn(): Promise<number> {
    const free = worker.atOnceMax - slots;
    const restMs = restUntilMs - clock.monotonicMs();
    if (free <= 0 || restMs > 0) {
      return restMs > 0 ? restMs : timing.pollMs;
    }
    try {
      if (isInDoubt) {
        await list.takeBack([...serving.keys()], 1);
        isInDoubt = false;
      }
      const takenMs = clock.monotonicMs();
      const entries = await list.take(free);
      if (isStopped()) {
        await Promise.all(entries.map((entry) => giveBack(entry, 0)));
      } else {
        entries.forEach((entry) => {
          begin(entry, takenMs);
        });
      }
      return timing.pollMs;
    } catch (error) {
      isInDoubt = true;
      logger.warn({ err: error, worker: worker.name }, "A worker could not go on; trying again");
      return failureMs;
    }
  }

  async function run(): Promise<void> {
    while (!isStopped()) {
      const restMs = await turn();
      if (!isStopped()) {
        await signal.wait(restMs);
      }
    }
  }

  return {
    worker,
    start() {
      loop = run();
    },
    async stop() {
      stopping.abort();
      signal.raise();
      for (const begun of attempts) {
        begun.letGo("The node is stopping", timing.stopGraceMs);
      }
      await loop;
      await Promise.all(serving.values());
    },
    wake: signal.raise,
    running: () => slots,
  };
}
