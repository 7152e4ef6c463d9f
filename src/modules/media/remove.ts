import type { Clock } from "../../ports/clock.ts";
import type { Id } from "../../kernel/id.ts";
import type { NewEvent } from "../../ports/log.ts";
import type { Transaction } from "../../ports/record.ts";
import { mediaPath } from "./address.ts";
import * as blobStore from "./store-blobs.ts";
import { audiences, deleteMedia, lockOverdue, type MediaRow } from "./store-media.ts";

const batchSize = 100;

export interface RemoveDeps {
  readonly clock: Clock;
  /** Whether a cache in front of this is told what to forget. */
  readonly isPurged: boolean;
}

/** Removes rows that are locked, and lets their files be removed. */
export async function remove(
  { clock, isPurged }: RemoveDeps,
  tx: Transaction,
  rows: readonly MediaRow[],
): Promise<void> {
  const ids = rows.map(({ id }) => id);
  await deleteMedia(tx.sql, ids);
  await blobStore.doomBlobsOf(tx.sql, ids, clock.nowMs());
  for (const row of rows) {
    tx.append({
      type: "media.removed.v1",
      aggregate: { type: "media", id: row.id, version: 0 },
      actorId: null,
      data: { mediaId: String(row.id) },
    });
    if (isPurged && row.audience === audiences.everybody) {
      tx.append(withdrawnEvent(row));
    }
  }
}

/** Removes a batch of what nothing had shown by then, and asks for the next one. */
export async function removeOverdue(
  deps: RemoveDeps,
  tx: Transaction,
  beforeMs: number,
): Promise<void> {
  const rows = await lockOverdue(tx.sql, beforeMs, batchSize);
  await remove(deps, tx, rows);
  const last = rows[batchSize - 1];
  if (last !== undefined) {
    tx.append(overdueEvent(last.id, beforeMs));
  }
}

/** `id`: one of those whose time is over. */
export function overdueEvent(id: Id, beforeMs: number): NewEvent {
  return {
    type: "media.overdue.v1",
    aggregate: { type: "media", id, version: 0 },
    actorId: null,
    data: { beforeMs },
  };
}

/** Of the addresses that everybody could read until now. */
export function withdrawnEvent(row: MediaRow): NewEvent {
  return {
    type: "media.withdrawn.v1",
    aggregate: { type: "media", id: row.id, version: 0 },
    actorId: null,
    data: { mediaId: String(row.id), paths: row.files.map(({ name }) => plainPath(row, name)) },
  };
}

/** The one way to write the address of a file that everybody may read: a cache is told to forget no other. */
export function plainPath({ id, secret }: MediaRow, fileName: string): string {
  return `${mediaPath}${String(id)}.${secret}/${fileName}`;
}
