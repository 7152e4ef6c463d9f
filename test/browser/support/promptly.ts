import { expect } from "vitest";

/** What one device does is seen on the others within this, from the server's answer on. */
const seenMsMax = 2_000;
const lookEveryMs = 20;

/** Waits until something is seen, tells how long that took, and fails when it took too long. */
export async function promptly(
  what: string,
  seen: () => Promise<unknown>,
  wanted: unknown = true,
): Promise<void> {
  const start = performance.now();
  await expect
    .poll(seen, { timeout: seenMsMax, interval: lookEveryMs, message: what })
    .toEqual(wanted);
  console.log(`${what}: seen after ${Math.round(performance.now() - start)} ms`);
}
