import type { Visibility } from "./client.ts";

/** What someone writes. A comment has no visibility of its own, and no photos. */
export interface Written {
  readonly text: string;
  readonly visibility: Visibility | null;
  /** Ids of the photos and videos that are on the server, in the order in which they are shown. */
  readonly media?: readonly string[];
}

/** A draft as the browser keeps it, with all that is needed to send it once and not twice. */
export interface DraftRecord {
  /** The idempotency key: made with the draft, so that every tab and every attempt has the same. */
  readonly key: string;
  readonly written: Written;
  /** It was sent off, and is tried until the server has answered. */
  readonly isWanted: boolean;
  /** What went out under the key without an answer: any one of these may have arrived. */
  readonly sent: readonly SentOut[];
  /** When the first of these went out. */
  readonly sentAtMs: number | null;
  /** What stands on the server: the rest is to bring it up to date. */
  readonly arrived: Arrived | null;
  readonly changedAtMs: number;
}

export interface SentOut {
  readonly written: Written;
  /** How many of its requests have no answer. */
  readonly open: number;
}

export interface Arrived {
  readonly id: string;
  /** Null: a change went out without an answer. */
  readonly as: Written | null;
}

export function isSame(a: Written, b: Written): boolean {
  return (
    a.text === b.text && a.visibility === b.visibility && mediaOf(a).join() === mediaOf(b).join()
  );
}

export function mediaOf({ media = [] }: Written): readonly string[] {
  return media;
}

function isSameAs(as: Written | null, written: Written): boolean {
  return as !== null && isSame(as, written);
}

/** One more request (or, with -1, one less) of this text has no answer. */
export function counted(
  sent: readonly SentOut[],
  written: Written,
  change: 1 | -1,
): readonly SentOut[] {
  const known = sent.find((other) => isSame(other.written, written));
  const open = (known?.open ?? 0) + change;
  const others = without(sent, written);
  return open > 0 ? [...others, { written, open }] : others;
}

export function without(sent: readonly SentOut[], written: Written): readonly SentOut[] {
  return sent.filter((other) => !isSame(other.written, written));
}

/** Nothing in it is worth keeping: it is as it began, and nothing is known to be under way. */
export function isBlank(record: DraftRecord, began: Pick<DraftRecord, "arrived">): boolean {
  const { written, isWanted, sent, arrived } = record;
  const isUntouched =
    began.arrived === null
      ? written.text === "" && mediaOf(written).length === 0 && arrived === null
      : isSameAs(arrived?.as ?? null, written);
  return isUntouched && sent.length === 0 && !isWanted;
}

/** Null for what was kept by something else, or is broken. */
export function parseRecord(kept: string | null): DraftRecord | null {
  if (kept === null) {
    return null;
  }
  try {
    const value: unknown = JSON.parse(kept);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

type Loose = Partial<Record<keyof DraftRecord, unknown>>;

function isRecord(value: unknown): value is DraftRecord {
  if (typeof value !== "object" || value === null) {
    return false;
  }
  const { key, written, isWanted, sent, sentAtMs, arrived, changedAtMs } = value as Loose;
  return (
    typeof key === "string" &&
    isWritten(written) &&
    typeof isWanted === "boolean" &&
    Array.isArray(sent) &&
    sent.every(isSentOut) &&
    (sentAtMs === null || typeof sentAtMs === "number") &&
    (arrived === null || isArrived(arrived)) &&
    typeof changedAtMs === "number"
  );
}

const visibilities: readonly unknown[] = ["public", "friends", "self", null];

function isWritten(value: unknown): value is Written {
  if (typeof value !== "object" || value === null) {
    return false;
  }
  const { text, visibility, media = [] } = value as Partial<Record<keyof Written, unknown>>;
  const hasIds = Array.isArray(media) && media.every((id) => typeof id === "string");
  return typeof text === "string" && visibilities.includes(visibility) && hasIds;
}

function isSentOut(value: unknown): boolean {
  if (typeof value !== "object" || value === null) {
    return false;
  }
  const { written, open } = value as Partial<Record<keyof SentOut, unknown>>;
  return isWritten(written) && typeof open === "number";
}

function isArrived(value: unknown): boolean {
  if (typeof value !== "object" || value === null) {
    return false;
  }
  const { id, as } = value as { readonly id?: unknown; readonly as?: unknown };
  return typeof id === "string" && (as === null || isWritten(as));
}
