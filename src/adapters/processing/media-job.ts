import { setTimeout as delay } from "node:timers/promises";
import { regularly } from "../../kernel/turns.ts";
import type { Clock } from "../../ports/clock.ts";
import type { MediaKind } from "../../ports/processing.ts";
import type { MediaChild } from "./media-child.ts";
import type { Answer, Work } from "./messages.ts";
import { mostOf, noUsage, sumOf, usageOf, type Usage } from "./usage.ts";

/** One file in a process for media, watched from the node. */

export interface JobOptions {
  readonly signal: AbortSignal;
  readonly bounds: Readonly<Record<MediaKind, TimeBounds>>;
  readonly clock: Clock;
}

export interface TimeBounds {
  /** CPU time; a file that wants more is too costly. */
  readonly cpuMsMax: number;
  /**
   * Whatever is computed meanwhile. That a machine is busy with people is not the file's fault, which may be
   * tried again; where the system does not tell CPU time, this is what the file may take.
   */
  readonly wallMsMax: number;
}

export interface Done {
  readonly answer: Answer;
  /** As far as it was seen. */
  readonly used: Usage;
}

/** A few times a second. */
const lookEveryMs = 100;
/** Who hangs in a broken disk cannot be killed, and is not waited for. */
const lingerMs = 2_000;
const tooCostly: Answer = { kind: "refused", fault: "too_costly" };

/**
 * A file that wants more than it is given is answered as `too_costly`. Rejects where the process ends of
 * itself or by another hand, and when `signal` is aborted. In all these cases the process is gone.
 */
export async function runJob(child: MediaChild, work: Work, options: JobOptions): Promise<Done> {
  const { signal, bounds, clock } = options;
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  // It may come to its end before it is waited for.
  promise.catch(() => undefined);
  const startMs = clock.monotonicMs();
  let media: MediaKind = "image";
  let programPid: number | null = null;
  let cpuMsBefore: number | null = null;
  let used = noUsage;
  let isDone = false;
  /** Why the process is killed; settles what is waited for when it has ended. */
  let verdict: (() => void) | null = null;

  function condemn(settle: () => void): void {
    if (verdict === null && !isDone) {
      verdict = settle;
      child.kill();
      void delay(lingerMs, undefined, { ref: false }).then(settle);
    }
  }

  async function measure(): Promise<number> {
    const own = child.pid === undefined ? null : await usageOf(child.pid);
    const program = programPid === null ? null : await usageOf(programPid);
    if (own === null) {
      return 0;
    }
    const now = sumOf(own, program);
    cpuMsBefore ??= now.cpuMs;
    used = mostOf(used, { ...now, cpuMs: now.cpuMs - cpuMsBefore });
    return now.memoryBytes;
  }

  async function judgeCost(): Promise<void> {
    const memoryBytes = await measure();
    if (memoryBytes > work.memoryBytesMax || used.cpuMs > bounds[media].cpuMsMax) {
      condemn(() => {
        resolve(tooCostly);
      });
    }
  }

  function judgeTime(): void {
    const { wallMsMax } = bounds[media];
    if (clock.monotonicMs() - startMs > wallMsMax) {
      condemn(() => {
        if (used === noUsage) {
          resolve(tooCostly);
        } else {
          const computed = `it computed for ${String(used.cpuMs)} ms`;
          reject(new Error(`a file is not done after ${String(wallMsMax)} ms; ${computed}`));
        }
      });
    }
  }

  const abort = (): void => {
    condemn(() => {
      reject(reasonOf(signal));
    });
  };
  const stopLooking = regularly(lookEveryMs, clock.monotonicMs, () => {
    judgeTime();
    void judgeCost();
  });
  signal.addEventListener("abort", abort);
  child.listen((message) => {
    if (message.kind === "sniffed") {
      ({ media } = message);
    } else if (message.kind === "program") {
      programPid = message.pid;
    } else if (verdict === null) {
      resolve(message);
    }
  });
  void child.ended.then((why) => {
    verdict?.();
    if (programPid !== null) {
      // Whoever ended it from outside has left what it started.
      child.kill();
    }
    reject(new Error(`a process for media ended: ${why}`));
  });
  try {
    await measure();
    child.send(work);
    const answer = await promise;
    isDone = true;
    await measure();
    return { answer, used };
  } finally {
    stopLooking();
    signal.removeEventListener("abort", abort);
    child.listen(() => undefined);
  }
}

export function reasonOf(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return reason instanceof Error ? reason : new Error(String(reason));
}
