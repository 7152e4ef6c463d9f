import { availableParallelism, loadavg } from "node:os";
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
  const options = { timeout: seenMsMax * slowness(), interval: lookEveryMs, message: what };
  await expect.poll(seen, options).toEqual(wanted);
  console.log(`${what}: seen after ${Math.round(performance.now() - start)} ms`);
}

/** How many wait for each processor, where that is more than one: everything takes so much longer. */
function slowness(): number {
  const [lastMinute = 0] = loadavg();
  return Math.max(1, lastMinute / availableParallelism());
}
