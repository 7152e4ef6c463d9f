import { jetstreamManager } from "@nats-io/jetstream";
import { afterEach, describe, expect, it } from "vitest";
import {
  batchOf,
  happened,
  heartbeatOf,
  listen,
  positionsOf,
  type HeardReceiver,
} from "../../../test/support/carrier-contract.ts";
import {
  openCarrier,
  type WatchedCarrier,
  type WatchedOptions,
} from "../../../test/support/nats-carrier.ts";
import {
  natsMissing,
  startNats,
  type TestNats,
  type TestNatsOptions,
} from "../../../test/support/nats.ts";
import type { LogCarrier } from "../../ports/carrier.ts";

const streamName = "MARU_LOG";
const logSubject = "maru.log";
const spreadSubject = "maru.spread";
/** A server that hangs is noticed after two seconds; the machine may be busy. */
const noticedWithinMs = 6_000;
/** NATS takes up to nine seconds to choose a leader, on a machine that has nothing else to do. */
const electedWithinMs = 45_000;
const stopMsMax = 1_000;

const ends: (() => Promise<void>)[] = [];
let position = 0;

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) {
    await end();
  }
});

async function start(options?: TestNatsOptions): Promise<TestNats> {
  const nats = await startNats(options);
  ends.push(nats.stop);
  return nats;
}

interface Node extends WatchedCarrier, HeardReceiver {}

async function join(urls: readonly string[], options: WatchedOptions): Promise<Node> {
  const watched = openCarrier(urls, options);
  const heard = listen();
  await watched.carrier.start(heard);
  ends.push(() => watched.carrier.stop());
  return { ...watched, ...heard };
}

/** Sends one batch after another until one arrives, and returns its position. */
async function untilBrought(from: LogCarrier, to: Node, holderEpoch = 1n): Promise<number> {
  const before = position;
  await expect
    .poll(
      () => {
        position += 1;
        from.send(batchOf(holderEpoch, position));
        return Math.max(...positionsOf(to.batches).map((at) => at ?? 0), 0);
      },
      { timeout: electedWithinMs },
    )
    .toBeGreaterThan(before);
  return position;
}

/** Sends so many batches, and expects all of them to arrive, in order. */
async function bringsAll(from: LogCarrier, to: Node, holderEpoch = 1n, batches = 20) {
  const first = position + 1;
  for (let n = 0; n < batches; n += 1) {
    position += 1;
    from.send(batchOf(holderEpoch, position));
  }
  const wanted = Array.from({ length: batches }, (_, n) => first + n);
  const arrived = () => positionsOf(to.batches).filter((at) => (at ?? 0) >= first);
  await expect.poll(arrived).toEqual(wanted);
}

async function pair(urls: readonly string[]): Promise<[Node, Node]> {
  const sender = await join(urls, { name: "sender" });
  const follower = await join(urls, { name: "follower" });
  await untilBrought(sender.carrier, follower);
  return [sender, follower];
}

describe.skipIf(natsMissing !== null)(natsMissing ?? "the carrier of NATS", () => {
  it("goes on by itself when the server was killed and comes back, with all it stored or with none", async () => {
    const nats = await start();
    const [sender, follower] = await pair(nats.urls);
    for (const wiped of [false, true]) {
      await nats.kill();
      await expect.poll(() => follower.carrier.trouble()).toContain("NATS does not answer at 127");
      sender.carrier.send(batchOf(1n, position));
      if (wiped) {
        await nats.wipe();
      }
      await nats.restart();
      await untilBrought(sender.carrier, follower);
      await bringsAll(sender.carrier, follower);
      expect(follower.carrier.trouble()).toBeNull();
      expect(sender.carrier.trouble()).toBeNull();
    }
    expect(sender.counted("maru_carrier_dropped_total", "away")).toBeGreaterThan(0);
  });

  it("reads a stream that was made anew from its beginning, whatever the old one counted", async () => {
    const nats = await start();
    const [sender, follower] = await pair(nats.urls);
    await bringsAll(sender.carrier, follower, 1n, 30);
    const client = await nats.connect();
    await (await jetstreamManager(client)).streams.delete(streamName);
    await client.close();
    const sent = () => sender.counted("maru_carrier_sent_total", "batch");
    const [sentBefore, broughtBefore] = [sent(), follower.batches.length];
    const beganMs = performance.now();
    await untilBrought(sender.carrier, follower);
    expect(performance.now() - beganMs).toBeLessThan(3_000);
    await bringsAll(sender.carrier, follower);
    expect(follower.batches.length - broughtBefore).toBe(sent() - sentBefore);
  });

  it("starts at once where no server answers, says so, and connects when one does", async () => {
    const nats = await start();
    await nats.kill();
    const beganMs = performance.now();
    const node = await join(nats.urls, { name: "early" });
    expect(performance.now() - beganMs).toBeLessThan(500);
    await expect.poll(() => node.carrier.trouble()).toMatch(/^NATS does not answer at 127/u);
    await nats.restart();
    await expect.poll(() => node.carrier.trouble()).toBeNull();
    const follower = await join(nats.urls, { name: "follower" });
    await untilBrought(node.carrier, follower);
  });

  it("notices a server that hangs, drops what it cannot send, and stops in time", async () => {
    const nats = await start();
    const [sender, follower] = await pair(nats.urls);
    nats.pause();
    ends.push(async () => nats.resume());
    for (let n = 0; n < 100; n += 1) {
      sender.carrier.send(batchOf(1n, position, position + 9));
    }
    expect(sender.counted("maru_carrier_dropped_total", "full")).toBeGreaterThan(0);
    // More than the system keeps for a connection that nobody reads.
    const large = happened(1, null, "x".repeat(900_000));
    for (let n = 0; n < 30; n += 1) {
      sender.carrier.spread([large], () => undefined);
    }
    await expect
      .poll(() => sender.carrier.trouble(), { timeout: noticedWithinMs })
      .toContain("NATS does not answer at 127");
    const late = await join(nats.urls, { name: "late" });
    await expect.poll(() => late.carrier.trouble()).toContain("NATS does not answer at 127");
    for (const { carrier } of [sender, late]) {
      const beganMs = performance.now();
      await carrier.stop();
      expect(performance.now() - beganMs).toBeLessThan(stopMsMax);
    }
    nats.resume();
    const next = await join(nats.urls, { name: "next" });
    await untilBrought(next.carrier, follower);
  });

  it("leaves a server that hangs for another, and one of three may be lost", async () => {
    const nats = await start({ cluster: 3 });
    const first = await join(nats.urls, { name: "first" });
    const second = await join(nats.urls, { name: "second" });
    await untilBrought(first.carrier, second);
    const client = await nats.connect(1);
    const manager = await jetstreamManager(client);
    const info = await manager.streams.info(streamName);
    await client.close();
    expect(info.config.num_replicas).toBe(3);
    const leader = Number(info.cluster?.leader?.slice(1));
    const others = [0, 1, 2].filter((index) => index !== leader);
    const at = (...order: number[]) => order.map((index) => nats.urls[index]!);

    // What is sent while a follower changes its server is brought nevertheless.
    const sender = await join(at(leader), { name: "sender" });
    const follower = await join(at(others[0]!, others[1]!), { name: "follower" });
    await untilBrought(sender.carrier, follower);
    await nats.kill(others[0]);
    await bringsAll(sender.carrier, follower);
    await nats.restart(others[0]);

    // Without its leader the stream goes on as soon as there is another.
    const moving = await join(at(leader, ...others), { name: "moving" });
    await untilBrought(moving.carrier, follower);
    nats.pause(leader);
    ends.push(async () => nats.resume(leader));
    await untilBrought(moving.carrier, follower);
    await bringsAll(moving.carrier, follower);
    await expect.poll(() => moving.carrier.trouble()).toBeNull();
    nats.resume(leader);
    await nats.kill(leader);
    await untilBrought(moving.carrier, follower);
    await bringsAll(moving.carrier, follower);
  });

  it("lets nobody write after a newer holder of the log", async () => {
    const nats = await start();
    const follower = await join(nats.urls, { name: "follower" });
    const zombie = await join(nats.urls, { name: "zombie" });
    const holder = await join(nats.urls, { name: "holder" });
    await untilBrought(zombie.carrier, follower, 1n);
    await untilBrought(holder.carrier, follower, 2n);
    const brought = follower.batches.length;
    for (let n = 0; n < 30; n += 1) {
      zombie.carrier.send(batchOf(1n, 900_000 + n));
      position += 1;
      holder.carrier.send(batchOf(2n, position));
      await expect.poll(() => follower.batches.at(-1)?.position).toBe(position);
    }
    const later = follower.batches.slice(brought);
    expect(later.every(({ holderEpoch }) => holderEpoch === 2n)).toBe(true);
    const positions = later.map((batch) => batch.position);
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    expect(zombie.counted("maru_carrier_dropped_total", "late")).toBe(30);
    expect(zombie.carrier.trouble()).toBeNull();
  });

  it("lets an older holder write once the newer is silent, as after a restore of the record", async () => {
    const nats = await start();
    let aheadMs = 0;
    const monotonicMs = () => performance.now() + aheadMs;
    const follower = await join(nats.urls, { name: "follower" });
    const before = await join(nats.urls, { name: "before" });
    const restored = await join(nats.urls, { name: "restored", monotonicMs });
    await untilBrought(before.carrier, follower, 9n);
    restored.carrier.send(batchOf(3n, 1));
    await expect.poll(() => restored.counted("maru_carrier_dropped_total", "late")).toBe(1);
    aheadMs = 3_000;
    restored.carrier.send(batchOf(3n, 2));
    await expect.poll(() => follower.batches.at(-1)).toEqual(batchOf(3n, 2));
  });

  it("sends a batch that is too big in parts, and of an event that is too big its position alone", async () => {
    const nats = await start();
    const [sender, follower] = await pair(nats.urls);
    const text = "x".repeat(400_000);
    const events = [1, 2, 3, 4, 5].map((n) => {
      const at = position + n;
      return happened(at, at, n === 4 ? text.repeat(3) : text);
    });
    const from = position;
    position += events.length;
    const batch = { ...heartbeatOf(1n, position), events };
    sender.carrier.send(batch);
    await expect.poll(() => follower.batches.at(-1)?.position).toBe(position);
    const parts = follower.batches.filter((part) => part.position > from);
    expect(parts.map((part) => [part.position - from, part.events.length])).toEqual([
      [2, 2],
      [3, 1],
      [4, 0],
      [5, 1],
    ]);
    expect(parts.at(-1)?.watermark).toEqual(batch.watermark);
    expect(parts.flatMap((part) => part.events)).toEqual(events.filter((_, n) => n !== 3));

    const applied: string[] = [];
    sender.carrier.spread(events, (node) => applied.push(node));
    expect(sender.counted("maru_carrier_dropped_total", "too-big")).toBe(1);
    sender.carrier.spread([happened(1, null)], (node) => applied.push(node));
    await expect.poll(() => applied).toEqual(["follower"]);
  });

  it("counts what it cannot read, ignores what a later release sends, and goes on", async () => {
    const nats = await start();
    const [sender, follower] = await pair(nats.urls);
    const client = await nats.connect();
    for (const garbage of ["", "{", '{"v":1}', "[]"]) {
      client.publish(logSubject, garbage);
    }
    client.publish(spreadSubject, "garbage");
    client.publish(logSubject, '{"v":2,"news":true}');
    await client.flush();
    await client.close();
    const malformed = () => follower.counted("maru_carrier_failures_total", "malformed");
    await expect.poll(malformed).toBe(5);
    await untilBrought(sender.carrier, follower);
    await bringsAll(sender.carrier, follower);
    expect(malformed()).toBe(5);
    const complaints = follower.logged.filter((line) => line.includes("cannot be read"));
    expect(complaints).toHaveLength(1);
  });

  it("says where its credentials are refused, and never tells them", async () => {
    const credentials = { user: "maru", password: "open/sesame" };
    const nats = await start({ credentials });
    const [url] = nats.urls;
    const wrong = await join([url!.replace("sesame", "barley")], { name: "wrong" });
    const right = await join([url!], { name: "right" });
    await expect
      .poll(() => wrong.carrier.trouble())
      .toMatch(/^NATS refuses the credentials at 127\.0\.0\.1:\d+$/u);
    await expect.poll(() => right.carrier.trouble()).toBeNull();
    const follower = await join([url!], { name: "follower" });
    await untilBrought(right.carrier, follower);
    const told = [...wrong.logged, ...right.logged, wrong.carrier.trouble()].join("\n");
    expect(told).not.toMatch(/sesame|barley/u);
  });

  it("says what is wrong where JetStream cannot be used", async () => {
    const nats = await start({ jetStream: false });
    const node = await join(nats.urls, { name: "node" });
    await expect
      .poll(() => node.carrier.trouble())
      .toMatch(/^NATS at 127.* does not carry the log/u);
  });
});
