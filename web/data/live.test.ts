import { afterEach, describe, expect, it, vi } from "vitest";
import type { LiveEvent } from "../../sdk/live.ts";
import { createSharedLive, type Connect, type SharedLive } from "./live.ts";

type Connection = Parameters<Connect>[0];

const open: SharedLive[] = [];
let account = 0;

afterEach(() => {
  open.splice(0).forEach((live) => {
    live.stop();
  });
});

/** A tab, with the connections that it has opened and what it was told. */
function openTab(accountId: string) {
  const connections: Connection[] = [];
  const events: LiveEvent[] = [];
  const states: string[] = [];
  const live = createSharedLive({
    accountId,
    onRefused: vi.fn(),
    connect: (connection) =>
      new Promise((resolve) => {
        connections.push(connection);
        connection.signal.addEventListener("abort", () => {
          resolve();
        });
      }),
  });
  open.push(live);
  live.onEvent((event) => events.push(event));
  live.onState((state) => states.push(state));
  return { live, connections, events, states };
}

const deleted = (id: string): LiveEvent => ({ type: "story.deleted", id, storyId: "7" });

function nextAccount(): string {
  account += 1;
  return `${account}`;
}

describe("the live connection of a browser", () => {
  it("is one, however many tabs there are, and all of them hear what comes", async () => {
    const accountId = nextAccount();
    const [one, two] = [openTab(accountId), openTab(accountId)];
    one.live.start("1.5");
    two.live.start("1.6");
    await vi.waitFor(() => {
      expect(one.connections).toHaveLength(1);
    });
    one.connections[0]?.onState("open");
    one.connections[0]?.onEvent(deleted("1.7"));
    await vi.waitFor(() => {
      expect(two.events).toEqual([deleted("1.7")]);
    });
    expect(one.events).toEqual([deleted("1.7")]);
    expect(two.states).toContain("open");
    expect(two.connections).toHaveLength(0);
  });

  it("tells a tab that joins later how far it has come", async () => {
    const accountId = nextAccount();
    const one = openTab(accountId);
    one.live.start("1.5");
    await vi.waitFor(() => {
      expect(one.connections).toHaveLength(1);
    });
    one.connections[0]?.onState("open");
    one.connections[0]?.onEvent(deleted("1.7"));
    const two = openTab(accountId);
    two.live.start("1.6");
    await vi.waitFor(() => {
      expect(two.events).toEqual([{ type: "ready", id: "1.7" }]);
    });
    expect(two.states).toContain("open");
  });

  it("goes over to another tab, which goes on after the last event that it heard", async () => {
    const accountId = nextAccount();
    const [one, two] = [openTab(accountId), openTab(accountId)];
    one.live.start("1.5");
    two.live.start("1.5");
    await vi.waitFor(() => {
      expect(one.connections).toHaveLength(1);
    });
    one.connections[0]?.onEvent(deleted("1.9"));
    await vi.waitFor(() => {
      expect(two.events).toHaveLength(1);
    });
    one.live.stop();
    await vi.waitFor(() => {
      expect(two.connections.map(({ after }) => after)).toEqual(["1.9"]);
    });
  });

  it("is taken from a tab that sleeps, when another one wakes", async () => {
    const accountId = nextAccount();
    const asleep = "maru.live." + accountId;
    const held = Promise.withResolvers<undefined>();
    // A tab that has the lock and answers nobody.
    const sleeper = navigator.locks.request(asleep, () => held.promise).catch(() => undefined);
    const tab = openTab(accountId);
    tab.live.start("1.5");
    tab.live.wake("check");
    await vi.waitFor(
      () => {
        expect(tab.connections).toHaveLength(1);
      },
      { timeout: 10_000 },
    );
    held.resolve(undefined);
    await sleeper;
  });

  it("stays where it is when the tab that has it answers", async () => {
    const accountId = nextAccount();
    const [one, two] = [openTab(accountId), openTab(accountId)];
    one.live.start();
    await vi.waitFor(() => {
      expect(one.connections).toHaveLength(1);
    });
    one.connections[0]?.onState("open");
    two.live.start();
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    try {
      two.live.wake("check");
      await vi.waitFor(() => {
        expect(two.live.state()).toBe("open");
      });
      vi.runAllTimers();
    } finally {
      vi.useRealTimers();
    }
    expect(one.connections[0]?.signal.aborted).toBe(false);
    expect(two.connections).toHaveLength(0);
  });

  it("is not shared between two people", async () => {
    const [one, other] = [openTab(nextAccount()), openTab(nextAccount())];
    one.live.start();
    other.live.start();
    await vi.waitFor(() => {
      expect([one.connections.length, other.connections.length]).toEqual([1, 1]);
    });
    one.connections[0]?.onEvent(deleted("1.1"));
    expect(other.events).toEqual([]);
  });
});
