import { unauthenticated } from "../../kernel/problem.ts";
import type { Transaction } from "../../ports/record.ts";
import { badPassword } from "./errors.ts";
import { endSessions } from "./session-commands.ts";
import { eraseAccount, freeHandle, keepPassword, lockAccount, type Credentials } from "./store.ts";

/**
 * Ends an account whose password was proved: nobody sees it from then on, its handle is free and
 * what the person gave is gone. Other modules remove what is theirs when they read the event.
 */
export async function eraseOwnAccount(tx: Transaction, proved: Credentials): Promise<void> {
  const row = await lockAccount(tx.sql, proved.id);
  if (row === null) {
    throw unauthenticated();
  }
  if (!(await keepPassword(tx.sql, proved))) {
    throw badPassword();
  }
  const version = row.version + 1;
  await eraseAccount(tx.sql, row.id, version);
  if (row.handle !== null) {
    await freeHandle(tx.sql, row.handle, row.id);
  }
  await endSessions(tx, row.id);
  tx.append({
    type: "accounts.deleted.v1",
    aggregate: { type: "account", id: row.id, version },
    actorId: row.id,
    data: { accountId: String(row.id), version },
  });
}
