import type { Context } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import type { Clock } from "../../ports/clock.ts";
import type { MediaProcessing } from "../../ports/processing.ts";
import type { Blobs } from "../../ports/blobs.ts";
import type { RecordPort, Transaction } from "../../ports/record.ts";
import { newSecret, pathOf, type Addresses } from "./address.ts";
import type { Media } from "./contract.ts";
import { keepFiles } from "./make.ts";
import { remove } from "./remove.ts";
import { doomBlobs, keepBlobs } from "./store-blobs.ts";
import { audiences, insertMedia, lockMedia, updateMedia, type MediaRow } from "./store-media.ts";
import { changedEvent } from "./uses.ts";
import type { WorkFolders } from "./work-folders.ts";

/** Pictures of links: made anew here, so that whoever reads a story asks nobody else for them. */
export interface PreviewDeps {
  readonly record: RecordPort;
  readonly clock: Clock;
  readonly blobs: Blobs;
  readonly processing: MediaProcessing;
  readonly folders: WorkFolders;
  readonly addresses: Pick<Addresses, "at">;
  readonly isPurged: boolean;
}

/** Of what belongs to nobody. */
const nobodyId = 0n;

export function createPreviews(
  deps: PreviewDeps,
): Pick<Media, "keepPreview" | "previewUrl" | "dropPreviews"> {
  const { record, clock, processing } = deps;

  async function put(tx: Transaction, row: MediaRow): Promise<MediaRow> {
    const [former] = await lockMedia(tx.sql, [row.id]);
    if (former === undefined) {
      await insertMedia(tx.sql, row);
      return row;
    }
    const after = { ...row, secret: former.secret, version: former.version + 1 };
    await updateMedia(tx.sql, after);
    const unused = former.files.map(({ key }) => ({ mediaId: row.id, key }));
    await doomBlobs(tx.sql, unused, clock.nowMs());
    tx.append(changedEvent(after, []));
    return after;
  }

  return {
    async keepPreview(context: Context, id: Id, file: string, signal: AbortSignal) {
      const folder = await deps.folders.open();
      try {
        const made = await processing.makePreview(file, folder.path, signal);
        if ("fault" in made) {
          return null;
        }
        const kept = await keepFiles(deps, id, made);
        const [main] = kept.files;
        // What was given up meanwhile may have been dropped already.
        signal.throwIfAborted();
        const { value } = await record.write(context, async (tx) => {
          if (main === undefined || !(await keepBlobs(tx.sql, kept.blobs))) {
            return null;
          }
          return put(tx, {
            id,
            ownerId: nobodyId,
            kind: "image",
            state: "ready",
            problem: null,
            alt: "",
            width: made.width,
            height: made.height,
            durationMs: null,
            blurhash: made.blurhash,
            secret: newSecret(),
            audience: audiences.everybody,
            original: null,
            files: kept.files,
            preview: made.preview,
            version: 1,
            removeAfterMs: null,
          });
        });
        return value === null || main === undefined ? null : `${pathOf(value)}${main.name}`;
      } finally {
        await folder.remove();
      }
    },
    previewUrl: deps.addresses.at,
    async dropPreviews(context, ids) {
      await record.write(context, async (tx) => {
        const rows = await lockMedia(tx.sql, ids);
        await remove(
          deps,
          tx,
          rows.filter(({ ownerId }) => ownerId === nobodyId),
        );
      });
    },
  };
}
