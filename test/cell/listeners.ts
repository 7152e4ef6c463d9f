import { setTimeout as pause } from "node:timers/promises";
import type { Random } from "../support/random.ts";
import { connectStream, type StreamEvent } from "../support/cut-stream.ts";
import { itemsOf, type Client } from "./clients.ts";
import type { Caller } from "./doors.ts";
import type { History, Listening, Told } from "./history.ts";

/**
 * Holds a person's live stream open through either door: it comes back with its last id whenever a
 * connection ends or says nothing for too long, and reads the feed again when it is told to.
 */
export interface Listener {
  stop(): Promise<void>;
}

export interface ListenerOptions {
  readonly client: Pick<Client, "id" | "token" | "position">;
  readonly caller: Caller;
  readonly urls: readonly string[];
  readonly history: History;
  readonly random: Random;
}

interface StoryData {
  readonly item: {
    readonly story: { readonly id: string };
    readonly reason: { readonly type: string };
  };
}

const comeBackMs = 200;
/** The server says something every 15 s at least. */
const staleMs = 20_000;
const watchMs = 500;
const connectMs = 3_000;
/** What may have changed its place since the feed was read last is read again. */
const overlapMs = 60_000;
const pageSize = 100;
const pagesMax = 50;
const ok = 200;

export async function startListener(options: ListenerOptions): Promise<Listener> {
  const { client, caller, urls, history, random } = options;
  const { token } = client;
  const told: Told[] = [];
  let door = random.below(urls.length);
  let readUpToMs = Number.POSITIVE_INFINITY;
  let stopped = false;
  let cut: () => void = () => undefined;
  const isStopped = (): boolean => stopped;

  /** Back to what was read before; the whole feed at first. Gives where to listen from. */
  async function readFeed(): Promise<string> {
    const storyIds: string[] = [];
    let after: string | null = null;
    let newestMs = Number.NEGATIVE_INFINITY;
    let cursor: string | null = "";
    for (let pages = 0; cursor !== null && pages < pagesMax; pages += 1) {
      const from: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const path = `/v1/feed?limit=${pageSize}${from}`;
      const position = client.position();
      const { reply } = await caller.ask({ method: "GET", path, token, position });
      if (reply?.status !== ok) throw new Error(`the feed was answered ${String(reply?.status)}`);
      const given = reply.headers["maru-live-after"];
      after ??= typeof given === "string" ? given : null;
      const items = itemsOf(reply);
      storyIds.push(...items.map(({ storyId }) => storyId));
      newestMs = Math.max(newestMs, items[0]?.atMs ?? newestMs);
      const isKnown = (items.at(-1)?.atMs ?? 0) < readUpToMs - overlapMs;
      cursor = isKnown && readUpToMs !== Number.POSITIVE_INFINITY ? null : reply.body.nextCursor!;
    }
    if (newestMs !== Number.NEGATIVE_INFINITY) readUpToMs = newestMs;
    told.push({ kind: "read", atMs: performance.now(), storyIds });
    return after ?? "";
  }

  /** Gives where to go on; null after a reset. */
  async function listenOnce(after: string, listening: Listening): Promise<string | null> {
    const state = { isReset: false, isLeft: false, heardAtMs: performance.now() };
    function hear(event: StreamEvent): void {
      const atMs = performance.now();
      state.heardAtMs = atMs;
      if (state.isReset || state.isLeft) return;
      if (event.type === "story") {
        const { story, reason } = (JSON.parse(event.data) as StoryData).item;
        const of = { storyId: story.id, reason: reason.type };
        told.push({ kind: "story", atMs, eventId: event.id, ...of });
      } else if (event.type === "reset") {
        state.isReset = true;
        told.push({ kind: "reset", atMs });
        cut();
      }
    }
    const url = urls[door] ?? "";
    const connecting = connectStream(url, { token, after, by: "header", onEvent: hear });
    const stream = await Promise.race([connecting, pause(connectMs, null, { ref: false })]);
    if (stream === null) {
      // Whoever has waited long enough does not hear what comes all the same.
      state.isLeft = true;
      connecting.then(
        (late) => late.cut(),
        () => undefined,
      );
      throw new Error("nobody lets the listener in");
    }
    cut = stream.cut;
    listening.connections += 1;
    let lastId = stream.lastId();
    const watch = setInterval(() => {
      // A comment carries the newest id, and is no event.
      if (stream.lastId() !== lastId) state.heardAtMs = performance.now();
      lastId = stream.lastId();
      if (performance.now() - state.heardAtMs > staleMs) stream.cut();
    }, watchMs);
    if (stopped || state.isReset) stream.cut();
    await stream.ended;
    clearInterval(watch);
    state.isLeft = true;
    return state.isReset ? null : stream.lastId();
  }

  async function run(first: string, listening: Listening): Promise<void> {
    let after: string | null = first;
    while (!isStopped()) {
      try {
        after = await listenOnce(after ?? (await readFeed()), listening);
      } catch {
        door = (door + 1) % urls.length;
      }
      if (!isStopped()) await pause(comeBackMs);
    }
  }

  const first = await readFeed();
  const begunAtMs = performance.now();
  const listening: Listening = {
    by: client.id,
    begunAtMs,
    endedAtMs: begunAtMs,
    connections: 0,
    told,
  };
  history.listenings.push(listening);
  const running = run(first, listening);
  return {
    async stop() {
      stopped = true;
      cut();
      await running;
      listening.endedAtMs = performance.now();
    },
  };
}
