import { assert } from "../../kernel/assert.ts";
import { parseId, type Id } from "../../kernel/id.ts";
import type { DurableConsumer, EventEnvelope, NewEvent } from "../../ports/log.ts";
import type { Transaction } from "../../ports/record.ts";
import { linkWanted, previewed, tellingContinued } from "./events.ts";
import type { LinkWanted, Previewed, TellingContinued } from "./events.ts";
import { lockLink, type LinkRow } from "./store.ts";
import { takeWaiting } from "./store-uses.ts";

/** Tells stories that a preview is there, in bounded facts and bounded transactions. */

const storiesPerFact = 500;
const factsPerTransaction = 4;
const attemptsMax = 20;

/** An id from an event's data, which its schema has checked. */
export function idOf(event: EventEnvelope, member: string): Id {
  const text = event.data[member];
  const id = typeof text === "string" ? parseId(text) : undefined;
  assert(id !== undefined, `${event.type} has an id as ${member}`);
  return id;
}

function linkEvent(
  type: string,
  id: Id,
  data: LinkWanted | Previewed | TellingContinued,
): NewEvent {
  return { type, aggregate: { type: "link", id, version: 0 }, actorId: null, data };
}

export function wantedEvent(linkId: Id, imageId: Id): NewEvent {
  return linkEvent(linkWanted, linkId, { linkId: String(linkId), imageId: String(imageId) });
}

export function previewedEvent(linkId: Id, storyIds: readonly Id[]): NewEvent {
  return linkEvent(previewed, linkId, { linkId: String(linkId), storyIds: storyIds.map(String) });
}

/** Tells those who wait, and sees to it that the others are told next. The caller holds the link's lock. */
export async function tellWaiting(tx: Transaction, { id, hash }: LinkRow): Promise<void> {
  for (let facts = 0; facts < factsPerTransaction; facts += 1) {
    const storyIds = await takeWaiting(tx.sql, hash, storiesPerFact);
    if (storyIds.length > 0) {
      tx.append(previewedEvent(id, storyIds));
    }
    if (storyIds.length < storiesPerFact) {
      return;
    }
  }
  tx.append(linkEvent(tellingContinued, id, { linkId: String(id) }));
}

export function createTelling(): DurableConsumer {
  return {
    name: "links.telling",
    types: [tellingContinued],
    attemptsMax,
    async handle(_context, event, tx) {
      const link = await lockLink(tx.sql, idOf(event, "linkId"));
      if (link?.standing.state === "ready") {
        await tellWaiting(tx, link);
      }
    },
  };
}
