import { useCallback, useSyncExternalStore } from "react";
import { loadPart } from "../app/lazy-page.ts";
import type { Attachments, AttachmentsState } from "../data/attachments.ts";
import type { Story } from "../data/client.ts";
import type { Draft } from "../data/draft.ts";
import { createSignal } from "../data/signal.ts";

/** The photos and videos of drafts. What it takes to have some comes when somebody adds the first. */

const held = new WeakMap<Draft<Story>, Attachments>();
const changed = createSignal();

const none: AttachmentsState = {
  items: [],
  isBusy: false,
  isStuck: false,
  isWanted: false,
  leftOut: 0,
};

/** Also when nothing is added yet. */
export async function gather(draft: Draft<Story>): Promise<Attachments> {
  const { openDesk } = await loadPart(() => import("./media-desk.ts"));
  const known = held.get(draft);
  if (known !== undefined) {
    return known;
  }
  const attachments = openDesk(draft);
  attachments.listen(changed.tell);
  held.set(draft, attachments);
  changed.tell();
  return attachments;
}

/** Null: nothing was added on this page. */
export function attachmentsOf(draft: Draft<Story>): Attachments | null {
  return held.get(draft) ?? null;
}

export function useAttachments(draft: Draft<Story>): AttachmentsState {
  const state = useCallback(() => held.get(draft)?.state() ?? none, [draft]);
  return useSyncExternalStore(changed.listen, state);
}
