import type { WaitReason } from "../data/persist.ts";
import { createSignal } from "../data/signal.ts";

/**
 * Reads lists page by page to their ends. What was read stays when the run is stopped or refused, and
 * the next start goes on from there.
 */
export interface ExportRun {
  state(): ExportState;
  listen(listener: () => void): () => void;
  start(): void;
  stop(): void;
}

export interface ExportState {
  readonly phase: "rest" | "running" | "stopped" | "refused" | "done";
  /** Why it does not go on right now, while it runs. */
  readonly waiting: WaitReason | null;
  readonly error: unknown;
  /** How many items of each list have been read. */
  readonly counts: readonly number[];
}

export interface ExportPage {
  readonly items: readonly unknown[];
  readonly nextCursor: string | null;
}

export type ReadPage = (cursor: string | null, signal: AbortSignal) => Promise<ExportPage>;

export interface ExportRunDeps {
  readonly lists: readonly ReadPage[];
  /** Tries until there is an answer, and tells what it waits for. */
  readonly persist: (
    read: (signal: AbortSignal) => Promise<ExportPage>,
    options: { readonly signal: AbortSignal; readonly onWait: (why: WaitReason | null) => void },
  ) => Promise<ExportPage>;
  /** Everything has been read: the items of each list, each as JSON. */
  readonly onDone: (lists: readonly (readonly string[])[]) => void;
}

interface Progress {
  readonly items: string[];
  cursor: string | null;
  isDone: boolean;
}

export function createExportRun({ lists, persist, onDone }: ExportRunDeps): ExportRun {
  const changed = createSignal();
  const progress: readonly Progress[] = lists.map(() => ({
    items: [],
    cursor: null,
    isDone: false,
  }));
  let running: AbortController | null = null;
  let state: ExportState = { phase: "rest", waiting: null, error: null, counts: counts() };

  function counts(): readonly number[] {
    return progress.map(({ items }) => items.length);
  }

  function show(next: Partial<ExportState>): void {
    state = { ...state, waiting: null, error: null, counts: counts(), ...next };
    changed.tell();
  }

  async function readList(read: ReadPage, own: Progress, signal: AbortSignal): Promise<void> {
    while (!own.isDone) {
      signal.throwIfAborted();
      const { cursor } = own;
      const page = await persist((patience) => read(cursor, patience), {
        signal,
        onWait: (waiting) => {
          if (!signal.aborted) {
            show({ waiting });
          }
        },
      });
      signal.throwIfAborted();
      own.items.push(...page.items.map((item) => JSON.stringify(item)));
      own.cursor = page.nextCursor;
      own.isDone = page.nextCursor === null;
      show({});
    }
  }

  async function run(signal: AbortSignal): Promise<void> {
    try {
      for (const [i, own] of progress.entries()) {
        const read = lists[i];
        if (read !== undefined) {
          await readList(read, own, signal);
        }
      }
    } catch (error) {
      if (!signal.aborted) {
        running = null;
        show({ phase: "refused", error });
      }
      return;
    }
    running = null;
    show({ phase: "done" });
    onDone(progress.map(({ items }) => items));
  }

  return {
    state: () => state,
    listen: changed.listen,
    start() {
      if (running !== null) {
        return;
      }
      running = new AbortController();
      const { signal } = running;
      show({ phase: "running" });
      void run(signal);
    },
    stop() {
      if (running !== null) {
        running.abort();
        running = null;
        show({ phase: "stopped" });
      }
    },
  };
}
