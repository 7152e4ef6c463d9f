import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { openMediaWorld, type MediaWorld } from "../../../test/support/media-world.ts";
import { BlobsFull, BlobsUnavailable, type BlobStore } from "../../ports/blobs.ts";

let world: MediaWorld;
/** What the store cannot do now. */
let fault: Error | null;
const asked = { reads: 0, checks: 0 };

const faulty = (blobs: BlobStore): BlobStore => {
  const orFault = async <T>(work: () => Promise<T>): Promise<T> => {
    if (fault !== null) {
      throw fault;
    }
    return work();
  };
  return {
    ...blobs,
    put: (...all) => orFault(() => blobs.put(...all)),
    read(...all) {
      asked.reads += 1;
      return blobs.read(...all);
    },
    check() {
      asked.checks += 1;
      return orFault(() => blobs.check());
    },
  };
};

beforeEach(async () => {
  fault = null;
  world = await openMediaWorld({}, faulty);
  // What is waited for is the next look.
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  Object.assign(asked, { reads: 0, checks: 0 });
});
afterEach(async () => {
  vi.useRealTimers();
  await world.close();
});

const healthOf = () => world.media.healthChecks[0]?.check();

it.each([
  ["is full", new BlobsFull("The disk is full.")],
  ["takes nothing", new BlobsUnavailable("The store does not answer.")],
])(
  "while the store %s nothing is made again, and one look for all ends that",
  async (_name, error) => {
    const anna = world.test.ids.mint();
    const { id } = await world.uploaded(anna);
    fault = error;
    const away = { kind: { status: 503 } };
    for (let times = 0; times < 3; times += 1) {
      await expect(world.consume()).rejects.toMatchObject(away);
    }
    expect(asked).toEqual({ reads: 1, checks: 0 });
    expect(healthOf()).toContain(error.message);
    expect(() => {
      world.media.contract.mayKeep();
    }).toThrow();
    vi.advanceTimersByTime(10_000);
    await expect.poll(() => asked.checks).toBe(1);
    await expect(world.consume()).rejects.toMatchObject(away);
    expect(asked.reads).toBe(1);
    fault = null;
    await expect
      .poll(() => {
        vi.advanceTimersByTime(10_000);
        return healthOf();
      })
      .toBeNull();
    await world.consume();
    const { body } = await world.ask("getMedia", { as: anna, id });
    expect(body).toMatchObject({ media: { state: "ready" } });
  },
);
