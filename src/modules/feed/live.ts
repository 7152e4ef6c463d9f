import { internalContext, type Context, type Viewer } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import type { Delivery, EventEnvelope, LogPort } from "../../ports/log.ts";
import type { EventSink } from "../../ports/routes.ts";
import type { Logger } from "../../ports/telemetry.ts";
import type { SessionsEnded } from "../accounts/events.ts";
import { graphEventTypes, type RelationChanged } from "../graph/events.ts";
import type { Audiences } from "./audiences.ts";
import type { Announce } from "./announce.ts";
import type { Merge } from "./merge.ts";
import { idOf, type AccountNumbers } from "./packed.ts";
import { createStreams, type LiveLimits, type Stream } from "./streams.ts";

/**
 * Live streams: server-sent events with the position in the log as their id, so that a client that
 * comes back with its last one misses nothing. Events reach only those who watch one of the
 * event's people; each stream has a queue of its own, so that a slow one delays no other.
 */
export interface LiveEvents {
  apply(event: EventEnvelope, delivery: Delivery): void;
}

export interface Live extends LiveEvents {
  /** Begins a stream; the function ends it. `after`: the last id that the client has seen. */
  open(context: Context, viewer: Viewer, after: string | null, sink: EventSink): () => void;
  /** Where a client that has just read the feed should begin to listen: `?after=`. */
  currentId(): string;
  streams(): number;
  close(): void;
}

/** Changes that alter what the one who gave the command sees, but not what the other sees. */
const oneSided = new Set([
  "graph.followed.v1",
  "graph.unfollowed.v1",
  "graph.muted.v1",
  "graph.unmuted.v1",
]);
const withoutEffect = new Set([
  "graph.friend_requested.v1",
  "graph.request_withdrawn.v1",
  "graph.request_declined.v1",
]);
const resumePageSize = 500;
const retryMinMs = 1_000;
/** Spreads the streams of a node that went away over these milliseconds. */
const retrySpreadMs = 3_000;
const retryStep = 997;

function message(type: string, id: string, json: string): string {
  return `event: ${type}\nid: ${id}\ndata: ${json}\n\n`;
}

export function createLive(deps: {
  readonly audiences: Audiences;
  readonly merge: Merge;
  readonly numbers: AccountNumbers;
  readonly announce: Announce;
  readonly log: LogPort;
  readonly logger: Logger;
  readonly limits: LiveLimits;
}): Live {
  const { audiences, merge, numbers, announce, log, logger, limits } = deps;
  const streams = createStreams({ limits, logger, onOverflow: sendReset });
  const changedCounts = new Map<Id, Set<Stream>>();
  let opened = 0;
  let position = 0;
  let isPositionKnown = false;

  const idAt = (at: number): string => `${String(log.epoch())}.${String(at)}`;
  const currentPosition = (): number => (isPositionKnown ? position : log.appliedPosition());

  function sendReset(stream: Stream): void {
    // Whoever reads the feed before the stream watches anew may miss what comes in between.
    stream.waiting = stream.watchesOld
      ? [() => watchAnew(stream).then(() => sendReset(stream))]
      : [];
    stream.sentPosition = currentPosition();
    stream.begun = true;
    streams.send(stream, message("reset", idAt(stream.sentPosition), "{}"));
  }

  /** Sends what the event means to this viewer now, if it means anything. */
  async function deliver(stream: Stream, event: EventEnvelope, at: number): Promise<void> {
    if (at <= stream.sentPosition) {
      return;
    }
    if (announce.isAboutStories(event)) {
      const audience = await audiences.of(stream.context, stream.viewer.accountId);
      const said = await announce.say(stream.context, audience, event);
      if (at <= stream.sentPosition) {
        // It started again from the feed meanwhile.
        return;
      }
      if (said !== null) {
        streams.send(stream, message(said.type, idAt(at), said.json));
      }
      if (announce.changesCounts(event) && announce.isPlaced(audience, event)) {
        markCounts(announce.storyIdOf(event), stream);
      }
    } else if (concerns(event, stream.viewer.accountId)) {
      sendReset(stream);
    }
    stream.sentPosition = Math.max(stream.sentPosition, at);
  }

  function concerns(event: EventEnvelope, viewerId: Id): boolean {
    if (!isGraphEvent(event) || withoutEffect.has(event.type)) {
      return false;
    }
    const { actor, other } = event.data as unknown as RelationChanged;
    return (
      idOf(actor.accountId) === viewerId ||
      (!oneSided.has(event.type) && idOf(other.accountId) === viewerId)
    );
  }

  async function catchUp(stream: Stream, after: number, upTo: number): Promise<void> {
    let at = after;
    let seen = 0;
    while (at < upTo && !stream.ended) {
      const events = await log.readAfter(stream.context, at, resumePageSize);
      seen += events === "gone" ? 0 : events.length;
      if (events === "gone" || seen > limits.resumeEventsMax) {
        sendReset(stream);
        return;
      }
      for (const event of events) {
        at = event.position ?? at;
        if (at <= upTo) {
          await deliver(stream, event, at);
        }
      }
      if (events.length === 0) {
        return;
      }
    }
  }

  async function begin(stream: Stream, after: string | null): Promise<void> {
    const audience = await audiences.of(stream.context, stream.viewer.accountId);
    if (stream.ended) {
      return;
    }
    // From here to the end of this step nothing else runs: what comes later is queued for the
    // stream, what came before is caught up with.
    streams.watch(stream, audiences.peek(stream.viewer.accountId) ?? audience);
    const upTo = currentPosition();
    opened += 1;
    const retryMs = retryMinMs + ((opened * retryStep) % retrySpreadMs);
    const afterPosition = after === null ? upTo : positionIn(after);
    streams.send(stream, `retry: ${String(retryMs)}\n\n`);
    if (afterPosition === null || afterPosition > upTo) {
      // Not from this log, or from a part of it that was lost: waiting for it would be silence.
      sendReset(stream);
      return;
    }
    stream.sentPosition = afterPosition;
    stream.begun = true;
    streams.send(stream, message("ready", idAt(afterPosition), "{}"));
    await catchUp(stream, afterPosition, upTo);
  }

  /** The position in an id that this log gave; null for anything else. */
  function positionIn(id: string): number | null {
    const [, epoch, at] = /^(\d+)\.(\d+)$/.exec(id) ?? [];
    return Number(epoch) === log.epoch() ? Number(at) : null;
  }

  function markCounts(storyId: Id, stream: Stream): void {
    const marked = changedCounts.get(storyId) ?? new Set();
    changedCounts.set(storyId, marked.add(stream));
  }

  async function sendCounts(): Promise<void> {
    const changes = new Map(changedCounts);
    changedCounts.clear();
    const counts = await announce
      .countsOf(internalContext("live-counts"), [...changes.keys()])
      .catch((error: unknown) => {
        // Marked again, so that the next turn tells what this one could not.
        for (const [storyId, marked] of changes) {
          changedCounts.set(storyId, marked.union(changedCounts.get(storyId) ?? new Set()));
        }
        throw error;
      });
    for (const [storyId, marked] of changes) {
      const json = counts.get(storyId);
      for (const stream of json === undefined ? [] : marked) {
        streams.enqueue(stream, () => {
          // What waited before it has been sent by now, and an older id would bring that once more.
          streams.send(stream, message("counts", idAt(stream.sentPosition), json ?? ""));
          return Promise.resolve();
        });
      }
    }
  }

  function applyToStories(event: EventEnvelope, at: number): void {
    const storyId = announce.storyIdOf(event);
    const people = new Set(merge.actorsOf(storyId));
    for (const accountId of announce.peopleOf(event)) {
      people.add(numbers.find(accountId));
    }
    const concerned = streams.watching(people);
    for (const stream of concerned) {
      streams.enqueue(stream, () => deliver(stream, event, at));
    }
  }

  /** A change of what someone sees: their open pages start again, once the stream watches anew. */
  function applyToGraph(event: EventEnvelope): void {
    const { actor, other } = event.data as unknown as RelationChanged;
    for (const accountId of [idOf(actor.accountId), idOf(other.accountId)]) {
      for (const stream of streams.of(accountId)) {
        const held = audiences.peek(accountId);
        if (held !== undefined) {
          streams.watch(stream, held);
        } else {
          stream.watchesOld = true;
        }
        streams.enqueue(stream, async () => {
          await watchAnew(stream);
          if (concerns(event, accountId)) {
            sendReset(stream);
          }
        });
      }
    }
  }

  async function watchAnew(stream: Stream): Promise<void> {
    if (stream.watchesOld) {
      const audience = await audiences.of(stream.context, stream.viewer.accountId);
      stream.watchesOld = false;
      streams.watch(stream, audience);
    }
  }

  const heartbeat = setInterval(() => {
    for (const stream of streams.all()) {
      // Nothing waits, so everything up to now was sent: the client may resume from here.
      if (!stream.working && stream.begun) {
        stream.sentPosition = Math.max(stream.sentPosition, currentPosition());
      }
      const id = stream.begun ? `id: ${idAt(stream.sentPosition)}\n` : "";
      streams.send(stream, `: still here\n${id}\n`);
    }
  }, limits.heartbeatMs);
  heartbeat.unref();
  const counting = setInterval(() => {
    if (changedCounts.size > 0) {
      sendCounts().catch((error: unknown) => {
        logger.warn({ error }, "counts could not be read for the live streams");
      });
    }
  }, limits.countsEveryMs);
  counting.unref();

  return {
    open(context, viewer, after, sink) {
      const stream = streams.open(viewer, { ...internalContext(context.requestId), viewer }, sink);
      streams.enqueue(stream, () => begin(stream, after));
      return () => {
        streams.end(stream);
      };
    },
    apply(event, delivery) {
      if (event.position !== null) {
        position = event.position;
        isPositionKnown = true;
      }
      if (event.type === "accounts.sessions_ended.v1") {
        const { accountId, sessionIds } = event.data as unknown as SessionsEnded;
        streams.endSessions(idOf(accountId), sessionIds);
      } else if (isGraphEvent(event)) {
        if (!delivery.repeated) {
          applyToGraph(event);
        }
      } else if (event.position !== null) {
        applyToStories(event, event.position);
      }
    },
    currentId: () => idAt(currentPosition()),
    streams: streams.count,
    close() {
      clearInterval(heartbeat);
      clearInterval(counting);
      for (const stream of streams.all()) {
        streams.end(stream);
      }
    },
  };
}

const graphTypes: ReadonlySet<string> = new Set(graphEventTypes);

function isGraphEvent(event: EventEnvelope): boolean {
  return graphTypes.has(event.type);
}
