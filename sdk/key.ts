const keyBytes = 16;

/**
 * An idempotency key that nobody else has: 128 random bits. `crypto.randomUUID` would do, but
 * browsers have it only on pages that came over TLS or from the machine itself.
 */
export function idempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(keyBytes));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
