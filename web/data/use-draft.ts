import { useEffect, useSyncExternalStore } from "react";
import type { Draft, DraftState, Sent } from "./draft.ts";
import { createDrafts, type Drafts } from "./drafts.ts";
import { useSignedIn } from "./session.ts";

let current: { readonly accountId: string; readonly drafts: Drafts } | null = null;

/** What this person writes. A page is of one person from its beginning to its end. */
export function draftsOf(accountId: string): Drafts {
  if (current?.accountId !== accountId) {
    current = { accountId, drafts: createDrafts(accountId) };
  }
  return current.drafts;
}

export function useDrafts(): Drafts {
  return draftsOf(useSignedIn().id);
}

export function useDraft(draft: Pick<Draft<never>, "listen" | "state">): DraftState {
  return useSyncExternalStore(draft.listen, draft.state);
}

/** Tells of each time that what was written in the draft has arrived. */
export function useSent<T>(draft: Draft<T>, onSent: (sent: Sent<T>) => void): void {
  useEffect(() => draft.sent.listen(onSent), [draft, onSent]);
}
