import { useCallback, useSyncExternalStore } from "react";
import { loadPart } from "../app/lazy-page.ts";
import type { Attachments, AttachmentsState } from "../data/attachments.ts";
import type { Story } from "../data/client.ts";
import type { Draft } from "../data/draft.ts";
import { isLeaving } from "../data/session.ts";
import { createSignal } from "../data/signal.ts";

/** The photos and videos of drafts. What it takes to have some comes when somebody adds the first. */

const held = new WeakMap<Draft<Story>, Attachments>();
/** What was chosen before the desk for it has come. */
const chosen = new WeakMap<Draft<Story>, readonly File[]>();
const changed = createSignal();

const none: AttachmentsState = {
  items: [],
  isBusy: false,
  isStuck: false,
  isWanted: false,
  leftOut: 0,
};
const some: AttachmentsState = { ...none, isBusy: true };

const loadDesk = () => loadPart(() => import("./media-desk.ts"));

/** Files may come soon. */
export function expectFiles(): void {
  loadDesk().catch(() => undefined);
}

/** Also when nothing is added yet. */
export async function gather(draft: Draft<Story>): Promise<Attachments> {
  const { openDesk } = await loadDesk();
  const known = held.get(draft);
  if (known !== undefined) {
    return known;
  }
  const attachments = openDesk(draft);
  attachments.listen(() => {
    tell(draft);
  });
  held.set(draft, attachments);
  tell(draft);
  return attachments;
}

/** From the moment on in which they are chosen they belong to the draft. */
export async function attach(draft: Draft<Story>, files: readonly File[]): Promise<void> {
  if (files.length === 0) {
    return;
  }
  chosen.set(draft, [...(chosen.get(draft) ?? []), ...files]);
  tell(draft);
  try {
    const { add } = await gather(draft);
    const all = chosen.get(draft);
    if (all !== undefined) {
      add(all);
    }
  } finally {
    chosen.delete(draft);
    tell(draft);
  }
}

/** Null: nothing was added on this page. */
export function attachmentsOf(draft: Draft<Story>): Attachments | null {
  return held.get(draft) ?? null;
}

/** Gives up what is on its way, and says which files that were. */
export function giveUp(draft: Draft<Story>): readonly File[] {
  const early = chosen.get(draft) ?? [];
  chosen.delete(draft);
  const going = held.get(draft)?.clear() ?? [];
  tell(draft);
  return [...going, ...early];
}

export function useAttachments(draft: Draft<Story>): AttachmentsState {
  const state = useCallback(
    () => held.get(draft)?.state() ?? (chosen.has(draft) ? some : none),
    [draft],
  );
  return useSyncExternalStore(changed.listen, state);
}

const busy = new Set<Draft<Story>>();

/** What is on its way would be lost with the page: the browser asks before it leaves. */
function tell(draft: Draft<Story>): void {
  if (chosen.has(draft) || held.get(draft)?.state().isBusy === true) {
    busy.add(draft);
    globalThis.addEventListener("beforeunload", ask);
  } else if (busy.delete(draft) && busy.size === 0) {
    globalThis.removeEventListener("beforeunload", ask);
  }
  changed.tell();
}

function ask(event: BeforeUnloadEvent): void {
  // Whoever has signed out is not to stay on a page of their own.
  if (!isLeaving()) {
    event.preventDefault();
  }
}
