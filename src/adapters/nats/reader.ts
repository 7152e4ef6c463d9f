import { setTimeout as delay } from "node:timers/promises";
import {
  AckPolicy,
  DeliverPolicy,
  jetstream,
  jetstreamManager,
  type ConsumerMessages,
  type JetStreamManager,
  type JsMsg,
  type StreamInfo,
} from "@nats-io/jetstream";
import { createInbox, nanos, type NatsConnection } from "@nats-io/transport-node";
import type { LogBatch } from "../../ports/carrier.ts";
import type { Fence } from "./fence.ts";
import { decodeBatch, type Undecodable } from "./messages.ts";
import { isStreamMissing, streamName } from "./stream.ts";

/** A consumer that is silent for twice as long is gone, with the stream or with its server. */
const heartbeatMs = 400;
const answerMsMax = 1_000;
/** A stream may be made at any time, by whoever sends first. */
const lookAgainMs = 200;
/** The server forgets a consumer that nobody listens to. */
const inactiveMs = 10_000;
/** Who missed more has read it from the record before it could be brought. */
const missedMax = 2_000;

export interface ReaderDeps {
  /** This node's; its own messages are known here. */
  readonly name: string;
  readonly chance: () => number;
  readonly fence: Fence;
  readonly received: (batch: LogBatch) => void;
  readonly undecodable: (what: Undecodable) => void;
  readonly failed: (what: string, error: unknown) => void;
}

/** Brings what is written to the stream, in order, from when it first looked. */
export interface Reader {
  follow(nats: NatsConnection, lost: AbortSignal): Promise<void>;
  /** Why the stream cannot be read; null where it can, or where nobody has made it yet. */
  problem(): string | null;
}

/** Which stream was read last, and how far. */
interface Place {
  /** When it was made; null where there was none. */
  readonly created: string | null;
  readonly sequence: number;
}

export function createReader(deps: ReaderDeps): Reader {
  let place: Place | null = null;
  let problem: string | null = null;

  /** The sequence alone tells nothing: a stream that was made anew counts from 1 again. */
  function placeIn({ created, state }: StreamInfo): Place {
    const end = state.last_seq;
    if (place === null) {
      return { created, sequence: end };
    }
    const goesOn = place.created === created && place.sequence <= end;
    const sequence = goesOn ? place.sequence : 0;
    return { created, sequence: end - sequence > missedMax ? end : sequence };
  }

  function take({ data, info: { streamSequence } }: JsMsg): void {
    const message = decodeBatch(data);
    if (typeof message === "string") {
      deps.undecodable(message);
      return;
    }
    deps.fence.observe(message.batch.holderEpoch, streamSequence);
    if (message.node !== deps.name) {
      deps.received(message.batch);
    }
  }

  /** Resolves when messages are missing or do not come any more. */
  async function listen(nats: NatsConnection, lost: AbortSignal): Promise<void> {
    const manager = await jetstreamManager(nats, { checkAPI: false, timeout: answerMsMax });
    const info = await manager.streams.info(streamName);
    let at = placeIn(info);
    place = at;
    const over = Promise.withResolvers<undefined>();
    const end = (): void => over.resolve(undefined);
    let delivered = 0;
    let listening = true;
    const callback = (message: JsMsg): void => {
      const { deliverySequence, streamSequence } = message.info;
      if (!listening || deliverySequence !== delivered + 1) {
        listening = false;
        end();
        return;
      }
      delivered = deliverySequence;
      at = { created: info.created, sequence: streamSequence };
      place = at;
      take(message);
    };
    const inbox = createInbox();
    const messages = await subscribe(nats, inbox, callback);
    lost.addEventListener("abort", end);
    try {
      await addConsumer(manager, inbox, at.sequence + 1);
      // A stream that was made anew in between would be read from a place that means nothing in it.
      const { created } = await manager.streams.info(streamName);
      if (created === info.created && !lost.aborted) {
        problem = null;
        void untilSilent(messages).then(end);
        await over.promise;
      }
    } finally {
      listening = false;
      lost.removeEventListener("abort", end);
      await messages.close();
    }
  }

  return {
    async follow(nats, lost) {
      const isLost = (): boolean => lost.aborted;
      while (!isLost()) {
        try {
          await listen(nats, lost);
        } catch (error) {
          if (isStreamMissing(error)) {
            place = { created: null, sequence: 0 };
            problem = null;
          } else if (!isLost()) {
            problem = error instanceof Error ? error.message : String(error);
            deps.failed("read", error);
          }
          const pauseMs = lookAgainMs * (0.5 + deps.chance());
          await delay(pauseMs, undefined, { signal: lost }).catch(() => undefined);
        }
      }
      problem = null;
    },
    problem: () => problem,
  };
}

async function subscribe(
  nats: NatsConnection,
  inbox: string,
  callback: (message: JsMsg) => void,
): Promise<ConsumerMessages> {
  const consumer = await jetstream(nats).consumers.getBoundPushConsumer({
    deliver_subject: inbox,
    idle_heartbeat: nanos(heartbeatMs),
    callback,
  });
  return await consumer.consume({ callback });
}

/** Without a name and in memory: the server forgets it, and it is made again. */
async function addConsumer(manager: JetStreamManager, inbox: string, from: number): Promise<void> {
  await manager.consumers.add(streamName, {
    deliver_subject: inbox,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: from,
    ack_policy: AckPolicy.None,
    flow_control: true,
    idle_heartbeat: nanos(heartbeatMs),
    inactive_threshold: nanos(inactiveMs),
    mem_storage: true,
    num_replicas: 1,
  });
}

async function untilSilent(messages: ConsumerMessages): Promise<void> {
  for await (const { type } of messages.status()) {
    if (type === "heartbeats_missed") {
      return;
    }
  }
}
