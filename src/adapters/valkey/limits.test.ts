import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeLimits } from "../../../test/support/limits-contract.ts";
import { startValkey, valkeyMissing, type TestValkey } from "../../../test/support/valkey.ts";
import type { Limit, Limits } from "../../ports/limits.ts";
import { createLocalLimits } from "../memory/limits.ts";
import { createSharedLimits, type SharedLimits } from "./limits.ts";

/** A node that counts in Valkey, and what it has logged. */
interface Node {
  readonly limits: SharedLimits;
  readonly lines: string[];
}

const nodes: SharedLimits[] = [];
const limit: Limit = { name: "tries", max: 3, periodS: 60 };
const backMs = 10_000;

function openNode(url: string, name: string): Node {
  const lines: string[] = [];
  const note = (fields: object, text: string): void =>
    void lines.push(`${text} ${JSON.stringify(fields)}`);
  const limits = createSharedLimits({
    url,
    name,
    local: createLocalLimits(),
    logger: { debug: note, info: note, warn: note, error: note },
    monotonicMs: () => performance.now(),
  });
  nodes.push(limits);
  return { limits, lines };
}

async function untilFine(limits: SharedLimits): Promise<void> {
  await expect.poll(() => limits.trouble(), { timeout: backMs }).toBeNull();
}

async function openReady(url: string, name: string): Promise<Node> {
  const node = openNode(url, name);
  await untilFine(node.limits);
  return node;
}

/** How often it is let pass, of so many times. */
async function passes(limits: Limits, key: string, times: number): Promise<number> {
  let passed = 0;
  for (let n = 0; n < times; n += 1) {
    if ((await limits.take(limit, key)).isWithin) passed += 1;
  }
  return passed;
}

function describeShared(): void {
  describeLimits("Valkey", async () => {
    const valkey = await startValkey();
    const cell = new Map<string, SharedLimits>();
    return {
      async limits(name) {
        const known = cell.get(name) ?? (await openReady(valkey.url, name)).limits;
        cell.set(name, known);
        return known;
      },
      async stop() {
        for (const limits of cell.values()) limits.stop();
        await valkey.stop();
      },
    };
  });

  describe("limits in a Valkey that fails", () => {
    let valkey: TestValkey;

    beforeAll(async () => {
      valkey = await startValkey();
    });
    afterAll(async () => {
      for (const limits of nodes) limits.stop();
      await valkey.stop();
    });

    it("are those of each node while it is away, and say so", async () => {
      const [a, b] = [await openReady(valkey.url, "a"), await openReady(valkey.url, "b")];
      await valkey.kill();
      await expect.poll(() => a.limits.trouble()).toMatch(/^Valkey does not answer at 127/);
      expect(await passes(a.limits, "away", 5)).toBe(3);
      expect(await passes(b.limits, "away", 5)).toBe(3);
      expect(a.lines.join()).toContain("Valkey is away; each node counts for itself");
      await valkey.restart();
      await untilFine(a.limits);
      await untilFine(b.limits);
      expect(await passes(a.limits, "back", 2)).toBe(2);
      expect(await passes(b.limits, "back", 2)).toBe(1);
    });

    it("remember at each node what a Valkey without memory has lost", async () => {
      const { limits } = await openReady(valkey.url, "a");
      expect(await passes(limits, "kept", 2)).toBe(2);
      await valkey.restart();
      await untilFine(limits);
      expect(await passes(limits, "kept", 3)).toBe(1);
    });

    it("keep nobody waiting while it hangs", async () => {
      const { limits } = await openReady(valkey.url, "a");
      valkey.pause();
      try {
        const beganMs = performance.now();
        for (let n = 0; n < 40; n += 1) {
          expect(await passes(limits, `hangs ${String(n)}`, 1)).toBe(1);
        }
        // Each that waits takes a tenth of a second: few do, and not each.
        expect(performance.now() - beganMs).toBeLessThan(2_000);
        expect(limits.trouble()).not.toBeNull();
      } finally {
        valkey.resume();
      }
      await untilFine(limits);
    });

    it("are those of each node where the password is wrong", async () => {
      const { port } = new URL(valkey.url);
      const { limits, lines } = openNode(`redis://:open-sesame@127.0.0.1:${port}`, "a");
      await expect.poll(() => lines.length, { timeout: backMs }).toBeGreaterThan(0);
      expect(await passes(limits, "somebody", 5)).toBe(3);
      expect(limits.trouble()).not.toBeNull();
      expect(lines.join()).not.toMatch(/open-sesame|somebody/);
    });
  });
}

if (valkeyMissing === null) describeShared();
else it.skip(valkeyMissing);
