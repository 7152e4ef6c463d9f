import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  deskMemoryBytesMax,
  expectSound,
  faults,
  isRefused,
  openDesk,
  type MediaDesk,
} from "../../../test/support/media-corpus/desk.ts";
import {
  hostileMark,
  hostilePhotos,
  wholePhotos,
} from "../../../test/support/media-corpus/hostile-photos.ts";
import { notMedia } from "../../../test/support/media-corpus/not-media.ts";
import { randomFrom } from "../../../test/support/random.ts";
import { printedSeed, runsOf } from "../../../test/support/seed.ts";

let desk: MediaDesk;
beforeAll(async () => {
  desk = await openDesk();
});
afterAll(async () => {
  expect(desk.memorySeen()).toBeGreaterThan(0);
  expect(desk.memorySeen()).toBeLessThan(deskMemoryBytesMax);
  await desk.close();
});

/** What comes of a file; what is made of it is sound. */
async function outcomeOf(bytes: Buffer): Promise<string> {
  const made = await desk.make(bytes);
  if (isRefused(made)) {
    return made.fault;
  }
  await expectSound(made, [hostileMark]);
  return "taken";
}

describe("what is no photo and no video", () => {
  it.each(notMedia)("is not taken: %s", async (_name, bytes) => {
    expect(await desk.processing.sniff(bytes.subarray(0, 4_100))).toBeNull();
    expect(await desk.probe(bytes)).toEqual({ fault: "unsupported" });
    expect(await outcomeOf(bytes)).toBe("unsupported");
  });
});

describe("a photo that was made to do harm", () => {
  it.each(hostilePhotos)("does none: $name", async ({ bytes, outcomes }) => {
    const file = await bytes();
    const probed = await desk.probe(file);
    const outcome = await outcomeOf(file);
    expect(outcomes).toContain(outcome);
    // What is refused by its first bytes is refused before it is kept.
    if (isRefused(probed)) {
      expect(outcome).toBe(probed.fault);
    }
  });
});

describe("a photo of which a part is missing", () => {
  it.each(wholePhotos)("is broken, wherever it was cut: %s", async (_name, bytes) => {
    const whole = await bytes();
    expect(await outcomeOf(whole)).toBe("taken");
    for (const part of [0.02, 0.3, 0.7, 0.97]) {
      const cut = whole.subarray(0, Math.floor(whole.length * part));
      expect(await outcomeOf(cut), `${part} of it`).toBe("broken");
    }
  });
});

describe("a photo of which bits have flipped", () => {
  const seed = printedSeed("flipped bits");

  it.each(wholePhotos)("is shown or refused: %s", async (_name, bytes) => {
    const random = randomFrom(seed);
    const whole = await bytes();
    for (let run = 0; run < runsOf(12); run += 1) {
      const spoilt = Buffer.from(whole);
      for (let flip = 1 + random.below(8); flip > 0; flip -= 1) {
        // Half of the flips are where sizes and tables stand.
        const at = random.below(
          random.below(2) === 0 ? Math.min(600, spoilt.length) : spoilt.length,
        );
        spoilt[at]! ^= 1 << random.below(8);
      }
      // A decoder that such a file breaks is gone with its process, which is not the next one's.
      const outcome = await outcomeOf(spoilt).catch((error: unknown) => {
        expect(String(error)).toMatch(/a process for media ended/u);
        return "broken";
      });
      expect([...faults, "taken"]).toContain(outcome);
    }
    expect(await outcomeOf(whole)).toBe("taken");
  });
});
