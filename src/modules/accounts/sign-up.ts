import { laneBits, regionMax, sequenceBits, type Id } from "../../kernel/id.ts";
import { invalidInput } from "../../kernel/problem.ts";
import type { Transaction } from "../../ports/record.ts";
import type { Locale } from "./contract.ts";
import { handleTaken } from "./errors.ts";
import {
  checkProfile,
  foldHandle,
  foldName,
  isReserved,
  passwordFault,
  privacyDefault,
  timeZoneDefault,
} from "./rules.ts";
import { insertAccount, takeHandle, type NewAccountRow } from "./store.ts";

/** Making an account. */

export interface SignUpInput {
  readonly handle: string;
  readonly name: string;
  readonly password: string;
  readonly locale: Locale;
  readonly timeZone?: string;
}

export interface NewPerson {
  readonly handle: string;
  readonly name: string;
  readonly locale: Locale;
  readonly timeZone: string;
}

/** Throws a 400 with everything that is wrong. */
export function checkSignUp(input: SignUpInput): NewPerson {
  const { password, timeZone = timeZoneDefault, name, locale } = input;
  const handle = foldHandle(input.handle);
  const { value, errors } = checkProfile({ name, locale, timeZone });
  const all = [
    ...(handle === null
      ? [{ path: "/handle", message: "must have 2 to 30 of a-z, 0-9 and _" }]
      : []),
    ...errors,
    ...[passwordFault(password)].flatMap((message) =>
      message === null ? [] : [{ path: "/password", message }],
    ),
  ];
  if (handle === null || all.length > 0) {
    const detail = all.map(({ path, message }) => `${path}: ${message}`).join("; ");
    throw invalidInput({ detail, errors: all });
  }
  return {
    handle,
    name: value.name ?? name,
    locale,
    timeZone: value.timeZone ?? timeZoneDefault,
  };
}

export function newAccountRow(
  id: Id,
  person: NewPerson,
  passwordHash: string | null,
): NewAccountRow {
  return {
    id,
    handle: person.handle,
    name: person.name,
    name_folded: foldName(person.name),
    bio: "",
    locale: person.locale,
    time_zone: person.timeZone,
    home_region: Number((id >> BigInt(laneBits + sequenceBits)) & BigInt(regionMax)),
    privacy: privacyDefault,
    status: "active",
    avatar: null,
    password_hash: passwordHash,
    version: 1,
  };
}

/** Throws `accounts.handle_taken`, also to the later of two who want the same handle at once. */
export async function signUp(tx: Transaction, row: NewAccountRow): Promise<void> {
  if (isReserved(row.handle) || !(await takeHandle(tx.sql, row.handle, row.id))) {
    throw handleTaken();
  }
  await insertAccount(tx.sql, row);
  tellCreated(tx, row);
}

export function tellCreated(tx: Transaction, { id, version }: NewAccountRow): void {
  tx.append({
    type: "accounts.created.v1",
    aggregate: { type: "account", id, version },
    actorId: id,
    data: { accountId: String(id), version },
  });
}
