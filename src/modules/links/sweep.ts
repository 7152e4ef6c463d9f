import { internalContext } from "../../kernel/context.ts";
import type { Clock } from "../../ports/clock.ts";
import type { IdSource } from "../../ports/ids.ts";
import type { Job } from "../../ports/module.ts";
import type { RecordPort, Transaction } from "../../ports/record.ts";
import type { Media } from "../media/contract.ts";
import { lockDue, markAsked, removeUnused } from "./store.ts";
import { forgetImages, releaseImages, unusedImages } from "./store-images.ts";
import { wantedEvent } from "./tell.ts";

/** What is done from time to time, whoever writes or reads. */
export interface SweepDeps {
  readonly record: RecordPort;
  readonly ids: IdSource;
  readonly clock: Clock;
  readonly media: Pick<Media, "dropPreviews">;
}

const retryEveryMs = 30_000;
const sweepEveryMs = 600_000;
/** A deletion may be undone, and a story may have been written with what was known. */
const unusedMsMax = 86_400_000;
const perTransaction = 200;

/** Asks once more for pages whose servers were away. */
export function createRetry({ record, ids, clock }: Omit<SweepDeps, "media">): Job {
  async function askDue(tx: Transaction): Promise<number> {
    const due = await lockDue(tx.sql, clock.nowMs(), perTransaction);
    for (const { id, hash } of due) {
      const imageId = ids.mint();
      await markAsked(tx.sql, hash, imageId);
      tx.append(wantedEvent(id, imageId));
    }
    return due.length;
  }

  return {
    name: "links.retry",
    everyMs: retryEveryMs,
    run: () => untilFew(() => write(record, "links.retry", askDue)),
  };
}

/** Removes links that no story shows, and then their pictures. */
export function createSweep(deps: SweepDeps): Job {
  const { record, clock } = deps;
  const name = "links.sweep";

  async function removeLinks(tx: Transaction): Promise<number> {
    const removed = await removeUnused(tx.sql, clock.nowMs() - unusedMsMax, perTransaction);
    await releaseImages(tx.sql, removed);
    return removed.length;
  }

  async function removeImages(): Promise<number> {
    const context = internalContext(name);
    const imageIds = await record.read(context, (sql) => unusedImages(sql, perTransaction));
    if (imageIds.length > 0) {
      // What was dropped before is dropped again: it is forgotten only now.
      await deps.media.dropPreviews(context, imageIds);
      await write(record, name, (tx) => forgetImages(tx.sql, imageIds));
    }
    return imageIds.length;
  }

  return {
    name,
    everyMs: sweepEveryMs,
    async run() {
      await untilFew(() => write(record, name, removeLinks));
      await untilFew(removeImages);
    },
  };
}

async function write<T>(
  record: RecordPort,
  name: string,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const { value } = await record.write(internalContext(name), work);
  return value;
}

async function untilFew(work: () => Promise<number>): Promise<void> {
  let count: number;
  do {
    count = await work();
  } while (count === perTransaction);
}
