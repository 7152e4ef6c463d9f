import type { CarrierReceiver, LogCarrier } from "../../src/ports/carrier.ts";
import type { EventEnvelope } from "../../src/ports/event.ts";

/** Joins nodes of one process, without anything between them that could fail unasked. */
export interface LocalCarriers {
  carrier(name: string): LogCarrier;
  /** From now on nothing comes from or to this node. */
  cut(name: string): void;
  mend(name: string): void;
}

export function createLocalCarriers(): LocalCarriers {
  const receivers = new Map<string, CarrierReceiver>();
  const cutOff = new Set<string>();

  const joined = (name: string): boolean => receivers.has(name) && !cutOff.has(name);

  /** Later, as over a network, and to whoever can be reached then. */
  function toOthers(from: string, deliver: (to: CarrierReceiver, name: string) => void): void {
    if (!joined(from)) {
      return;
    }
    setImmediate(() => {
      for (const [name, receiver] of receivers) {
        if (name !== from && joined(name) && !cutOff.has(from)) {
          deliver(receiver, name);
        }
      }
    });
  }

  function spread(
    from: string,
    events: readonly EventEnvelope[],
    applied: (node: string) => void,
  ): () => void {
    let listening = true;
    toOthers(from, (receiver, name) => {
      void (async () => {
        const has = await receiver.spread(events);
        if (has && listening && joined(from) && joined(name)) {
          applied(name);
        }
      })();
    });
    return () => {
      listening = false;
    };
  }

  return {
    carrier: (name) => ({
      async start(receiver) {
        receivers.set(name, receiver);
      },
      send: (batch) => toOthers(name, (receiver) => receiver.moved(batch)),
      wake: () => toOthers(name, (receiver) => receiver.woken()),
      spread: (events, applied) => spread(name, events, applied),
      trouble: () => (joined(name) ? null : `${name} is cut off from the other nodes`),
      async stop() {
        receivers.delete(name);
      },
    }),
    cut: (name) => void cutOff.add(name),
    mend: (name) => void cutOff.delete(name),
  };
}
