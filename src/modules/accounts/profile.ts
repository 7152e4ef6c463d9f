import type { Id } from "../../kernel/id.ts";
import { invalidInput, unauthenticated } from "../../kernel/problem.ts";
import type { Transaction } from "../../ports/record.ts";
import { checkProfile, foldName, type ProfileChanges, type ProfileInput } from "./rules.ts";
import { lockAccount, updateAccount, type AccountRow } from "./store.ts";

/** What people change about their account. */

/** Throws a 400 with everything that is wrong. */
export function checkChanges(input: ProfileInput): ProfileChanges {
  const { value, errors } = checkProfile(input);
  if (errors.length > 0) {
    const detail = errors.map(({ path, message }) => `${path}: ${message}`).join("; ");
    throw invalidInput({ detail, errors });
  }
  return value;
}

/** Gives the account as it is then. What changes nothing is no new version. */
export async function changeProfile(
  tx: Transaction,
  accountId: Id,
  changes: ProfileChanges,
): Promise<AccountRow> {
  const row = await lockAccount(tx.sql, accountId);
  if (row === null) {
    throw unauthenticated();
  }
  const wanted: AccountRow = {
    ...row,
    name: changes.name ?? row.name,
    bio: changes.bio ?? row.bio,
    locale: changes.locale ?? row.locale,
    time_zone: changes.timeZone ?? row.time_zone,
    privacy: changes.privacy ?? row.privacy,
  };
  const isSame = (Object.keys(wanted) as (keyof AccountRow)[]).every(
    (key) => wanted[key] === row[key],
  );
  if (isSame) {
    return row;
  }
  const next: AccountRow = { ...wanted, version: row.version + 1 };
  await updateAccount(tx.sql, next, foldName(next.name));
  tx.append({
    type: "accounts.updated.v1",
    aggregate: { type: "account", id: accountId, version: next.version },
    actorId: accountId,
    data: { accountId: String(accountId), version: next.version },
  });
  return next;
}
