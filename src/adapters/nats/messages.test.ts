import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { happened } from "../../../test/support/carrier-contract.ts";
import type { LogBatch } from "../../ports/carrier.ts";
import type { EventEnvelope, JsonObject } from "../../ports/event.ts";
import { decodeBatch, decodeSpread, encodeBatch, encodeSpread } from "./messages.ts";

const runs = 300;
const room = 1_048_576;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const id = fc.bigInt({ min: 1n, max: 2n ** 63n - 1n });
const count = fc.nat();
const data = fc
  .dictionary(fc.string(), fc.jsonValue())
  // What JSON itself keeps is the same after one round.
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonObject);

const anyEvent: fc.Arbitrary<EventEnvelope> = fc.record({
  id,
  type: fc.string(),
  aggregate: fc.record({ type: fc.string(), id, version: count }),
  actorId: fc.option(id),
  data,
  log: fc.string(),
  epoch: count,
  position: fc.option(count),
  transactionId: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  region: count,
  atMs: fc.maxSafeNat(),
  requestId: fc.string(),
  traceparent: fc.option(fc.string()),
});

const anyBatch: fc.Arbitrary<LogBatch> = fc.record({
  holderEpoch: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
  events: fc.array(anyEvent, { maxLength: 5 }),
  position: fc.maxSafeNat(),
  watermark: fc.record({
    epoch: count,
    xmin: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    position: fc.maxSafeNat(),
  }),
});

function decoded(texts: readonly string[]): LogBatch[] {
  return texts.map((text) => {
    const message = decodeBatch(bytes(text));
    if (typeof message === "string") throw new Error(message);
    return message.batch;
  });
}

/** Positions from 1 on; each event with a text of so many characters. */
function batchOfSizes(sizes: readonly number[]): LogBatch {
  const events = sizes.map((size, n) => happened(n + 1, n + 1, "é".repeat(size)));
  const position = sizes.length;
  return { holderEpoch: 4n, events, position, watermark: { epoch: 2, xmin: 2n ** 61n, position } };
}

describe("a message of the log", () => {
  it("comes back as it was", () => {
    fc.assert(
      fc.property(anyBatch, fc.string(), (batch, node) => {
        const texts = encodeBatch(node, batch, room);
        expect(texts).toHaveLength(1);
        expect(decodeBatch(bytes(texts[0]!))).toEqual({ node, batch });
      }),
      { numRuns: runs },
    );
  });

  it("comes in parts that fit, follow each other, and say how far the log is with them", () => {
    const bytesMax = 4_096;
    const sizes = fc.array(fc.nat({ max: 2_000 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(sizes, (drawn) => {
        const batch = batchOfSizes(drawn);
        const texts = encodeBatch("a", batch, bytesMax);
        expect(Math.max(...texts.map((text) => Buffer.byteLength(text)))).toBeLessThanOrEqual(
          bytesMax,
        );
        let at = 0;
        for (const part of decoded(texts)) {
          expect(part.holderEpoch).toBe(batch.holderEpoch);
          expect(part.watermark.position).toBe(part.position);
          expect(part.position).toBeGreaterThan(at);
          if (part.events.length > 0) {
            expect(part.events).toEqual(batch.events.slice(at, part.position));
            // Whatever is below the watermark has come: the last transaction may go on.
            expect(part.events.at(-1)!.transactionId).toBeGreaterThanOrEqual(
              part.position === batch.position ? 0n : part.watermark.xmin,
            );
          }
          at = part.position;
        }
        expect(decoded(texts).at(-1)).toMatchObject({
          position: batch.position,
          watermark: batch.watermark,
        });
      }),
      { numRuns: runs },
    );
  });

  it("tells the position alone of an event that is too big", () => {
    const batch = batchOfSizes([1, 5_000, 1]);
    const parts = decoded(encodeBatch("a", batch, 4_096));
    expect(parts.map(({ position, events }) => [position, events.length])).toEqual([
      [1, 1],
      [2, 0],
      [3, 1],
    ]);
  });

  it("is malformed, and never an exception, whatever comes", () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.json().map(bytes)), (drawn) => {
        // By chance it may look like another version.
        expect(decodeBatch(drawn)).toMatch(/malformed|other-version/u);
        expect(decodeSpread(drawn)).toMatch(/malformed|other-version/u);
      }),
      { numRuns: runs },
    );
    const [text] = encodeBatch("a", batchOfSizes([1]), room);
    for (const broken of [
      text!.slice(0, -1),
      text!.replace('"holderEpoch":"4"', '"holderEpoch":4'),
      text!.replace('"holderEpoch":"4"', '"holderEpoch":"four"'),
      text!.replace('"data":{', '"data":[{').replace('},"log"', '}],"log"'),
    ]) {
      expect(broken).not.toBe(text);
      expect(decodeBatch(bytes(broken))).toBe("malformed");
    }
  });

  it("of another version is told apart", () => {
    expect(decodeBatch(bytes('{"v":2,"what":"ever"}'))).toBe("other-version");
  });
});

describe("events that are spread", () => {
  it("come back as they were", () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 5 }), fc.string(), (events, node) => {
        const text = encodeSpread(node, events, room);
        expect(decodeSpread(bytes(text!))).toEqual({ node, events });
      }),
      { numRuns: runs },
    );
  });

  it("are not sent where they do not fit", () => {
    expect(encodeSpread("a", batchOfSizes([2_000]).events, 4_000)).toBeNull();
  });
});
