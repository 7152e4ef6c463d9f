import type { MaruProblem } from "../../sdk/problem.ts";
import {
  counted,
  isSame,
  without,
  type Arrived,
  type DraftRecord,
  type SentOut,
  type Written,
} from "./draft-record.ts";

/**
 * One attempt to bring what was written to the server. Nobody knows whether a request without an
 * answer arrived; what makes it safe to try again is the idempotency key, under which the server
 * takes one text and answers it again and again, and no other.
 */

export type Outcome<T> =
  | { readonly kind: "done"; readonly value: T }
  /** The server has another text under this key. */
  | { readonly kind: "mismatch" }
  /** It understood and said no: the same again would not help. */
  | { readonly kind: "refused"; readonly error: MaruProblem }
  /** No answer, or none that settles it. */
  | Passing;

export interface Passing {
  readonly kind: "passing";
  /** What the server asked for. */
  readonly retryAfterMs: number;
  /** It is certain that the server did nothing with it. */
  readonly isUnheard: boolean;
  /** It answered, and had no time. */
  readonly isBusy?: boolean;
}

/** Why something that was sent off is not done, and is not tried any more. */
export type Trouble =
  | { readonly kind: "refused"; readonly error: MaruProblem }
  /** An earlier text is published, and cannot be changed: this one is a draft of its own now. */
  | { readonly kind: "earlier-sent" }
  /** So much time has passed that the server may have forgotten whether it has it. */
  | { readonly kind: "unsure" };

export interface Sender<T> {
  readonly post: (key: string, written: Written) => Promise<Outcome<T>>;
  /** Where what was published can be changed. */
  readonly patch?: (id: string, change: Partial<Written>) => Promise<Outcome<T>>;
  readonly idOf: (value: T) => string;
}

/** The draft, as the attempt sees and changes it. */
export interface DraftDesk<T> {
  /** As every tab knows it by now. */
  record(): DraftRecord;
  keep(change: Partial<DraftRecord>): void;
  /** It is there, as it was written last; null: it was already. Ends the draft that had the key. */
  finish(key: string, value: T | null): void;
  /** It is there, and has been changed here since. */
  arrived(value: T, as: Written): void;
  /** What is written becomes a draft that was never sent. */
  startOver(trouble: Trouble): void;
  fail(trouble: Trouble): void;
  nowMs(): number;
}

/** Shorter than a day, for which the server keeps keys. */
export const keyTrustedMs = 23 * 60 * 60_000;

const notFound = 404;

/** Null: look at the draft again, there may be no more to do. */
export async function attempt<T>(desk: DraftDesk<T>, sender: Sender<T>): Promise<Passing | null> {
  const { arrived, sentAtMs } = desk.record();
  if (arrived !== null) {
    return bringUpToDate(desk, sender, arrived);
  }
  if (sentAtMs !== null && desk.nowMs() - sentAtMs > keyTrustedMs) {
    desk.startOver({ kind: "unsure" });
    return null;
  }
  return publish(desk, sender);
}

async function publish<T>(desk: DraftDesk<T>, sender: Sender<T>): Promise<Passing | null> {
  const { key, written, sent, sentAtMs } = desk.record();
  // Kept before it goes out: the page may end before the answer comes.
  desk.keep({ sent: counted(sent, written, 1), sentAtMs: sentAtMs ?? desk.nowMs() });
  const outcome = await sender.post(key, written);
  if (outcome.kind === "done") {
    settle(desk, sender, { key, written, value: outcome.value });
    return null;
  }
  if (desk.record().key !== key) {
    return null;
  }
  if (outcome.kind === "mismatch") {
    keepSent(desk, without(desk.record().sent, written));
    return findEarlier(desk, sender, key);
  }
  if (outcome.kind === "refused" || outcome.isUnheard) {
    keepSent(desk, counted(desk.record().sent, written, -1));
  }
  if (outcome.kind === "passing") {
    return outcome;
  }
  refuse(desk, written, outcome.error);
  return null;
}

/** One of the texts that went out before has arrived: the server tells which by answering it again. */
async function findEarlier<T>(
  desk: DraftDesk<T>,
  sender: Sender<T>,
  key: string,
): Promise<Passing | null> {
  for (const { written } of desk.record().sent) {
    const outcome = await sender.post(key, written);
    if (outcome.kind === "passing") {
      return outcome;
    }
    if (outcome.kind === "done") {
      settle(desk, sender, { key, written, value: outcome.value });
      return null;
    }
    const now = desk.record();
    if (now.key !== key) {
      return null;
    }
    if (outcome.kind === "refused") {
      // This tells nothing of the earlier text: it may be the one that is there.
      refuse(desk, now.written, outcome.error);
      return null;
    }
    keepSent(desk, without(now.sent, written));
  }
  if (desk.record().arrived === null) {
    desk.startOver({ kind: "unsure" });
  }
  return null;
}

function settle<T>(
  desk: DraftDesk<T>,
  sender: Sender<T>,
  { key, written, value }: { key: string; written: Written; value: T },
): void {
  const now = desk.record();
  if (now.key === key && now.arrived !== null) {
    // Another tab has learned it, too, and may have changed it already.
    return;
  }
  if (now.key !== key || isSame(now.written, written)) {
    desk.finish(key, value);
  } else if (sender.patch === undefined) {
    desk.arrived(value, written);
    desk.startOver({ kind: "earlier-sent" });
  } else {
    desk.keep({ arrived: { id: sender.idOf(value), as: written }, sent: [], sentAtMs: null });
    desk.arrived(value, written);
  }
}

async function bringUpToDate<T>(
  desk: DraftDesk<T>,
  sender: Sender<T>,
  { id, as }: Arrived,
): Promise<Passing | null> {
  const { key, written } = desk.record();
  if (sender.patch === undefined || (as !== null && isSame(as, written))) {
    desk.finish(key, null);
    return null;
  }
  if (as !== null) {
    // Until there is an answer nobody knows what stands there.
    desk.keep({ arrived: { id, as: null } });
  }
  const outcome = await sender.patch(id, differenceOf(as, written));
  if (outcome.kind === "passing") {
    return outcome;
  }
  const now = desk.record();
  if (outcome.kind === "done") {
    if (now.key !== key || isSame(now.written, written)) {
      desk.finish(key, outcome.value);
    } else {
      desk.keep({ arrived: { id, as: written } });
      desk.arrived(outcome.value, written);
    }
  } else if (outcome.kind === "refused" && now.key === key) {
    const { error } = outcome;
    if (error.status === notFound) {
      desk.startOver({ kind: "refused", error });
    } else {
      desk.keep({ arrived: { id, as } });
      refuse(desk, written, error);
    }
  }
  return null;
}

function keepSent<T>(desk: DraftDesk<T>, sent: readonly SentOut[]): void {
  desk.keep({ sent, sentAtMs: sent.length === 0 ? null : desk.record().sentAtMs });
}

/** What was refused may have been changed in the meantime: then the next attempt tells. */
function refuse<T>(desk: DraftDesk<T>, written: Written, error: MaruProblem): void {
  if (isSame(desk.record().written, written)) {
    desk.fail({ kind: "refused", error });
  }
}

function differenceOf(before: Written | null, after: Written): Partial<Written> {
  if (before === null) {
    return after;
  }
  return {
    ...(before.text === after.text ? {} : { text: after.text }),
    ...(before.visibility === after.visibility ? {} : { visibility: after.visibility }),
  };
}
