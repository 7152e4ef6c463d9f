import { present } from "../../kernel/assert.ts";
import type { Context } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import type { ModuleDeps } from "../../ports/module.ts";
import type { Json } from "../../ports/log.ts";
import type { Answer } from "../../ports/routes.ts";
import { sessionCookie } from "../../ports/session-cookie.ts";
import type { PasswordAttempts } from "./password-attempts.ts";
import type { Passwords } from "./passwords.ts";
import { accountJson, type AccountJson } from "./present.ts";
import { openSession } from "./session-commands.ts";
import { countsOf, type ShowDeps } from "./show.ts";
import { keepProved, type Proof } from "./sign-in.ts";

/** The answer of sign-up and sign-in, which has a secret in it, also when it is asked for again. */

/** What of a request decides how the token is handed over. */
export interface Client {
  readonly context: Context;
  readonly wantsCookie: boolean;
  readonly secure: boolean;
  readonly userAgent: string;
}

export interface SignInDeps extends Pick<ModuleDeps, "record" | "ids" | "clock">, ShowDeps {
  readonly passwords: Passwords;
  readonly attempts: PasswordAttempts;
}

/** As long as browsers keep a cookie. The session behind it is over earlier when nobody uses it. */
const cookieMaxAgeS = 400 * 24 * 3_600;

export function clientOf(call: {
  readonly context: Context;
  readonly secure: boolean;
  readonly headers: Readonly<{ [name: string]: string | undefined }>;
  readonly body: { readonly cookie?: boolean };
}): Client {
  return {
    context: call.context,
    wantsCookie: call.body.cookie ?? false,
    secure: call.secure,
    userAgent: call.headers["user-agent"] ?? "",
  };
}

export function signedInAnswer(client: Client, account: AccountJson, token: string): Answer {
  if (!client.wantsCookie) {
    return { status: 201, body: { account, token } };
  }
  const { secure } = client;
  return {
    status: 201,
    body: { account },
    headers: { "set-cookie": sessionCookie(token, { secure, maxAgeS: cookieMaxAgeS }) },
  };
}

/** The account with its counts, for an answer; read before the transaction that opens the session. */
export async function shownAccount(
  context: Context,
  deps: ShowDeps,
  id: Id,
): Promise<AccountJson | null> {
  const account = await deps.directory.account(context, id);
  return account === null ? null : accountJson(account, await countsOf(context, deps, id));
}

/** Answers a repeated request whose password was proved again: with a token of its own. */
export async function signInAgain(
  client: Client,
  deps: SignInDeps,
  proof: Proof,
): Promise<Answer | "mismatch"> {
  const { context, userAgent } = client;
  const accountId = proof.proved.id;
  const account = await shownAccount(context, deps, accountId);
  if (account === null) {
    return "mismatch";
  }
  const { value: token } = await deps.record.write(context, async (tx) => {
    await keepProved(tx, { context, passwords: deps.passwords }, proof);
    return openSession(tx, deps, { accountId, userAgent });
  });
  return signedInAnswer(client, account, token);
}

/** What is hashed of a request to know it again. */
export function withoutPassword(body: unknown): unknown {
  const { password: _, ...rest } = body as Readonly<Record<string, unknown>>;
  return rest;
}

/** What is kept of an answer: whom it was about, without name or token. */
export function keptOf(body: unknown): Json {
  const { account } = body as { readonly account: AccountJson };
  return { accountId: account.id };
}

export function accountIdOf(kept: Json): Id {
  const { accountId } = kept as { readonly accountId?: string };
  return BigInt(present(accountId, "the account of a kept answer"));
}
