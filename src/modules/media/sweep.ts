import { internalContext } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import type { Blobs } from "../../ports/blobs.ts";
import type { Clock } from "../../ports/clock.ts";
import type { DurableConsumer } from "../../ports/log.ts";
import type { Job } from "../../ports/module.ts";
import type { RecordPort, Transaction } from "../../ports/record.ts";
import type { AccountChanged } from "../accounts/events.ts";
import { overdueEvent, remove, type RemoveDeps } from "./remove.ts";
import * as blobStore from "./store-blobs.ts";
import * as store from "./store-media.ts";
import { deleteExpired, deleteUploadsOf } from "./store-uploads.ts";

/**
 * Has removed what nobody uses; removes what a person who is gone has left, and every blob that no row names: those
 * that were written by a node that died in between, too.
 */
export interface SweepDeps {
  readonly record: RecordPort;
  readonly clock: Clock;
  readonly blobs: Blobs;
}

const everyMs = 10_000;
const batchSize = 100;
/** Longer than any upload or making may take, from the moment at which its blob is announced. */
const forgottenMs = 2 * 3_600_000;
const erasureAttemptsMax = 20;

export function createSweep(deps: SweepDeps): readonly Job[] {
  const { record, clock, blobs } = deps;

  /** Until a batch is not full: then there is nothing more for now. */
  async function inBatches(
    name: string,
    batch: (tx: Transaction) => Promise<number>,
  ): Promise<void> {
    const context = internalContext(name);
    let done: number;
    do {
      ({ value: done } = await record.write(context, batch));
    } while (done === batchSize);
  }

  const removeUnused: Job = {
    name: "media.remove-unused",
    everyMs,
    async run() {
      await record.write(internalContext("media.remove-unused"), async (tx) => {
        const beforeMs = clock.nowMs();
        const [first] = await store.lockOverdue(tx.sql, beforeMs, 1);
        if (first !== undefined) {
          tx.append(overdueEvent(first.id, beforeMs));
        }
      });
      await inBatches("media.remove-unused", (tx) =>
        blobStore.doomForgotten(tx.sql, clock.nowMs() - forgottenMs, {
          atMs: clock.nowMs(),
          limit: batchSize,
        }),
      );
      await inBatches("media.remove-unused", async (tx) => {
        const uploads = await deleteExpired(tx.sql, clock.nowMs(), batchSize);
        await blobStore.doomBlobsOf(tx.sql, uploads, clock.nowMs());
        return uploads.length;
      });
    },
  };

  const removeBlobs: Job = {
    name: "media.remove-blobs",
    everyMs,
    async run() {
      // The store is asked outside of a transaction: removing what is gone is fine, so nothing needs a lock.
      const context = internalContext("media.remove-blobs");
      let found: readonly blobStore.BlobName[];
      do {
        ({ value: found } = await record.write(context, (tx) =>
          blobStore.lockDoomed(tx.sql, batchSize),
        ));
        if (found.length > 0) {
          const doomed = found;
          await blobs.remove(doomed.map(({ key }) => key));
          await record.write(context, (tx) => blobStore.forgetBlobs(tx.sql, doomed));
        }
      } while (found.length === batchSize);
    },
  };

  return [removeUnused, removeBlobs];
}

/** Of a person whose account is deleted. Each event takes a batch, and the next one comes by itself. */
export function createErasure(deps: RemoveDeps): DurableConsumer {
  return {
    name: "media.erasure",
    types: ["accounts.deleted.v1", "media.erasure_continued.v1"],
    attemptsMax: erasureAttemptsMax,
    async handle(_context, event, tx) {
      const accountId: Id = BigInt((event.data as unknown as AccountChanged).accountId);
      await store.markErased(tx.sql, accountId);
      const uploads = await deleteUploadsOf(tx.sql, accountId);
      await blobStore.doomBlobsOf(tx.sql, uploads, deps.clock.nowMs());
      const rows = await store.lockMediaOf(tx.sql, accountId, batchSize);
      await remove(deps, tx, rows);
      if (rows.length === batchSize) {
        tx.append({
          type: "media.erasure_continued.v1",
          aggregate: { type: "account", id: accountId, version: 0 },
          actorId: accountId,
          data: { accountId: String(accountId) },
        });
      }
    },
  };
}
