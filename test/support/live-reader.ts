import { setTimeout as wait } from "node:timers/promises";
import { send, type FeedItem, type Reply } from "./client.ts";
import { connectStream, type Connection, type StreamEvent } from "./cut-stream.ts";

/**
 * A client that shows a person's feed for as long as it is open: it reads the feed, listens from
 * there, comes back with its last id whenever its stream ends, and reads the feed again when it is
 * told to.
 */
export interface LiveReader {
  /** Ids of stories, in the order in which the stream told of them. */
  readonly told: readonly string[];
  /** Ids of stories that stood in the feed when it was read. */
  readonly read: ReadonlySet<string>;
  /** Positions in the log, in the order in which events came. */
  readonly positions: readonly number[];
  readonly events: readonly StreamEvent[];
  resets(): number;
  /** Streams that were opened so far. */
  connections(): number;
  connection(): Connection | null;
  stop(): Promise<void>;
}

export interface LiveReaderOptions {
  /** Asked anew with each connection: nodes come back elsewhere. */
  readonly url: () => string;
  readonly token: string;
  readonly by: "header" | "query";
  /** After how many bytes the next connection is cut; undefined: it is left alone. */
  readonly cutAfterBytes?: (connection: number) => number | undefined;
}

interface FeedPage {
  readonly items: readonly FeedItem[];
  readonly nextCursor: string | null;
}

interface StoryData {
  readonly item: FeedItem;
}

const retryMs = 20;

export function startLiveReader(options: LiveReaderOptions): LiveReader {
  const { url, token, by } = options;
  const told: string[] = [];
  const read = new Set<string>();
  const positions: number[] = [];
  const events: StreamEvent[] = [];
  let connection: Connection | null = null;
  let connections = 0;
  let resets = 0;
  let stopped = false;
  const isStopped = (): boolean => stopped;

  /** To its end; where to listen is what the first page says. */
  async function readFeed(): Promise<string> {
    let after: string | null = null;
    for (let cursor: string | null = ""; cursor !== null;) {
      const from: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const path = `/v1/feed?limit=100${from}`;
      const page: Reply<FeedPage> = await send(url(), { method: "GET", path, token });
      page.body.items.forEach(({ story }) => read.add(story.id));
      after ??= page.headers.get("maru-live-after");
      cursor = page.body.nextCursor;
    }
    return after ?? "";
  }

  async function listenOnce(after: string): Promise<string> {
    const state = { isReset: false };
    const bytesMax = options.cutAfterBytes?.(connections);
    const listening = await connectStream(url(), {
      token,
      after,
      by,
      ...(bytesMax === undefined ? {} : { bytesMax }),
      onEvent(event) {
        if (state.isReset) {
          return;
        }
        events.push(event);
        positions.push(Number(event.id.split(".")[1]));
        if (event.type === "story") {
          told.push((JSON.parse(event.data) as StoryData).item.story.id);
        } else if (event.type === "reset") {
          resets += 1;
          state.isReset = true;
          listening.cut();
        }
      },
    });
    connections += 1;
    connection = listening;
    await listening.ended;
    return state.isReset ? readFeed() : listening.lastId();
  }

  async function run(): Promise<void> {
    let after: string | null = null;
    while (!isStopped()) {
      try {
        after ??= await readFeed();
        after = await listenOnce(after);
      } catch {
        // Nobody listens there now; so it is with a node that restarts.
        await wait(retryMs);
      }
    }
  }

  const running = run();
  return {
    told,
    read,
    positions,
    events,
    resets: () => resets,
    connections: () => connections,
    connection: () => connection,
    async stop() {
      stopped = true;
      connection?.cut();
      await running;
    },
  };
}
