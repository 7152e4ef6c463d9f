import { LRUCache } from "lru-cache";
import type { MonotonicMs } from "./deadline.ts";

/**
 * A rate for each key, with room for a burst: a bucket that fills by `perSecond` up to `burst`, from
 * which every request takes one. It answers without a pause, so that it can stand before everything else.
 */
export interface TokenBuckets<K extends string | bigint> {
  /** Null: one was taken. Otherwise the bucket is empty, and this tells when there is one again. */
  take(key: K): Empty | null;
  readonly burst: number;
}

export interface Empty {
  /** In seconds, until there is one to take. */
  readonly waitS: number;
  /** In seconds, until the bucket is full. */
  readonly fullS: number;
}

export interface TokenBucketsOptions {
  readonly perSecond: number;
  readonly burst: number;
  /** Keys that are remembered; of more, those that came longest ago begin with a full bucket. */
  readonly keysMax: number;
  readonly monotonicMs: MonotonicMs;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

const msPerS = 1_000;

export function createTokenBuckets<K extends string | bigint>(
  options: TokenBucketsOptions,
): TokenBuckets<K> {
  const { perSecond, burst, monotonicMs } = options;
  const buckets = new LRUCache<K, Bucket>({ max: options.keysMax });

  return {
    burst,
    take(key) {
      const nowMs = monotonicMs();
      const bucket = buckets.get(key);
      if (bucket === undefined) {
        buckets.set(key, { tokens: burst - 1, atMs: nowMs });
        return null;
      }
      const filled = bucket.tokens + ((nowMs - bucket.atMs) * perSecond) / msPerS;
      bucket.tokens = Math.min(burst, filled);
      bucket.atMs = nowMs;
      if (bucket.tokens < 1) {
        return {
          waitS: (1 - bucket.tokens) / perSecond,
          fullS: (burst - bucket.tokens) / perSecond,
        };
      }
      bucket.tokens -= 1;
      return null;
    },
  };
}
