import { stat } from "node:fs/promises";
import { assert } from "../../kernel/assert.ts";
import type { Context } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import { invalid, unauthenticated, unavailable } from "../../kernel/problem.ts";
import { countGraphemes, normalizeText, textFault, utf8Bytes } from "../../kernel/text.ts";
import { BlobsFull, BlobsUnavailable, type Blobs } from "../../ports/blobs.ts";
import type { Clock } from "../../ports/clock.ts";
import type { IdSource } from "../../ports/ids.ts";
import type { MediaKind, MediaProcessing, Probed } from "../../ports/processing.ts";
import type { RecordPort, Transaction } from "../../ports/record.ts";
import { newBlobPrefix, newSecret } from "./address.ts";
import * as errors from "./errors.ts";
import type { OwnerTurns } from "./owner-turns.ts";
import { altBytesMax, altGraphemesMax, unusedMs, type MediaSettings } from "./settings.ts";
import { announceBlobs, giveUpBlobs, keepBlobs } from "./store-blobs.ts";
import { audiences, countUnused, insertMedia, lockOwner, type MediaRow } from "./store-media.ts";

/** Takes a file that has come in whole: looks into it, keeps it, and lets what is shown of it be made. */
export interface AcceptDeps {
  readonly record: RecordPort;
  readonly ids: IdSource;
  readonly clock: Clock;
  readonly blobs: Blobs;
  readonly processing: MediaProcessing;
  readonly settings: MediaSettings;
  /** Of looking into files. */
  readonly inProbingTurn: OwnerTurns;
}

/** A file on this machine, by the content of its beginning. */
export interface Sniffed {
  readonly kind: MediaKind;
  readonly contentType: string;
}

/** A file that is in the store; nobody knows of it until `enter` is committed. */
export interface Accepted {
  readonly id: Id;
  readonly key: string;
  readonly probed: Probed;
}

/** Of waiting for a turn behind others and of looking, which ends by itself much sooner. */
const probingMs = 60_000;
const retryAfterS = 2;

/** What the first bytes of a file say of it, or the problem. */
export async function sniff(
  { processing }: Pick<AcceptDeps, "processing">,
  head: Uint8Array,
): Promise<Sniffed> {
  const found = await processing.sniff(head);
  if (found === null) {
    throw errors.unsupported();
  }
  if (found.kind === "video" && processing.videoMissing !== null) {
    throw errors.noVideo();
  }
  return found;
}

export function bytesMaxOf(settings: MediaSettings, kind: MediaKind): number {
  return kind === "image" ? settings.imageBytesMax : settings.videoBytesMax;
}

export function tooLargeFor(settings: MediaSettings, kind: MediaKind): Error {
  const bytes = bytesMaxOf(settings, kind);
  const name = kind === "image" ? "photo" : "video";
  return errors.tooLarge({ detail: `A ${name} may have ${String(bytes)} bytes at most.` });
}

/** In NFC, otherwise as it was written. */
export function parseAlt(text: string): string {
  const fault = textFault(text);
  if (fault !== null) {
    throw invalid("/alt", fault === "nul" ? "contains U+0000" : "contains half a character");
  }
  const alt = normalizeText(text.trim());
  if (utf8Bytes(alt) > altBytesMax || countGraphemes(alt, altGraphemesMax) > altGraphemesMax) {
    const message = `is longer than ${String(altGraphemesMax)} characters or ${String(altBytesMax)} bytes`;
    throw errors.altTooLong({ detail: `/alt: ${message}`, errors: [{ path: "/alt", message }] });
  }
  return alt;
}

interface Accepting<T> {
  readonly ownerId: Id;
  readonly path: string;
  readonly work: (accepted: Accepted) => Promise<T>;
}

/**
 * Lets `work` enter the file. What it does not enter goes again: of a file that is refused after all, or
 * that was taken before, nothing stays.
 */
export async function accept<T>(
  deps: AcceptDeps,
  context: Context,
  { ownerId, path, work }: Accepting<T>,
): Promise<T> {
  const { record, clock, blobs } = deps;
  const probed = await deps.inProbingTurn(ownerId, context.deadline, () => probe(deps, path));
  const id = deps.ids.mint();
  const key = `${newBlobPrefix(id)}-original`;
  const blob = { mediaId: id, key };
  await record.write(context, (tx) => announceBlobs(tx.sql, [blob], clock.nowMs()));
  try {
    await orProblem(() => blobs.put(key, path, { contentType: probed.contentType }));
    return await work({ id, key, probed });
  } finally {
    // Where the record is away it is found later, as what a node leaves behind that dies.
    await record
      .write(context, (tx) => giveUpBlobs(tx.sql, [blob], clock.nowMs()))
      .catch(() => undefined);
  }
}

/** What the file says of itself, within the limits of what it really is. */
async function probe(
  { processing, settings }: Pick<AcceptDeps, "processing" | "settings">,
  path: string,
): Promise<Probed> {
  const probed = await processing
    .probe(path, AbortSignal.timeout(probingMs))
    .catch((error: unknown) => {
      // Too many others are looked into, or the process was ended: the file is none the worse for it.
      throw unavailable({ cause: error, retryAfterS });
    });
  if ("fault" in probed) {
    throw errors.ofFault[probed.fault]();
  }
  const { size } = await stat(path);
  if (size > bytesMaxOf(settings, probed.kind)) {
    throw tooLargeFor(settings, probed.kind);
  }
  return probed;
}

/** In the transaction that answers the upload. */
export async function enter(
  { clock, settings }: Pick<AcceptDeps, "clock" | "settings">,
  tx: Transaction,
  {
    ownerId,
    alt,
    accepted,
  }: { readonly ownerId: Id; readonly alt: string; readonly accepted: Accepted },
): Promise<MediaRow> {
  const { id, key, probed } = accepted;
  if (!(await lockOwner(tx.sql, ownerId))) {
    throw unauthenticated();
  }
  if ((await countUnused(tx.sql, ownerId, settings.unusedMax)) >= settings.unusedMax) {
    throw errors.tooManyUnused();
  }
  const isKept = await keepBlobs(tx.sql, [{ mediaId: id, key }]);
  assert(isKept, "an upload is entered long before its blob would be given up");
  const row: MediaRow = {
    id,
    ownerId,
    kind: probed.kind,
    state: "processing",
    problem: null,
    alt,
    width: probed.width,
    height: probed.height,
    durationMs: probed.durationMs,
    blurhash: null,
    secret: newSecret(),
    audience: audiences.owner,
    original: key,
    files: [],
    preview: null,
    version: 1,
    removeAfterMs: clock.nowMs() + unusedMs,
  };
  await insertMedia(tx.sql, row);
  tx.append({
    type: "media.uploaded.v1",
    aggregate: { type: "media", id, version: row.version },
    actorId: ownerId,
    data: { mediaId: String(id), ownerId: String(ownerId) },
  });
  return row;
}

const fullDiskPattern = /\b(?:ENOSPC|EDQUOT)\b/u;

/** Of the node's own disk, on which files lie while they are worked on. */
export function isFullDisk(error: unknown): boolean {
  return error instanceof Error && fullDiskPattern.test(error.message);
}

/** What the store, or the node's own disk, cannot do now, as the API says it. */
export async function orProblem<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BlobsFull || isFullDisk(error)) {
      throw errors.storeFull({ cause: error });
    }
    if (error instanceof BlobsUnavailable) {
      throw errors.noStore({ cause: error, retryAfterS });
    }
    throw error;
  }
}
