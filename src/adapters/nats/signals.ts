import { createInbox, type Msg, type NatsConnection } from "@nats-io/transport-node";
import type { CarrierReceiver } from "../../ports/carrier.ts";
import type { EventEnvelope } from "../../ports/event.ts";
import type { Counter } from "../../ports/telemetry.ts";
import { decodeSpread, encodeSpread, type Undecodable } from "./messages.ts";

const wakeSubject = "maru.wake";
const spreadSubject = "maru.spread";
/** Commits within this time wake once more together. */
const wakeEveryMs = 2;

export interface SignalsDeps {
  readonly name: string;
  readonly receiver: () => CarrierReceiver | null;
  /** By `kind`. */
  readonly sent: Counter;
  readonly received: Counter;
  /** By `reason`. */
  readonly dropped: Counter;
  readonly undecodable: (what: Undecodable) => void;
  readonly failed: (what: string, error: unknown) => void;
}

/** What goes from node to node without being kept, and is lost where nobody listens. */
export interface Signals {
  attach(nats: NatsConnection, lost: AbortSignal): void;
  wake(): void;
  spread(events: readonly EventEnvelope[], applied: (node: string) => void): () => void;
}

export function createSignals(deps: SignalsDeps): Signals {
  const { sent, received, dropped } = deps;
  const calls = new Map<string, (node: string) => void>();
  /** One subscription takes the answers to all calls; the last part of the subject names the call. */
  const answers = createInbox();
  let nats: NatsConnection | null = null;
  let lastCall = 0;
  let resting: "asleep" | "again" | null = null;

  function publish(subject: string, payload?: string, reply?: string): void {
    try {
      nats?.publish(subject, payload, reply === undefined ? {} : { reply });
    } catch (error) {
      deps.failed("send", error);
    }
  }

  function publishWake(): void {
    resting = "asleep";
    publish(wakeSubject);
    sent.add(1, { kind: "wake" });
    setTimeout(() => {
      const again = resting === "again";
      resting = null;
      if (again && nats !== null) {
        publishWake();
      }
    }, wakeEveryMs).unref();
  }

  async function take(message: Msg): Promise<void> {
    const spread = decodeSpread(message.data);
    if (typeof spread === "string") {
      deps.undecodable(spread);
      return;
    }
    received.add(1, { kind: "spread" });
    if (spread.events.length === 0) {
      // Whoever has nothing to tell must not be told that it is known.
      return;
    }
    const has = (await deps.receiver()?.spread(spread.events)) ?? false;
    if (has && message.reply !== undefined) {
      publish(message.reply, deps.name);
    }
  }

  function takeAnswer({ subject, data }: Msg): void {
    // Where nobody listens, the server answers with nothing.
    if (data.length > 0) {
      calls.get(subject)?.(Buffer.from(data).toString());
    }
  }

  /** Refusals come as errors instead of messages; the connection tells of them. */
  function subscribe(to: NatsConnection, subject: string, heed: (message: Msg) => void): void {
    to.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) {
          heed(message);
        }
      },
    });
  }

  return {
    attach(attached, lost) {
      nats = attached;
      lost.addEventListener("abort", () => (nats = null));
      subscribe(attached, wakeSubject, () => {
        received.add(1, { kind: "wake" });
        deps.receiver()?.woken();
      });
      subscribe(attached, spreadSubject, (message) => {
        take(message).catch((error: unknown) => deps.failed("receive", error));
      });
      subscribe(attached, `${answers}.*`, takeAnswer);
    },
    wake() {
      if (nats === null) {
        return;
      }
      if (resting === null) {
        publishWake();
      } else {
        resting = "again";
      }
    },
    spread(events, applied) {
      const bytesMax = nats?.info?.max_payload ?? 0;
      const text = nats === null ? null : encodeSpread(deps.name, events, bytesMax);
      if (text === null) {
        dropped.add(1, { reason: nats === null ? "away" : "too-big" });
        return () => undefined;
      }
      lastCall += 1;
      const reply = `${answers}.${lastCall.toString(36)}`;
      calls.set(reply, applied);
      publish(spreadSubject, text, reply);
      sent.add(1, { kind: "spread" });
      return () => {
        calls.delete(reply);
      };
    },
  };
}
