import type { Context } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import { Problem } from "../../kernel/problem.ts";
import type { RecordPort, Transaction } from "../../ports/record.ts";
import { badCredentials, badPassword } from "./errors.ts";
import type { PasswordAttempt, PasswordAttempts } from "./password-attempts.ts";
import type { Passwords } from "./passwords.ts";
import { foldHandle } from "./rules.ts";
import { endSessions } from "./session-commands.ts";
import {
  credentialsOf,
  credentialsOfHandle,
  keepPassword,
  lockCredentials,
  replacePassword,
  type Credentials,
} from "./store.ts";

/**
 * Proving passwords. It takes long, so it happens before a transaction begins; the transaction then
 * makes sure that the proved password is still the account's. Throws `accounts.too_many_attempts`
 * when there were too many wrong ones.
 */

export interface ProofDeps {
  readonly record: RecordPort;
  readonly passwords: Passwords;
  readonly attempts: PasswordAttempts;
}

/** A password that was found to be an account's. */
export interface Proof {
  readonly proved: Credentials;
  readonly password: string;
  /** The same password's hash with today's parameters, where it should replace the stored one. */
  readonly renewed: string | null;
}

/** Whose password this is; null alike for an unknown handle and a wrong password, after the same work. */
export async function proveByHandle(
  context: Context,
  deps: ProofDeps,
  input: { readonly handle: string; readonly password: string; readonly clientAddress: string },
): Promise<Credentials | null> {
  const handle = foldHandle(input.handle);
  const found =
    handle === null
      ? null
      : await deps.record.read(context, (sql) => credentialsOfHandle(sql, handle));
  // What cannot be a handle is nobody's, and may be a password that was typed into the wrong field.
  const whose = found === null ? (handle ?? "") : String(found.id);
  return prove(context, deps, { ...input, whose, found });
}

/** The same for an account that is known. */
export async function proveById(
  context: Context,
  deps: ProofDeps,
  input: { readonly accountId: Id; readonly password: string; readonly clientAddress: string },
): Promise<Credentials | null> {
  const { accountId } = input;
  const found = await deps.record.read(context, (sql) => credentialsOf(sql, accountId));
  return prove(context, deps, { ...input, whose: String(accountId), found });
}

async function prove(
  context: Context,
  { passwords, attempts }: ProofDeps,
  input: PasswordAttempt & {
    readonly found: Credentials | null;
    readonly password: string;
  },
): Promise<Credentials | null> {
  const { found, password } = input;
  const isRight = await passwords.verify(context, found?.passwordHash ?? null, password, () =>
    attempts.take(input),
  );
  if (!isRight) {
    return null;
  }
  await attempts.wasRight(input);
  return found;
}

/** A hash with today's parameters, if the stored one has others and there is room to make one. */
export async function renewedHash(
  context: Context,
  passwords: Passwords,
  proved: Credentials,
  password: string,
): Promise<string | null> {
  if (proved.passwordHash === null || !passwords.isOutdated(proved.passwordHash)) {
    return null;
  }
  try {
    return await passwords.hash(context, password);
  } catch (error) {
    if (error instanceof Problem) {
      return null;
    }
    throw error;
  }
}

/**
 * Keeps the proved password the account's until the transaction ends, and renews its hash. Throws
 * `accounts.bad_credentials` when the password was changed, or the account deleted, meanwhile.
 */
export async function keepProved(
  tx: Transaction,
  { context, passwords }: { readonly context: Context; readonly passwords: Passwords },
  proof: Proof,
): Promise<void> {
  const { proved, renewed } = proof;
  const isKept =
    renewed === null
      ? await keepPassword(tx.sql, proved)
      : await replacePassword(tx.sql, proved, renewed);
  if (isKept) {
    return;
  }
  // Another sign-in may have renewed the hash of the very same password just now.
  const current = await lockCredentials(tx.sql, proved.id);
  const hash = current?.passwordHash ?? null;
  if (hash === null || !(await passwords.verify(context, hash, proof.password))) {
    throw badCredentials();
  }
}

/** Replaces a proved password and ends every other session. */
export async function changePassword(
  tx: Transaction,
  proved: Credentials,
  change: { readonly nextHash: string; readonly keepSessionId: Id },
): Promise<void> {
  if (!(await replacePassword(tx.sql, proved, change.nextHash))) {
    throw badPassword();
  }
  await endSessions(tx, proved.id, change.keepSessionId);
}
