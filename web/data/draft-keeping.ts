import { isBlank, type DraftRecord, type Written } from "./draft-record.ts";

/**
 * The draft of a place, here and in the browser's storage, which every tab of the same person shares.
 * Whatever changes it looks first at what is kept, so that no tab undoes what another has done.
 */
export interface Keeping {
  /** As this tab knows it. */
  current(): DraftRecord;
  /** As every tab knows it by now, with what is being typed here. */
  fresh(): DraftRecord;
  change(change: Partial<DraftRecord>): void;
  /** Typing is kept a moment later: the storage is slow. */
  type(written: Written): void;
  /** The same text under another key, as if it had never been sent. */
  startOver(): void;
  clear(): void;
  keepNow(): void;
}

export interface KeepingDeps {
  readonly load: () => DraftRecord | null;
  readonly save: (record: DraftRecord | null) => void;
  /** What the place begins with: nothing, or what is there to be changed. */
  readonly begin: () => Pick<DraftRecord, "written" | "arrived">;
  readonly newKey: () => string;
  readonly nowMs: () => number;
  /** Calls back after a time; returns what calls it off. */
  readonly later: (job: () => void, ms: number) => () => void;
}

/** From the last key to the storage. */
const saveMs = 300;

export function createKeeping(deps: KeepingDeps): Keeping {
  const kept = deps.load();
  let record = kept ?? blank();
  /** It has been in the storage: if it is there no more, another tab is done with it. */
  let isStored = kept !== null;
  /** Typed here, and not in the storage yet. */
  let isUnsaved = false;
  let cancelSave = (): void => undefined;

  function blank(): DraftRecord {
    const sending = { isWanted: false, sent: [], sentAtMs: null };
    return { ...deps.begin(), ...sending, key: deps.newKey(), changedAtMs: deps.nowMs() };
  }

  function refresh(): void {
    const other = deps.load();
    if (other !== null) {
      record = isUnsaved ? { ...other, written: record.written, isWanted: false } : other;
      isStored = true;
    } else if (isStored) {
      const { written } = record;
      record = isUnsaved ? { ...blank(), written } : blank();
      isStored = false;
    }
  }

  function save(): void {
    cancelSave();
    isUnsaved = false;
    record = { ...record, changedAtMs: deps.nowMs() };
    isStored = !isBlank(record, deps.begin());
    deps.save(isStored ? record : null);
  }

  function keepNow(): void {
    if (isUnsaved) {
      refresh();
      save();
    }
  }

  return {
    current: () => record,
    fresh() {
      refresh();
      return record;
    },
    change(change) {
      refresh();
      record = { ...record, ...change };
      save();
    },
    type(written) {
      record = { ...record, written };
      isUnsaved = true;
      cancelSave();
      cancelSave = deps.later(keepNow, saveMs);
    },
    startOver() {
      refresh();
      record = { ...blank(), written: record.written };
      save();
    },
    clear() {
      record = blank();
      save();
    },
    keepNow,
  };
}
