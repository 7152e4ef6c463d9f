import { internalContext, type Context, type Viewer } from "../../kernel/context.ts";
import type { MonotonicMs } from "../../kernel/deadline.ts";
import type { Id } from "../../kernel/id.ts";
import type { EventEnvelope, LogPort } from "../../ports/log.ts";
import type { EventSink } from "../../ports/routes.ts";
import type { Logger } from "../../ports/telemetry.ts";
import type { SessionsEnded } from "../accounts/events.ts";
import type { RelationChanged } from "../graph/events.ts";
import type { Audiences } from "./audiences.ts";
import { createLiveCounts } from "./live-counts.ts";
import type { Announce } from "./announce.ts";
import type { Aside } from "./aside.ts";
import { createMeaning, isGraphEvent, isProfileEvent, type Meaning } from "./meaning.ts";
import type { Placement } from "./placement.ts";
import { idOf, type AccountNumbers } from "./packed.ts";
import { createStreams, type LiveLimits, type Stream } from "./streams.ts";

/**
 * Live streams: server-sent events with the position in the log as their id, so that a client that
 * comes back with its last one misses nothing. Events reach only those who watch one of the
 * event's people; each stream has a queue of its own, so that a slow one delays no other.
 */
export interface LiveEvents {
  apply(event: EventEnvelope): void;
}

export interface Live extends LiveEvents {
  /** Begins a stream; the function ends it. `after`: the last id that the client has seen. */
  open(context: Context, viewer: Viewer, after: string | null, sink: EventSink): () => void;
  /** Where a client that has just read the feed should begin to listen: `?after=`. */
  currentId(): string;
  streams(): number;
  close(): void;
}

const resumePageSize = 500;
/** While the log stands still; what is not remembered is told twice. */
const toldEarlyMax = 10_000;
const retryMinMs = 1_000;
/** Spreads the streams of a node that went away over these milliseconds. */
const retrySpreadMs = 3_000;
const retryStep = 997;

function message(type: string, id: string, json: string): string {
  return `event: ${type}\nid: ${id}\ndata: ${json}\n\n`;
}

export function createLive(deps: {
  readonly audiences: Audiences;
  readonly placement: Placement;
  readonly numbers: AccountNumbers;
  readonly announce: Announce;
  readonly aside: Aside;
  readonly log: LogPort;
  readonly logger: Logger;
  readonly monotonicMs: MonotonicMs;
  readonly limits: LiveLimits;
}): Live {
  const { audiences, placement, numbers, announce, aside, log, logger, monotonicMs, limits } = deps;
  const meaningOf = createMeaning({ audiences, announce, aside });
  const streams = createStreams({ limits, logger, onOverflow: sendReset });
  const counts = createLiveCounts({
    announce,
    streams,
    logger,
    monotonicMs,
    limits,
    messageOf: (stream, json) => message("counts", idAt(stream.sentPosition), json),
  });
  /** Changes of relations that were told right after their commit and have no position yet. */
  const toldEarly = new Set<Id>();
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
    const meaning = await meaningOf(stream.context, event);
    if (at <= stream.sentPosition) {
      // It started again from the feed meanwhile.
      return;
    }
    tell(stream, meaning, at);
    stream.sentPosition = Math.max(stream.sentPosition, at);
  }

  /** `at`: the event's position; of several messages the last has it, so that none is lost to a cut. */
  function tell(stream: Stream, { said, counted, isReset }: Meaning, at: number): void {
    said.forEach(({ type, json }, i) => {
      const isLast = i === said.length - 1 && !isReset;
      streams.send(stream, message(type, idAt(isLast ? at : stream.sentPosition), json));
    });
    if (counted !== null) {
      counts.mark(stream, counted);
    }
    if (isReset) {
      sendReset(stream);
    }
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
    if (after === null) {
      // Who listens from now on has read what was told until now.
      toldEarly.forEach((eventId) => stream.toldEarly.add(eventId));
    }
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

  function applyToStories(event: EventEnvelope, at: number): void {
    const storyId = announce.storyIdOf(event);
    const people = new Set(placement.actorsOf(storyId));
    for (const accountId of announce.peopleOf(event)) {
      people.add(numbers.find(accountId));
    }
    const actorId = aside.actorOf(event);
    const own = actorId === null ? [] : streams.of(actorId);
    const isQuiet = announce.isOnlyCounted(event);
    for (const stream of new Set([...streams.watching(people), ...own])) {
      const isOwn = stream.viewer.accountId === actorId;
      if (!isQuiet || isOwn || !countAtOnce(stream, event, at)) {
        streams.enqueue(stream, () => deliver(stream, event, at));
      }
    }
  }

  /**
   * What another likes or comments changes nothing but counts. That is most of what happens, so it
   * waits for nothing where nothing else waits. False: it has to wait its turn.
   */
  function countAtOnce(stream: Stream, event: EventEnvelope, at: number): boolean {
    const audience = audiences.inPlace(stream.viewer.accountId);
    if (audience === undefined || stream.working || !stream.begun) {
      return false;
    }
    if (at > stream.sentPosition) {
      stream.sentPosition = at;
      if (announce.isPlaced(audience, event)) {
        counts.mark(stream, announce.storyIdOf(event));
      }
    }
    return true;
  }

  /** A change of how two people stand to each other is told at once, in case it hides something. */
  function applyToGraph(event: EventEnvelope): void {
    const { id, position: at } = event;
    const { actor, other } = event.data as unknown as RelationChanged;
    if (at !== null) {
      toldEarly.delete(id);
    } else if (toldEarly.size < toldEarlyMax) {
      toldEarly.add(id);
    }
    for (const accountId of [idOf(actor.accountId), idOf(other.accountId)]) {
      for (const stream of streams.of(accountId)) {
        if (at === null) {
          stream.toldEarly.add(id);
        } else if (stream.toldEarly.delete(id)) {
          streams.enqueue(stream, () => {
            stream.sentPosition = Math.max(stream.sentPosition, at);
            return Promise.resolve();
          });
          continue;
        }
        const held = audiences.peek(accountId);
        if (held !== undefined) {
          streams.watch(stream, held);
        } else {
          stream.watchesOld = true;
        }
        streams.enqueue(stream, () => deliverRelation(stream, event));
      }
    }
  }

  /** The stream watches anew before its client reads the feed, or it would miss what comes then. */
  async function deliverRelation(stream: Stream, event: EventEnvelope): Promise<void> {
    await watchAnew(stream);
    if (event.position === null) {
      tell(stream, await meaningOf(stream.context, event), stream.sentPosition);
    } else {
      await deliver(stream, event, event.position);
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
  return {
    open(context, viewer, after, sink) {
      const stream = streams.open({ ...internalContext(context.requestId), viewer }, sink);
      streams.enqueue(stream, () => begin(stream, after));
      return () => {
        streams.end(stream);
      };
    },
    apply(event) {
      if (event.position !== null) {
        position = event.position;
        isPositionKnown = true;
      }
      if (event.type === "accounts.sessions_ended.v1") {
        const { accountId, sessionIds } = event.data as unknown as SessionsEnded;
        streams.endSessions(idOf(accountId), sessionIds);
      } else if (isGraphEvent(event)) {
        applyToGraph(event);
      } else if (event.position !== null) {
        const at = event.position;
        if (isProfileEvent(event)) {
          for (const stream of streams.of(event.aggregate.id)) {
            streams.enqueue(stream, () => deliver(stream, event, at));
          }
        } else {
          applyToStories(event, at);
        }
      }
    },
    currentId: () => idAt(currentPosition()),
    streams: streams.count,
    close() {
      clearInterval(heartbeat);
      counts.close();
      for (const stream of streams.all()) {
        streams.end(stream);
      }
    },
  };
}
