import type { Clock } from "../../ports/clock.ts";
import type { NewEvent } from "../../ports/log.ts";
import type { Transaction } from "../../ports/record.ts";
import { mediaPath } from "./address.ts";
import * as blobStore from "./store-blobs.ts";
import { audiences, deleteMedia, type MediaRow } from "./store-media.ts";

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
