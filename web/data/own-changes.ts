import { waitMs } from "../../sdk/retry.ts";
import { isProblem, isRefusal, isSignedOut, type OwnAccount } from "./client.ts";
import type { Memory } from "./memory.ts";
import { createSignal } from "./signal.ts";

/**
 * Changes of one's own account: shown at once, sent when the server can be reached, also after a
 * reload. Each says how a part of the account shall be, so sending one twice does no harm, and of two
 * changes of the same part the later counts, whichever tab made it.
 */
export interface OwnChanges {
  change(accountId: string, changes: Changes): void;
  /** The account with what is not saved yet. */
  shown(account: OwnAccount): OwnAccount;
  /** Sends what was not saved when the page was left. */
  begin(accountId: string): void;
  /** The network is back: what waits is sent now. */
  wake(): void;
  /** How it stands with a part since this page changed it; null: it was not changed here. */
  progress(part: Part): Progress | null;
  listen(listener: () => void): () => void;
}

export type Part = "name" | "bio" | "locale" | "timeZone" | "privacy";
export type Changes = Partial<Pick<OwnAccount, Part>>;

export type Progress =
  | { readonly phase: "saving" | "saved" }
  /** It could not be sent, and is tried again. */
  | { readonly phase: "waiting" }
  | { readonly phase: "refused"; readonly error: unknown; readonly wanted: string };

export interface OwnChangesDeps {
  readonly memory: Memory;
  readonly send: (changes: Changes) => Promise<OwnAccount>;
  /** What the server answered. */
  readonly onSaved: (account: OwnAccount) => void;
  readonly later?: (job: () => void, ms: number) => void;
}

const parts: readonly Part[] = ["name", "bio", "locale", "timeZone", "privacy"];
const backoff = { backoffMs: 2_000, backoffMsMax: 60_000 };

const keyOf = (accountId: string): string => `maru.changes.${accountId}`;

export function createOwnChanges(deps: OwnChangesDeps): OwnChanges {
  const { memory, send, onSaved } = deps;
  const later = deps.later ?? ((job, ms) => void setTimeout(job, ms));
  const changed = createSignal();
  const progress = new Map<Part, Progress>();
  let accountId: string | null = null;
  let isSending = false;
  let failures = 0;

  function note(names: Iterable<Part>, next: Progress): void {
    for (const part of names) {
      progress.set(part, next);
    }
  }

  /** Another tab may have changed the same part meanwhile: only what was sent is done with. */
  function doneWith(id: string, sent: Changes): void {
    const now = unsaved(memory, id);
    const others = namesOf(now).filter((part) => now[part] !== sent[part]);
    keep(id, Object.fromEntries(others.map((part) => [part, now[part]])));
  }

  function keep(id: string, changes: Changes): void {
    if (namesOf(changes).length === 0) {
      memory.remove(keyOf(id));
    } else {
      memory.write(keyOf(id), JSON.stringify(changes));
    }
  }

  async function work(): Promise<void> {
    const id = accountId;
    const changes = id === null ? {} : unsaved(memory, id);
    const names = namesOf(changes);
    if (id === null || isSending || names.length === 0) {
      return;
    }
    isSending = true;
    try {
      const account = await send(changes);
      failures = 0;
      note(names, { phase: "saved" });
      onSaved(account);
      doneWith(id, changes);
    } catch (error) {
      if (isSignedOut(error)) {
        // What waits is saved after the person has signed in again.
        return;
      }
      if (isRefusal(error)) {
        takeBack(id, changes, error);
      } else {
        failures += 1;
        note(names, { phase: "waiting" });
        const retryAfterS = isProblem(error) ? error.retryAfterS : undefined;
        later(() => void work(), waitMs(failures, retryAfterS, backoff));
      }
    } finally {
      isSending = false;
    }
    changed.tell();
    if (failures === 0) {
      await work();
    }
  }

  /** Of several changes, those alone that the server names; all, where it names none. */
  function takeBack(id: string, sent: Changes, error: unknown): void {
    const names = namesOf(sent);
    const blamed = names.filter((part) => blames(error, part));
    const refused = blamed.length === 0 ? names : blamed;
    failures = 0;
    for (const part of refused) {
      note([part], { phase: "refused", error, wanted: sent[part] ?? "" });
    }
    doneWith(id, Object.fromEntries(refused.map((part) => [part, sent[part]])));
  }

  return {
    change(id, changes) {
      accountId = id;
      keep(id, { ...unsaved(memory, id), ...changes });
      note(namesOf(changes), { phase: "saving" });
      failures = 0;
      changed.tell();
      void work();
    },
    shown: (account) => ({ ...account, ...unsaved(memory, account.id) }),
    begin(id) {
      if (accountId !== id) {
        accountId = id;
        void work();
      }
    },
    wake() {
      failures = 0;
      void work();
    },
    progress: (part) => progress.get(part) ?? null,
    listen: changed.listen,
  };
}

function namesOf(changes: Changes): readonly Part[] {
  return parts.filter((part) => changes[part] !== undefined);
}

function blames(error: unknown, part: Part): boolean {
  const errors = isProblem(error) ? (error.details.errors ?? []) : [];
  return errors.some(({ path }) => path === `/${part}`);
}

/** What another build has left there may look otherwise: only texts of known names are taken. */
function unsaved(memory: Memory, accountId: string): Changes {
  try {
    const kept = JSON.parse(memory.read(keyOf(accountId)) ?? "{}") as Record<string, unknown>;
    const known = parts.filter((part) => typeof kept[part] === "string");
    return Object.fromEntries(known.map((part) => [part, kept[part]]));
  } catch {
    return {};
  }
}
