import type { Context } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import type { Keyring } from "../../kernel/keyring.ts";
import type { BlobStore } from "../../ports/blobs.ts";
import type { Module, ModuleDeps } from "../../ports/module.ts";
import type { MediaProcessing } from "../../ports/processing.ts";
import type { Graph } from "../graph/contract.ts";
import type { Stories } from "../stories/contract.ts";
import { createAddresses } from "./address.ts";
import type { Media, MediaCopy } from "./contract.ts";
import { createKnown } from "./known.ts";
import { createMaking } from "./make.ts";
import { createOwnerTurns } from "./owner-turns.ts";
import { createPlace } from "./place.ts";
import { createPreviews } from "./previews.ts";
import { createPurge } from "./purge.ts";
import { fileRoute } from "./routes-files.ts";
import { mediaRoutes } from "./routes-media.ts";
import { uploadRoutes } from "./routes-uploads.ts";
import { uploadsMax, usableMs, usesMax, type MediaSettings } from "./settings.ts";
import { copyOf, mediaById, type MediaRow } from "./store-media.ts";
import { usesOf } from "./store-uses.ts";
import { createErasure, createSweep } from "./sweep.ts";
import { createUses } from "./uses.ts";
import { createWorkFolders } from "./work-folders.ts";
import { writeAvatar, writeMedia } from "./write.ts";

export interface MediaDeps extends ModuleDeps {
  readonly keyring: Keyring;
  readonly blobs: BlobStore;
  readonly processing: MediaProcessing;
  readonly settings: MediaSettings;
  /** On this node's own disk, and nobody else's. */
  readonly workFolder: string;
  /** Neighbours are asked for lazily: the modules know each other in a circle. */
  readonly stories: Pick<Stories, "sees">;
  readonly graph: Pick<Graph, "relations">;
}

export function createMedia(deps: MediaDeps): Module<Media> {
  const { record, ids, clock, metrics, logger, processing, settings } = deps;
  const folders = createWorkFolders(deps.workFolder, clock);
  const place = createPlace({ record, blobs: deps.blobs, folders, logger });
  const addresses = createAddresses({
    keyring: deps.keyring,
    nowMs: () => clock.nowMs(),
    baseUrl: settings.baseUrl ?? "",
  });
  const known = createKnown({ record, clock, metrics });
  const isPurged = settings.purgeUrl !== null;
  const parts = {
    record,
    ids,
    clock,
    processing,
    settings,
    folders,
    addresses,
    known,
    isPurged,
    inProbingTurn: createOwnerTurns(uploadsMax),
    blobs: place.blobs,
    get stories() {
      return deps.stories;
    },
    get graph() {
      return deps.graph;
    },
  };

  async function rowsOf(
    context: Context,
    wanted: readonly Id[],
  ): Promise<ReadonlyMap<Id, MediaRow>> {
    const rows = await record.read(context, (sql) => mediaById(sql, wanted));
    return new Map(rows.map((row) => [row.id, row]));
  }

  async function usable(
    context: Context,
    ownerId: Id,
    wanted: readonly Id[],
  ): Promise<readonly (MediaCopy | null)[]> {
    const rows = await rowsOf(context, wanted);
    const uses = await record.read(context, (sql) => usesOf(sql, [...rows.keys()]));
    const laterMs = clock.nowMs() + usableMs;
    return wanted.map((id) => {
      const row = rows.get(id);
      const mayBeShown =
        row?.ownerId === ownerId &&
        row.state !== "failed" &&
        (row.removeAfterMs === null || row.removeAfterMs > laterMs) &&
        uses.filter(({ mediaId }) => mediaId === id).length < usesMax;
      return mayBeShown ? copyOf(row) : null;
    });
  }

  return {
    name: "media",
    contract: {
      usable,
      async current(context, wanted) {
        const rows = await rowsOf(context, wanted);
        return wanted.map((id) => {
          const row = rows.get(id);
          return row === undefined ? null : copyOf(row);
        });
      },
      write: (copies) => writeMedia(addresses, copies),
      avatarUrl: (copy) => writeAvatar(addresses, copy),
      ...createPreviews(parts),
      mayKeep: place.mayKeep,
      workFolder: folders.open,
    },
    routes: [...mediaRoutes(parts), ...uploadRoutes(parts), fileRoute(parts)],
    views: [known.view],
    consumers: [createUses(parts), createErasure(parts)],
    workers: [
      createMaking({
        record,
        clock,
        processing,
        folders,
        place,
        blobs: place.blobs,
        atOnceMax: settings.makingAtOnceMax,
        timeoutMs: settings.makingTimeoutMs,
      }),
      ...(settings.purgeUrl === null ? [] : [createPurge({ purgeUrl: settings.purgeUrl, clock })]),
    ],
    jobs: createSweep(parts),
    healthChecks: [place.healthCheck],
    async start() {
      await folders.start();
      await place.start();
      if (processing.videoMissing !== null) {
        logger.warn({}, `Videos are not taken: ${processing.videoMissing}`);
      }
    },
    async stop() {
      place.stop();
      await processing.close();
      await deps.blobs.close();
    },
  };
}
