import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  deskLimits,
  deskMemoryBytesMax,
  expectSound,
  faults,
  isRefused,
  openDesk,
  type MediaDesk,
} from "../../../test/support/media-corpus/desk.ts";
import { noFfmpeg } from "../../../test/support/media-corpus/ffmpeg.ts";
import { hostileVideos, wholeVideos } from "../../../test/support/media-corpus/hostile-videos.ts";
import { randomFrom } from "../../../test/support/random.ts";
import { printedSeed, runsOf } from "../../../test/support/seed.ts";

let desk: MediaDesk;
/** Where files would lead; nobody may come. */
let server: Server;
let serverUrl: string;
const visits: (string | undefined)[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    visits.push(request.url);
    response.end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  serverUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // Whoever came would be seen.
  await fetch(`${serverUrl}/open`);
  expect(visits.splice(0)).toEqual(["/open"]);
  desk = await openDesk();
});
afterAll(async () => {
  await desk.close();
  server.close();
  expect(visits).toEqual([]);
  if (noFfmpeg === null) {
    expect(desk.memorySeen()).toBeGreaterThan(0);
    expect(desk.memorySeen()).toBeLessThan(deskMemoryBytesMax);
  }
});

async function outcomeOf(bytes: Buffer): Promise<string> {
  const made = await desk.make(bytes);
  if (isRefused(made)) {
    return made.fault;
  }
  await expectSound(made, ["alert('maru')", "root:"]);
  expect(made.durationMs).toBeLessThanOrEqual((deskLimits.videoSecondsMax + 1) * 1_000);
  return "taken";
}

describe.skipIf(noFfmpeg !== null)("a video that was made to do harm", () => {
  it.each(hostileVideos)("does none: $name", async ({ bytes, outcomes }) => {
    const file = await bytes(serverUrl);
    const probed = await desk.probe(file);
    const outcome = await outcomeOf(file);
    expect(outcomes).toContain(outcome);
    if (isRefused(probed)) {
      expect(outcome).toBe(probed.fault);
    }
    expect(visits).toEqual([]);
  });
});

describe.skipIf(noFfmpeg !== null)("a video that is not whole", () => {
  it.each(wholeVideos)("is shown as far as it goes, or is broken: %s", async (_name, bytes) => {
    const whole = bytes();
    expect(await outcomeOf(whole)).toBe("taken");
    for (const part of [0.02, 0.5, 0.95]) {
      const cut = whole.subarray(0, Math.floor(whole.length * part));
      expect(["taken", "broken", "unsupported"]).toContain(await outcomeOf(cut));
    }
  });

  const seed = printedSeed("flipped bits");
  it.each(wholeVideos)("is shown or refused where bits have flipped: %s", async (_name, bytes) => {
    const random = randomFrom(seed);
    const whole = bytes();
    for (let run = 0; run < runsOf(3); run += 1) {
      const spoilt = Buffer.from(whole);
      for (let flip = 1 + random.below(12); flip > 0; flip -= 1) {
        spoilt[random.below(spoilt.length)]! ^= 1 << random.below(8);
      }
      const outcome = await outcomeOf(spoilt).catch((error: unknown) => {
        expect(String(error)).toMatch(/a process for media ended|was ended by SIG/u);
        return "broken";
      });
      expect([...faults, "taken"]).toContain(outcome);
    }
    expect(await outcomeOf(whole)).toBe("taken");
  });
});
