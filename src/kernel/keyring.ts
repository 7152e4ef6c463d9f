import { createHmac, timingSafeEqual } from "node:crypto";
import { assert, present } from "./assert.ts";

/**
 * Keys that sign, each with an id. The newest signs; all verify, so that what an older key signed
 * stays good for as long as the key is kept.
 */
export interface SigningKey {
  /** 1 to 255; in everything that the key signs. */
  readonly id: number;
  readonly secret: Uint8Array;
}

export interface Keyring {
  /** A tag over the purpose and the parts, made with the newest key. */
  sign(purpose: string, message: string): { readonly keyId: number; readonly tag: Buffer };
  verify(purpose: string, message: string, keyId: number, tag: Uint8Array): boolean;
  /** For the node's other threads. */
  readonly keys: readonly SigningKey[];
}

/** 128 bits: forging one by trial is out of reach, and cursors stay short. */
export const tagBytes = 16;

export function createKeyring(keys: readonly SigningKey[]): Keyring {
  assert(keys.length > 0, "a key ring has at least one key");
  const newest = keys.reduce((a, b) => (b.id > a.id ? b : a));
  const byId = new Map(keys.map((key) => [key.id, key]));

  function tagOf(key: SigningKey, purpose: string, message: string): Buffer {
    // A zero byte can't occur in a purpose, so no purpose and message can be read as another pair.
    return createHmac("sha256", key.secret)
      .update(purpose)
      .update("\u0000")
      .update(message)
      .digest()
      .subarray(0, tagBytes);
  }

  return {
    keys,
    sign: (purpose, message) => ({ keyId: newest.id, tag: tagOf(newest, purpose, message) }),
    verify(purpose, message, keyId, tag) {
      const key = byId.get(keyId);
      return (
        key !== undefined &&
        tag.length === tagBytes &&
        timingSafeEqual(tagOf(present(key, "key"), purpose, message), tag)
      );
    },
  };
}
