import type { MaruProblem } from "../../sdk/problem.ts";
import { isProblem } from "../data/client.ts";
import type { Send } from "../data/persist.ts";
import { plain } from "../data/use-attempt.ts";

/**
 * Changes the password. When an earlier attempt got no answer it may have been carried out, and the
 * current password is the next one already: that is found out by asking for no change at all.
 */
export function changePassword(
  wanted: { readonly current: string; readonly next: string },
  put: (body: { current: string; next: string }, signal: AbortSignal) => Promise<unknown> = send,
): Send<true> {
  return async ({ signal, mayHaveArrived }) => {
    try {
      await put(wanted, signal);
    } catch (error) {
      if (!mayHaveArrived || !isBadPassword(error)) {
        throw error;
      }
      await put({ current: wanted.next, next: wanted.next }, signal);
    }
    return true;
  };
}

function send(body: { current: string; next: string }, signal: AbortSignal): Promise<unknown> {
  return plain.api.PUT("/v1/accounts/me/password", { body, signal });
}

export function isBadPassword(error: unknown): error is MaruProblem {
  return isProblem(error, "accounts.bad_password");
}
