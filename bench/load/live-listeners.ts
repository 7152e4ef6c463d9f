import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { accountCount, friendsOf, ringDistances, type Community } from "../seed/arithmetic.ts";
import { createHistogram, type Histogram } from "./histogram.ts";
import type { LiveResult } from "./plan.ts";

/**
 * People with an open live stream, spread evenly over the community, who note when they see a story.
 * Who publishes is in the same process, so both look at one clock.
 */
export interface LiveListeners {
  /** Resolves when every stream has begun. */
  open(): Promise<void>;
  published(story: { readonly id: string; readonly author: number }, answeredMs: number): void;
  /** From here on stories count. */
  startMeasuring(): void;
  /** Waits a while for what is on its way. */
  settle(): Promise<LiveResult>;
  close(): void;
}

const openAtOnce = 64;
const openWithinMs = 60_000;
const settleMs = 10_000;
const settlePollMs = 50;
const tailCharacters = 64 * 1024;
const readBytes = 64 * 1024;
const storyEvent = /event: story\nid: [^\n]*\ndata: \{"item":\{"id":"(\d+)"/gu;
const readyEvent = "event: ready\n";

interface Told {
  answeredMs: number | null;
  expected: number;
  seen: number;
  /** Seen before the publish was answered. */
  early: number;
}

export function createLiveListeners(options: {
  readonly port: number;
  readonly connections: number;
  readonly community: Community;
  readonly tokens: (viewer: number) => string;
}): LiveListeners {
  const { port, connections, community, tokens } = options;
  const step = accountCount(community) / connections;
  const viewers = Array.from({ length: connections }, (_, i) => Math.floor(i * step));
  const listening = new Set(viewers);
  const distances = ringDistances(community);
  const sockets: Socket[] = [];
  const latency: Histogram = createHistogram();
  const told = new Map<string, Told>();
  const shared = Buffer.allocUnsafe(readBytes);
  let isMeasuring = false;
  let lost = 0;
  let isClosing = false;

  function toldOf(id: string): Told {
    let one = told.get(id);
    if (one === undefined) {
      one = { answeredMs: null, expected: 0, seen: 0, early: 0 };
      told.set(id, one);
    }
    return one;
  }

  function saw(id: string): void {
    const one = toldOf(id);
    one.seen += 1;
    if (one.answeredMs === null) {
      one.early += 1;
    } else {
      latency.record(performance.now() - one.answeredMs);
    }
  }

  function openOne(viewer: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let text = "";
      let isReady = false;
      const timer = setTimeout(() => {
        reject(new Error(`a live stream did not begin: ${text.slice(0, 200)}`));
      }, openWithinMs);
      const socket = connect({
        port,
        host: "127.0.0.1",
        noDelay: true,
        onread: {
          buffer: shared,
          callback(bytes) {
            text += shared.toString("latin1", 0, bytes);
            if (!isReady && text.includes(readyEvent)) {
              isReady = true;
              clearTimeout(timer);
              resolve();
            }
            // An event is one write of the server's, so that its end is never cut off from its beginning for long.
            const end = text.lastIndexOf("\n\n");
            if (end >= 0) {
              for (const [, id] of text.slice(0, end).matchAll(storyEvent)) {
                saw(id ?? "");
              }
              text = text.slice(end);
            }
            text = text.slice(-tailCharacters);
            return true;
          },
        },
      });
      const ended = (): void => {
        clearTimeout(timer);
        lost += isReady && !isClosing ? 1 : 0;
        reject(new Error(`a live stream was closed: ${text.slice(0, 200)}`));
      };
      socket.on("error", ended);
      socket.on("close", ended);
      socket.write(
        `GET /v1/feed/live HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${tokens(viewer)}\r\n\r\n`,
        "latin1",
      );
      sockets.push(socket);
    });
  }

  const isComplete = (): boolean =>
    [...told.values()].every(({ expected, seen }) => seen >= expected);

  return {
    async open() {
      for (let i = 0; i < viewers.length; i += openAtOnce) {
        await Promise.all(viewers.slice(i, i + openAtOnce).map(openOne));
      }
    },
    published({ id, author }, answeredMs) {
      if (!isMeasuring) {
        told.delete(id);
        return;
      }
      const one = toldOf(id);
      one.answeredMs = answeredMs;
      const friends = friendsOf(community, distances, author);
      one.expected = friends.reduce((sum, friend) => sum + (listening.has(friend) ? 1 : 0), 0);
      // An author's own stream hears of it, too.
      one.expected += listening.has(author) ? 1 : 0;
      for (let i = 0; i < one.early; i += 1) {
        latency.record(0);
      }
      one.early = 0;
    },
    startMeasuring() {
      // What has been seen and is not answered yet counts: its answer comes from here on.
      latency.reset();
      isMeasuring = true;
    },
    async settle() {
      const untilMs = performance.now() + settleMs;
      while (!isComplete() && performance.now() < untilMs) {
        await pause(settlePollMs);
      }
      const stories = [...told.values()].filter(({ answeredMs }) => answeredMs !== null);
      return {
        connections: connections - lost,
        stories: stories.length,
        expected: stories.reduce((sum, { expected }) => sum + expected, 0),
        seen: stories.reduce((sum, { seen, expected }) => sum + Math.min(seen, expected), 0),
        latency: latency.summary(),
      };
    },
    close() {
      isClosing = true;
      for (const socket of sockets) {
        socket.destroy();
      }
    },
  };
}
