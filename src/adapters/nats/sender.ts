import { jetstream, jetstreamManager, type JetStreamClient } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { LogBatch } from "../../ports/carrier.ts";
import type { Counter, Logger } from "../../ports/telemetry.ts";
import type { Fence } from "./fence.ts";
import { encodeBatch } from "./messages.ts";
import {
  adaptStream,
  isWrongSequence,
  logSubject,
  readTail,
  streamName,
  type Tail,
} from "./stream.ts";

/** A batch that waits longer than some seconds has been read from the record meanwhile. */
const queuedBatchesMax = 64;
const answerMsMax = 1_000;
/** Somebody else wrote in between as many times: the next batch will tell who may. */
const attemptsMax = 4;
/** Headers of a message, which count against the server's limit. */
const headerBytesMax = 1_024;
/** Another node may write since, so that nothing shows whether the problem is still there. */
const problemMsMax = 5_000;
/** A cluster may grow; nothing tells. */
const adaptEveryMs = 30_000;

export interface SenderDeps {
  readonly name: string;
  readonly logger: Logger;
  readonly monotonicMs: () => number;
  readonly fence: Fence;
  readonly sent: Counter;
  /** By `reason`. */
  readonly dropped: Counter;
  readonly failed: (what: string, error: unknown) => void;
}

/** Writes batches to the stream, one after another. */
export interface Sender {
  send(batch: LogBatch): void;
  attach(nats: NatsConnection, lost: AbortSignal): void;
  /** Why the last batch could not be written; null where it was, or long ago. */
  problem(): string | null;
  /** Resolves when nothing is under way. */
  settled(): Promise<void>;
}

/** The stream as one connection sees it. */
interface Stream {
  readonly nats: NatsConnection;
  readonly client: JetStreamClient;
  readonly clustered: boolean;
  /** Null where the next batch has to look first. */
  tail: Tail | null;
  adaptedAtMs: number;
}

type Outcome = "sent" | "late" | "contended" | "failed";

export function createSender(deps: SenderDeps): Sender {
  const { name, monotonicMs, fence } = deps;
  const queue: LogBatch[] = [];
  let stream: Stream | null = null;
  let problem: { readonly text: string; readonly atMs: number } | null = null;
  let pumping: Promise<void> | null = null;

  function drop(reason: Exclude<Outcome, "sent"> | "away" | "full", batches = 1): void {
    deps.dropped.add(batches, { reason });
  }

  async function managerOf({ nats }: Stream) {
    return await jetstreamManager(nats, { checkAPI: false, timeout: answerMsMax });
  }

  async function lookAt(to: Stream): Promise<Tail> {
    const tail = await readTail(await managerOf(to), to.clustered);
    if (tail.holderEpoch !== null) {
      fence.observe(tail.holderEpoch, tail.sequence);
    }
    return tail;
  }

  async function adaptWhenDue(to: Stream): Promise<void> {
    const nowMs = monotonicMs();
    if (nowMs - to.adaptedAtMs < adaptEveryMs) {
      return;
    }
    to.adaptedAtMs = nowMs;
    try {
      await adaptStream(await managerOf(to), to.clustered);
    } catch (error) {
      // A stream that is not as it should be carries as well.
      deps.logger.debug({ err: error }, "The stream of the log stays as it is");
    }
  }

  /**
   * Writes where the stream ended when this node last looked, so that nobody's message stands in
   * between. Where it has gone on, its last message tells whether this holder still may.
   */
  async function write(to: Stream, text: string, holderEpoch: bigint): Promise<Outcome> {
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      to.tail ??= await lookAt(to);
      if (!fence.allows(holderEpoch)) {
        to.tail = null;
        return "late";
      }
      try {
        const { sequence: lastSequence } = to.tail;
        const expect = { streamName, lastSequence };
        const { seq } = await to.client.publish(logSubject, text, { timeout: answerMsMax, expect });
        to.tail = { sequence: seq, holderEpoch };
        fence.observe(holderEpoch, seq);
        return "sent";
      } catch (error) {
        to.tail = null;
        if (!isWrongSequence(error)) {
          throw error;
        }
      }
    }
    return "contended";
  }

  async function writeBatch(to: Stream, batch: LogBatch): Promise<Outcome> {
    const bytesMax = (to.nats.info?.max_payload ?? 0) - headerBytesMax;
    for (const text of encodeBatch(name, batch, bytesMax)) {
      const outcome = await write(to, text, batch.holderEpoch);
      if (outcome !== "sent") {
        // What follows would leave a gap, for which followers read the record anyway.
        return outcome;
      }
    }
    return "sent";
  }

  async function writeNext(to: Stream, batch: LogBatch): Promise<void> {
    try {
      await adaptWhenDue(to);
      const outcome = await writeBatch(to, batch);
      problem = null;
      if (outcome === "sent") {
        deps.sent.add(1, { kind: "batch" });
      } else {
        drop(outcome);
      }
    } catch (error) {
      to.tail = null;
      if (stream !== to) {
        drop("away");
        return;
      }
      const text = error instanceof Error ? error.message : String(error);
      problem = { text, atMs: monotonicMs() };
      deps.failed("send", error);
      drop("failed");
    }
  }

  async function pump(): Promise<void> {
    for (let batch = queue.shift(); batch !== undefined; batch = queue.shift()) {
      if (stream === null) {
        drop("away");
      } else {
        await writeNext(stream, batch);
      }
    }
    pumping = null;
  }

  return {
    send(batch) {
      if (stream === null) {
        drop("away");
        return;
      }
      const last = queue.at(-1);
      if (last?.holderEpoch === batch.holderEpoch && batch.events.length === 0) {
        const { position, watermark } = batch;
        queue[queue.length - 1] = { ...last, position, watermark };
        return;
      }
      queue.push(batch);
      if (queue.length > queuedBatchesMax) {
        queue.shift();
        drop("full");
      }
      pumping ??= pump();
    },
    attach(nats, lost) {
      const attached: Stream = {
        nats,
        client: jetstream(nats, { timeout: answerMsMax }),
        clustered: nats.info?.cluster !== undefined,
        tail: null,
        adaptedAtMs: Number.NEGATIVE_INFINITY,
      };
      stream = attached;
      problem = null;
      lost.addEventListener("abort", () => {
        stream = null;
        drop("away", queue.splice(0).length);
      });
    },
    problem() {
      const isRecent = problem !== null && monotonicMs() - problem.atMs < problemMsMax;
      return isRecent ? (problem?.text ?? null) : null;
    },
    async settled() {
      await pumping;
    },
  };
}
