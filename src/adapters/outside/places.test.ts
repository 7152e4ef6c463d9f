import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPlaces } from "./places.ts";

const never = new AbortController().signal;

describe("places", () => {
  it("go to who came first, save where the host has none", async () => {
    const places = createPlaces({ openMax: 2, openToHostMax: 1, waitingMax: 10 });
    const order: string[] = [];
    const enter = async (host: string): Promise<() => void> => {
      const leave = await places.enter(host, never);
      order.push(host);
      return leave;
    };
    const first = await enter("a");
    const second = enter("a");
    const third = await enter("b");
    const fourth = enter("c");
    expect(order).toEqual(["a", "b"]);
    third();
    // The second came before, but its host is taken.
    (await fourth)();
    first();
    (await second)();
    expect(order).toEqual(["a", "b", "c", "a"]);
  });

  it("are not waited for by who has given up", async () => {
    const places = createPlaces({ openMax: 1, openToHostMax: 1, waitingMax: 1 });
    const leave = await places.enter("a", never);
    const waiting = new AbortController();
    const given = places.enter("a", waiting.signal);
    await expect(places.enter("a", never)).rejects.toMatchObject({
      kind: { code: "request.unavailable" },
    });
    waiting.abort(new Error("gone"));
    await expect(given).rejects.toThrow("gone");
    const next = places.enter("a", never);
    leave();
    leave();
    const leaveNext = await next;
    leaveNext();
    await expect(places.enter("a", waiting.signal)).rejects.toThrow("gone");
  });

  it("are never more than there are, and all of them are used", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 3 }), { maxLength: 40 }), async (hosts) => {
        const limits = { openMax: 3, openToHostMax: 2, waitingMax: 100 };
        const places = createPlaces(limits);
        const open = new Map<number, number>();
        const count = (): number => [...open.values()].reduce((sum, value) => sum + value, 0);
        const visit = async (host: number): Promise<void> => {
          const leave = await places.enter(String(host), never);
          open.set(host, (open.get(host) ?? 0) + 1);
          expect(count()).toBeLessThanOrEqual(limits.openMax);
          expect(open.get(host)).toBeLessThanOrEqual(limits.openToHostMax);
          await new Promise((resolve) => setImmediate(resolve));
          open.set(host, (open.get(host) ?? 0) - 1);
          leave();
        };
        await Promise.all(hosts.map(visit));
        expect(count()).toBe(0);
      }),
      { numRuns: 50 },
    );
  });
});
