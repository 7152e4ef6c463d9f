import type { Context, Viewer } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import type { EventSink } from "../../ports/routes.ts";
import type { Logger } from "../../ports/telemetry.ts";
import { seenBy, type ViewerAudience } from "./audiences.ts";

/** The open live streams: whose they are, whom they watch, and what waits to be sent on each. */
export interface Streams {
  /** Registers a stream; an account's oldest makes room. A session that has ended gets none. */
  open(context: StreamContext, sink: EventSink): Stream;
  end(stream: Stream): void;
  /** Ends the streams of these sessions, and those that their requests are about to open. */
  endSessions(accountId: Id, sessionIds: readonly string[]): void;
  /** Watches exactly those whom the audience sees. */
  watch(stream: Stream, audience: ViewerAudience): void;
  /** Streams that watch any of these accounts, by number. */
  watching(accounts: Iterable<number>): ReadonlySet<Stream>;
  of(viewerId: Id): readonly Stream[];
  all(): readonly Stream[];
  /** Writes; a client that has left too much untaken is ended, to resume by id. */
  send(stream: Stream, text: string): void;
  /** Runs the jobs of a stream one after another; a failed one ends the stream. */
  enqueue(stream: Stream, job: () => Promise<void>): void;
  count(): number;
}

export interface LiveLimits {
  readonly streamsMax: number;
  readonly streamsByAccountMax: number;
  /** Events that wait for a slow stream; more, and it starts again from the feed. */
  readonly queueMax: number;
  /** Bytes that a client has not taken; more, and the stream ends, to be resumed by id. */
  readonly bufferedBytesMax: number;
  /** Missed events that are looked through; more, and the stream starts again from the feed. */
  readonly resumeEventsMax: number;
  readonly heartbeatMs: number;
  /** How often is looked for counts that have changed. */
  readonly countsLookMs: number;
  /** A stream that was just told of counts is told of others after this. */
  readonly countsEveryMs: number;
}

export const liveLimitsDefault: LiveLimits = {
  streamsMax: 20_000,
  streamsByAccountMax: 20,
  queueMax: 1_000,
  bufferedBytesMax: 1024 * 1024,
  resumeEventsMax: 20_000,
  heartbeatMs: 12_000,
  countsLookMs: 200,
  countsEveryMs: 1_000,
};

export interface StreamContext extends Context {
  readonly viewer: Viewer;
}

export interface Stream {
  readonly viewer: Viewer;
  readonly context: StreamContext;
  readonly sink: EventSink;
  /** Everything up to this position was sent or does not concern the viewer. */
  sentPosition: number;
  /** False until it is known where the client goes on; no id may be sent before. */
  begun: boolean;
  /** Numbers of the accounts that it watches now. */
  watched: readonly number[];
  /** What its viewer sees has changed, and it still watches as before. */
  watchesOld: boolean;
  /** Events that were told right after their commit, before their position was known. */
  readonly toldEarly: Set<Id>;
  /** From this time on it may be told of counts. */
  countsFromMs: number;
  waiting: (() => Promise<void>)[];
  working: boolean;
  ended: boolean;
}

/** Whoever is signed out learns it from the answer to the next attempt, so that shall be soon. */
const comeBackAtOnce = "retry: 0\n\n";

/** Sessions that ended lately; a request that was under way then opens no stream any more. */
const endedSessionsMax = 10_000;

export function createStreams(deps: {
  readonly limits: LiveLimits;
  readonly logger: Logger;
  /** More jobs wait than may. */
  readonly onOverflow: (stream: Stream) => void;
}): Streams {
  const { limits, logger, onOverflow } = deps;
  const streams = new Set<Stream>();
  const byViewer = new Map<Id, Set<Stream>>();
  const watchers = new Map<number, Set<Stream>>();
  const endedSessions = new Set<string>();

  function unwatch(stream: Stream): void {
    for (const account of stream.watched) {
      const set = watchers.get(account);
      set?.delete(stream);
      if (set?.size === 0) {
        watchers.delete(account);
      }
    }
    stream.watched = [];
  }

  function end(stream: Stream): void {
    if (stream.ended) {
      return;
    }
    stream.ended = true;
    stream.waiting = [];
    unwatch(stream);
    streams.delete(stream);
    const own = byViewer.get(stream.viewer.accountId);
    own?.delete(stream);
    if (own?.size === 0) {
      byViewer.delete(stream.viewer.accountId);
    }
    stream.sink.close();
  }

  async function work(stream: Stream): Promise<void> {
    stream.working = true;
    for (let job = stream.waiting.shift(); job !== undefined; job = stream.waiting.shift()) {
      try {
        await job();
      } catch (error) {
        // The record is away, perhaps; the client comes back and resumes by its last id.
        logger.warn({ error, requestId: stream.context.requestId }, "a live stream ended early");
        end(stream);
      }
    }
    stream.working = false;
  }

  function rememberEnded(sessionIds: readonly string[]): void {
    for (const id of sessionIds) {
      endedSessions.add(id);
    }
    for (const oldest of endedSessions) {
      if (endedSessions.size <= endedSessionsMax) {
        break;
      }
      endedSessions.delete(oldest);
    }
  }

  return {
    open(context, sink) {
      const { viewer } = context;
      const stream: Stream = {
        viewer,
        context,
        sink,
        sentPosition: 0,
        begun: false,
        watched: [],
        watchesOld: false,
        toldEarly: new Set(),
        countsFromMs: 0,
        waiting: [],
        working: false,
        ended: false,
      };
      streams.add(stream);
      const own = byViewer.get(viewer.accountId) ?? new Set();
      byViewer.set(viewer.accountId, own.add(stream));
      for (const oldest of own) {
        if (own.size > limits.streamsByAccountMax && oldest !== stream) {
          end(oldest);
        }
      }
      if (endedSessions.has(String(viewer.sessionId))) {
        end(stream);
      }
      return stream;
    },
    end,
    endSessions(accountId, sessionIds) {
      rememberEnded(sessionIds);
      for (const stream of byViewer.get(accountId) ?? []) {
        if (sessionIds.includes(String(stream.viewer.sessionId))) {
          stream.sink.write(comeBackAtOnce);
          end(stream);
        }
      }
    },
    watch(stream, audience) {
      unwatch(stream);
      if (stream.ended) {
        return;
      }
      stream.watched = [audience.viewer, ...seenBy(audience)];
      for (const account of stream.watched) {
        const set = watchers.get(account) ?? new Set();
        watchers.set(account, set.add(stream));
      }
    },
    watching(accounts) {
      const found = new Set<Stream>();
      for (const account of accounts) {
        for (const stream of watchers.get(account) ?? []) {
          found.add(stream);
        }
      }
      return found;
    },
    of: (viewerId) => [...(byViewer.get(viewerId) ?? [])],
    all: () => [...streams],
    send(stream, text) {
      if (stream.ended) {
        return;
      }
      stream.sink.write(text);
      if (stream.sink.bufferedBytes() > limits.bufferedBytesMax) {
        end(stream);
      }
    },
    enqueue(stream, job) {
      if (stream.ended) {
        return;
      }
      if (stream.waiting.length >= limits.queueMax) {
        onOverflow(stream);
        return;
      }
      stream.waiting.push(job);
      if (!stream.working) {
        void work(stream);
      }
    },
    count: () => streams.size,
  };
}
