import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
  type StreamInfo,
} from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { decodeBatch } from "./messages.ts";

export const streamName = "MARU_LOG";
export const logSubject = "maru.log";

/** Of three servers one may be lost. */
const replicasMax = 3;
/** Who was away for longer reads the record. */
const ageMsMax = 60 * 60 * 1_000;
const bytesMax = 64 * 1024 * 1024;

const limits = { max_age: nanos(ageMsMax), max_bytes: bytesMax };

/** Where the stream ends. */
export interface Tail {
  readonly sequence: number;
  /** Who wrote the last message; null where it cannot be told. */
  readonly holderEpoch: bigint | null;
}

export function isStreamMissing(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound;
}

export function isWrongSequence(error: unknown): boolean {
  const codes: readonly number[] = [
    JetStreamApiCodes.StreamWrongLastSequence,
    JetStreamApiCodes.StreamWrongLastSequenceUnknown,
  ];
  return error instanceof JetStreamApiError && codes.includes(error.code);
}

async function create(manager: JetStreamManager, replicas: number): Promise<StreamInfo> {
  return await manager.streams.add({
    ...limits,
    name: streamName,
    subjects: [logSubject],
    storage: StorageType.Memory,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    num_replicas: replicas,
  });
}

/**
 * The stream, made where it is missing. How many servers there are is not asked: one that is alone
 * refuses more replicas than one, and so does a cluster of too few.
 */
export async function ensureStream(
  manager: JetStreamManager,
  clustered: boolean,
): Promise<StreamInfo> {
  try {
    return await manager.streams.info(streamName);
  } catch (error) {
    if (!isStreamMissing(error)) {
      throw error;
    }
  }
  try {
    return await create(manager, clustered ? replicasMax : 1);
  } catch (error) {
    if (!clustered || !(error instanceof JetStreamApiError)) {
      throw error;
    }
    return await create(manager, 1);
  }
}

/** Gives an existing stream the limits of this release and, where the cluster has grown, its replicas. */
export async function adaptStream(manager: JetStreamManager, clustered: boolean): Promise<void> {
  const { config } = await ensureStream(manager, clustered);
  const replicas = clustered ? replicasMax : config.num_replicas;
  const fits =
    config.num_replicas >= replicas &&
    config.max_age === limits.max_age &&
    config.max_bytes === limits.max_bytes;
  if (!fits) {
    const wanted = Math.max(replicas, config.num_replicas);
    await manager.streams.update(streamName, { ...config, ...limits, num_replicas: wanted });
  }
}

/** Where the stream ends and who wrote there. */
export async function readTail(manager: JetStreamManager, clustered: boolean): Promise<Tail> {
  const { state } = await ensureStream(manager, clustered);
  const sequence = state.last_seq;
  const last =
    state.messages === 0 ? null : await manager.streams.getMessage(streamName, { seq: sequence });
  const message = last === null ? "malformed" : decodeBatch(last.data);
  return { sequence, holderEpoch: typeof message === "string" ? null : message.batch.holderEpoch };
}
