import type { Id } from "../../kernel/id.ts";
import type { Clock } from "../../ports/clock.ts";
import type { IdSource } from "../../ports/ids.ts";
import type { Transaction } from "../../ports/record.ts";
import { deleteLeastUsed, deleteSession, deleteSessions, insertSession } from "./store-sessions.ts";
import { hashToken, mintToken, type SessionName } from "./tokens.ts";

/** Beginning and ending sessions. Whatever ends one says so in the log, which kills it on every node. */

/** Of one account. One more sign-in ends the session that was not used for longest. */
export const sessionsMax = 500;

/** Longer ones are cut: they only help people to recognise their devices. */
const userAgentCharactersMax = 300;

export interface OpenSessionDeps {
  readonly ids: IdSource;
  readonly clock: Clock;
}

/** Gives the new session's token, which is known to nobody but its reader from then on. */
export async function openSession(
  tx: Transaction,
  { ids, clock }: OpenSessionDeps,
  input: { readonly accountId: Id; readonly userAgent: string },
): Promise<string> {
  const { accountId } = input;
  tellEnded(tx, accountId, await deleteLeastUsed(tx.sql, accountId, sessionsMax - 1));
  const sessionId = ids.mint();
  const token = mintToken({ accountId, sessionId });
  await insertSession(tx.sql, {
    accountId,
    sessionId,
    tokenHash: hashToken(token),
    userAgent: shownUserAgent(input.userAgent),
    nowMs: clock.nowMs(),
  });
  return token;
}

function shownUserAgent(header: string): string {
  return header
    .replace(/\p{Cc}/gu, "")
    .slice(0, userAgentCharactersMax)
    .toWellFormed();
}

export async function endSession(tx: Transaction, session: SessionName): Promise<void> {
  tellEnded(tx, session.accountId, await deleteSession(tx.sql, session));
}

/** Ends all of an account's, but for the one to keep, if there is one. */
export async function endSessions(
  tx: Transaction,
  accountId: Id,
  keep: Id | null = null,
): Promise<void> {
  tellEnded(tx, accountId, await deleteSessions(tx.sql, accountId, keep));
}

function tellEnded(tx: Transaction, accountId: Id, sessionIds: readonly Id[]): void {
  if (sessionIds.length === 0) {
    return;
  }
  tx.append({
    type: "accounts.sessions_ended.v1",
    aggregate: { type: "account", id: accountId, version: 0 },
    actorId: accountId,
    data: { accountId: String(accountId), sessionIds: sessionIds.map(String) },
  });
}
