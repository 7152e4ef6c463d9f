import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { CarrierReceiver, LogBatch, LogCarrier } from "../../src/ports/carrier.ts";
import type { EventEnvelope } from "../../src/ports/event.ts";

/** A cell's carrier, whose nodes are named by the tests. */
export interface CarrierCell {
  carrier(name: string): LogCarrier;
  stop(): Promise<void>;
}

/** What a node was brought, and what it answers. */
export interface HeardReceiver extends CarrierReceiver {
  readonly batches: LogBatch[];
  readonly spreads: (readonly EventEnvelope[])[];
  wakes(): number;
  /** From now on, to what is spread. */
  answer(next: boolean | Promise<boolean>): void;
}

export function listen(): HeardReceiver {
  const batches: LogBatch[] = [];
  const spreads: (readonly EventEnvelope[])[] = [];
  let wakes = 0;
  let answer: boolean | Promise<boolean> = true;
  return {
    batches,
    spreads,
    wakes: () => wakes,
    answer(next) {
      answer = next;
    },
    moved: (batch) => void batches.push(batch),
    woken: () => (wakes += 1),
    spread(events) {
      spreads.push(events);
      return answer;
    },
  };
}

/** Something happened; positions are null until the log gives them. */
export function happened(n: number, position: number | null, text = "é\u2028🙂"): EventEnvelope {
  return {
    id: 2n ** 62n + BigInt(n),
    type: "things.made.v1",
    aggregate: { type: "thing", id: BigInt(n), version: n },
    actorId: n % 2 === 0 ? null : 7n,
    data: { n, text, list: [1, null, { deep: true }] },
    log: "main",
    epoch: 1,
    position,
    transactionId: 2n ** 60n + BigInt(n),
    region: 0,
    atMs: 1_790_000_000_000 + n,
    requestId: `request-${n}`,
    traceparent: null,
  };
}

/** Positions `from` to `to`, by the holder of this epoch. */
export function batchOf(holderEpoch: bigint, from: number, to = from): LogBatch {
  const events = Array.from({ length: to - from + 1 }, (_, n) => happened(from + n, from + n));
  const xmin = 2n ** 60n + BigInt(to) + 1n;
  return { holderEpoch, events, position: to, watermark: { epoch: 1, xmin, position: to } };
}

export function positionsOf(batches: readonly LogBatch[]): (number | null)[] {
  return batches.flatMap(({ events }) => events.map(({ position }) => position));
}

/** Time alone has passed: the log is at this position. */
export function heartbeatOf(holderEpoch: bigint, position: number): LogBatch {
  return { ...batchOf(holderEpoch, position), events: [] };
}

const stopMsMax = 1_000;

/** What every carrier does while nothing fails. */
export function describeCarrier(title: string, openCell: () => Promise<CarrierCell>): void {
  describe(`a carrier of the log: ${title}`, () => {
    let cell: CarrierCell;
    let nodes = 0;
    const started: LogCarrier[] = [];

    async function join(): Promise<[string, LogCarrier, HeardReceiver]> {
      nodes += 1;
      const name = `node-${nodes}`;
      const carrier = cell.carrier(name);
      const heard = listen();
      started.push(carrier);
      await carrier.start(heard);
      await expect.poll(() => carrier.trouble()).toBeNull();
      return [name, carrier, heard];
    }

    /** Nodes that hear each other: what is sent before may be lost. */
    async function joinThree() {
      const all = [await join(), await join(), await join()] as const;
      const [, first] = all[0];
      await expect
        .poll(() => {
          first.send(heartbeatOf(1n, 0));
          return all.slice(1).every(([, , heard]) => heard.batches.length > 0);
        })
        .toBe(true);
      await expect
        .poll(() => {
          first.wake();
          return all.slice(1).every(([, , heard]) => heard.wakes() > 0);
        })
        .toBe(true);
      return all;
    }

    beforeAll(async () => {
      cell = await openCell();
    });
    afterEach(async () => {
      await Promise.all(started.splice(0).map((carrier) => carrier.stop()));
    });
    afterAll(async () => {
      await cell.stop();
    });

    it("brings batches to all other nodes, as they were and in order", async () => {
      const [[, sender, own], [, , second], [, , third]] = await joinThree();
      const batches = Array.from({ length: 30 }, (_, n) => batchOf(1n, 10 * n + 1, 10 * n + 10));
      for (const batch of batches) {
        sender.send(batch);
      }
      const withEvents = (heard: HeardReceiver): LogBatch[] =>
        heard.batches.filter(({ events }) => events.length > 0);
      await expect.poll(() => withEvents(second).length).toBe(batches.length);
      await expect.poll(() => withEvents(third).length).toBe(batches.length);
      expect(withEvents(second)).toEqual(batches);
      expect(withEvents(third)).toEqual(batches);
      expect(own.batches).toEqual([]);
    });

    it("brings how far the log is where there are no events", async () => {
      const [[, sender], [, , other]] = await joinThree();
      sender.send(heartbeatOf(1n, 77));
      await expect.poll(() => other.batches.at(-1)).toEqual(heartbeatOf(1n, 77));
    });

    it("wakes the other nodes, and not the one that calls", async () => {
      const [[, caller, own], [, , second], [, , third]] = await joinThree();
      const before = [second.wakes(), third.wakes()] as const;
      caller.wake();
      await expect.poll(() => second.wakes()).toBeGreaterThan(before[0]);
      await expect.poll(() => third.wakes()).toBeGreaterThan(before[1]);
      expect(own.wakes()).toBe(0);
    });

    it("tells who has what was spread, when they have it", async () => {
      const [[, caller, own], [secondName, , second], [thirdName, , third]] = await joinThree();
      const later = Promise.withResolvers<boolean>();
      third.answer(later.promise);
      const applied: string[] = [];
      const events = [happened(1, null), happened(2, null)];
      caller.spread(events, (node) => applied.push(node));
      await expect.poll(() => applied).toEqual([secondName]);
      await expect.poll(() => third.spreads).toEqual([events]);
      expect(second.spreads).toEqual([events]);
      expect(applied).toEqual([secondName]);
      later.resolve(true);
      await expect.poll(() => applied).toEqual([secondName, thirdName]);
      expect(own.spreads).toEqual([]);
    });

    it("tells nothing of a node that does not have what was spread", async () => {
      const [[, caller], [secondName, , second], [thirdName, , third]] = await joinThree();
      second.answer(false);
      const applied: string[] = [];
      caller.spread([happened(1, null)], (node) => applied.push(node));
      await expect.poll(() => applied).toEqual([thirdName]);
      await expect.poll(() => second.spreads.length).toBe(1);
      // What comes later has overtaken nothing: the first answer of the second node would be there.
      second.answer(true);
      caller.spread([happened(2, null)], (node) => applied.push(node));
      await expect.poll(() => applied.length).toBe(3);
      expect(applied.filter((node) => node === secondName)).toHaveLength(1);
      expect(third.spreads).toHaveLength(2);
    });

    it("tells nothing any more once the caller has enough", async () => {
      const [[, caller], [, , second], [thirdName]] = await joinThree();
      const later = Promise.withResolvers<boolean>();
      second.answer(later.promise);
      const applied: string[] = [];
      const end = caller.spread([happened(1, null)], (node) => applied.push(node));
      await expect.poll(() => applied).toEqual([thirdName]);
      end();
      later.resolve(true);
      const next: string[] = [];
      caller.spread([happened(2, null)], (node) => next.push(node));
      await expect.poll(() => next.length).toBe(2);
      expect(applied).toEqual([thirdName]);
    });

    it("takes everything before its start and after its end, and does nothing", async () => {
      const carrier = cell.carrier("early");
      const use = (): void => {
        carrier.send(batchOf(1n, 1));
        carrier.wake();
        carrier.spread([happened(1, null)], () => expect.unreachable())();
      };
      use();
      await carrier.start(listen());
      await expect.poll(() => carrier.trouble()).toBeNull();
      const beganMs = performance.now();
      await carrier.stop();
      expect(performance.now() - beganMs).toBeLessThan(stopMsMax);
      use();
    });

    it("does not bring anything to a node that has stopped", async () => {
      const [[, sender], [, second, stopped], [, , third]] = await joinThree();
      await second.stop();
      const before = stopped.batches.length;
      sender.send(batchOf(1n, 500));
      await expect.poll(() => positionsOf(third.batches)).toContain(500);
      expect(stopped.batches).toHaveLength(before);
    });
  });
}
