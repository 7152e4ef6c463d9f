import { assert } from "../../kernel/assert.ts";
import { parseId, type Id } from "../../kernel/id.ts";
import type { DurableConsumer, EventEnvelope } from "../../ports/log.ts";
import type { Transaction } from "../../ports/record.ts";
import { erasureContinued, type ErasureContinued } from "./events.ts";
import { lockPairs } from "./pairs.ts";
import { erased } from "./rules.ts";
import { relatedIds } from "./store.ts";

/**
 * Ends every relation of a person whose account is deleted. A person may have a million followers,
 * so each transaction ends a batch and, if relations are left, appends the event that brings the
 * next one. A repeat finds less to do, or nothing.
 */
const batchSize = 200;
const attemptsMax = 10;

export function createErasure(): DurableConsumer {
  return {
    name: "graph.erasure",
    types: ["accounts.deleted.v1", erasureContinued],
    attemptsMax,
    async handle(_context, event, tx) {
      await eraseBatch(tx, deletedAccount(event));
    },
  };
}

function deletedAccount(event: EventEnvelope): Id {
  const { accountId } = event.data;
  const id = typeof accountId === "string" ? parseId(accountId) : undefined;
  assert(id !== undefined, `${event.type} names an account`);
  return id;
}

async function eraseBatch(tx: Transaction, accountId: Id): Promise<void> {
  const otherIds = await relatedIds(tx.sql, accountId, batchSize);
  const pairs = await lockPairs(
    tx,
    otherIds.map((otherId) => [accountId, otherId]),
    [accountId],
  );
  // Commands that come later see this under their lock, so that nothing begins behind the last batch.
  pairs.markErased(accountId);
  for (const otherId of otherIds) {
    const decision = erased(pairs.pair(accountId, otherId));
    if (typeof decision === "object") {
      pairs.take(accountId, otherId, decision, accountId);
    }
  }
  await pairs.write();
  const [left] = await relatedIds(tx.sql, accountId, 1);
  if (left !== undefined) {
    const data: ErasureContinued = { accountId: String(accountId) };
    tx.append({
      type: erasureContinued,
      aggregate: { type: "member", id: accountId, version: 0 },
      actorId: accountId,
      data,
    });
  }
}
