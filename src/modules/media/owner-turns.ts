import { createBulkhead, type Bulkhead } from "../../kernel/bulkhead.ts";
import type { Deadline } from "../../kernel/deadline.ts";
import type { Id } from "../../kernel/id.ts";

/**
 * Lets the works of one person come one after another on this node: whatever somebody sends, others wait
 * behind one of their files at most. Who has as many waiting as may wait is refused with 503.
 */
export type OwnerTurns = <T>(ownerId: Id, deadline: Deadline, work: () => Promise<T>) => Promise<T>;

export function createOwnerTurns(queueMax: number): OwnerTurns {
  const places = new Map<Id, Bulkhead>();
  return async (ownerId, deadline, work) => {
    const place = places.get(ownerId) ?? createBulkhead({ concurrencyMax: 1, queueMax });
    places.set(ownerId, place);
    try {
      return await place.run(deadline, work);
    } finally {
      if (place.running() === 0 && places.get(ownerId) === place) {
        places.delete(ownerId);
      }
    }
  };
}
