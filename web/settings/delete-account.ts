import { isProblem, isSignedOut } from "../data/client.ts";
import { lasting, ofThisTab } from "../data/memory.ts";
import type { Send } from "../data/persist.ts";
import { plain } from "../data/use-attempt.ts";

const notFound = 404;

export interface DeletionCalls {
  readonly remove: (password: string, signal: AbortSignal) => Promise<unknown>;
  /** Throws a 404 when there is no such account. */
  readonly read: (id: string, signal: AbortSignal) => Promise<unknown>;
}

const calls: DeletionCalls = {
  remove: (password, signal) => plain.api.DELETE("/v1/accounts/me", { body: { password }, signal }),
  read: (id, signal) => plain.api.GET("/v1/accounts/{id}", { params: { path: { id } }, signal }),
};

/**
 * Deletes the account. When an earlier attempt got no answer it may have been carried out, and whoever
 * asks is nobody any more: that is found out by looking for the account.
 */
export function deleteAccount(
  id: string,
  password: string,
  { remove, read }: DeletionCalls = calls,
): Send<true> {
  return async ({ signal, mayHaveArrived }) => {
    try {
      await remove(password, signal);
    } catch (error) {
      if (!mayHaveArrived || !isSignedOut(error) || (await isThere(read(id, signal)))) {
        throw error;
      }
    }
    return true;
  };
}

async function isThere(reading: Promise<unknown>): Promise<boolean> {
  try {
    await reading;
    return true;
  } catch (error) {
    if (isProblem(error) && error.status === notFound) {
      return false;
    }
    throw error;
  }
}

/** Drafts, searches and whatever else this browser keeps of a person, by names that have the id. */
export function forgetOnThisDevice(accountId: string): void {
  for (const memory of [lasting, ofThisTab]) {
    for (const key of memory.keys("maru.")) {
      if (key.split(/[.:/]/u).includes(accountId)) {
        memory.remove(key);
      }
    }
  }
}
