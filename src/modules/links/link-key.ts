import { createHash } from "node:crypto";

/** Addresses that lead to the same page. */
export interface LinkKey {
  readonly hash: Buffer;
  /** Without the part that never leaves the browser. */
  readonly url: string;
}

/** Of an address as stories keep them; null: it is none. */
export function linkKeyOf(text: string): LinkKey | null {
  const url = URL.parse(text);
  if (url === null) {
    return null;
  }
  url.hash = "";
  return { hash: hashOf(url.href), url: url.href };
}

export function hashOf(content: string | Uint8Array): Buffer {
  return createHash("sha256").update(content).digest();
}
