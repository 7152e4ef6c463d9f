import { present } from "../kernel/assert.ts";
import type { Context } from "../kernel/context.ts";
import type { Keyring } from "../kernel/keyring.ts";
import type { Json } from "../ports/log.ts";
import type { GroupTransaction, Outcome, RecordPort } from "../ports/record.ts";
import type { Answer, IdempotencyOptions } from "../ports/routes.ts";
import { canonicalJson } from "./canonical-json.ts";
import {
  claimKeys,
  keepAnswers,
  type Claim,
  type KeptAnswer,
  type KeyScope,
} from "./idempotency-store.ts";
import { idempotencyInProgress, idempotencyMismatch } from "./problems.ts";

/** A POST with an idempotency key. */
export interface KeyedRequest {
  readonly context: Context;
  /** Method and route, such as `POST /v1/stories/{id}/comments`. */
  readonly operation: string;
  /** With what stands for the route's parameters: the same key means the same target too. */
  readonly url: string;
  readonly key: string;
  readonly body: unknown;
}

export interface KeyedCommand {
  readonly request: KeyedRequest;
  readonly options: IdempotencyOptions;
}

/** The answer of a command that ran, or what was kept of the first one under its key. */
export type Ran = { readonly answer: Answer } | { readonly kept: KeptAnswer };

/** Commands that run at most once for their key; several may share a transaction. */
export interface KeyedCommands {
  /**
   * In a transaction: claims the keys, has the work done for those whose key is free, and keeps
   * their answers. `work` gets where these stand in `commands` and gives an outcome for each. Who
   * has no key (null) is always among them, and nothing is kept.
   */
  run(
    tx: Pick<GroupTransaction, "sql" | "last">,
    commands: readonly (KeyedCommand | null)[],
    work: (free: readonly number[]) => Promise<readonly Outcome<Answer>[]>,
  ): Promise<readonly Outcome<Ran>[]>;
  /** Outside of a transaction: a replay may have to prove a password and make a session. */
  replay(command: KeyedCommand, kept: KeptAnswer): Promise<Answer>;
}

const purpose = "idempotency";
const inProgressRetryAfterS = 1;
const serverErrorMin = 500;
const tooManyRequests = 429;
export const positionHeader = "maru-position";
/** Of an answer's headers, those that a replay repeats. Cookies are not among them: they are secrets. */
const keptHeaders = ["location", "etag", "content-type", positionHeader];

export function createKeyedCommands(deps: {
  readonly record: Pick<RecordPort, "positionOf">;
  readonly keyring: Keyring;
}): KeyedCommands {
  const { record, keyring } = deps;

  /** A claim for each command; null for who has no key. */
  async function claim(
    tx: Pick<GroupTransaction, "sql">,
    commands: readonly (KeyedCommand | null)[],
  ): Promise<readonly (Claim | null)[]> {
    const claims: (Claim | null)[] = commands.map(() => null);
    const firsts = new Map<string, number>();
    commands.forEach((command, at) => {
      if (command !== null) {
        // A transaction gets its own lock again: who comes second must be told here.
        const name = scopeName(scopeOf(command));
        claims[at] = firsts.has(name) ? "taken" : null;
        firsts.set(name, firsts.get(name) ?? at);
      }
    });
    if (firsts.size > 0) {
      const wanted = [...firsts.values()];
      const scopes = wanted.map((at) => scopeOf(present(commands[at], "a command with a key")));
      const got = await claimKeys(tx.sql, scopes);
      wanted.forEach((at, n) => {
        claims[at] = present(got[n], "a claim for each key");
      });
    }
    return claims;
  }

  function keptOf(command: KeyedCommand, answer: Answer, transactionId: bigint): KeptAnswer {
    const { request, options } = command;
    const { keyId, tag } = keyring.sign(purpose, messageOf(request, options));
    const headers = Object.fromEntries(
      Object.entries(answer.headers ?? {}).filter(([name]) => keptHeaders.includes(name)),
    );
    headers[positionHeader] = record.positionOf(transactionId);
    const body =
      options.kept === undefined
        ? (answer.json ?? (answer.body === undefined ? null : JSON.stringify(answer.body)))
        : JSON.stringify(options.kept(answer.body));
    return { keyId, tag, status: answer.status, headers, body };
  }

  return {
    async run(tx, commands, work) {
      const claims = await claim(tx, commands);
      const outcomes = claims.map(outcomeOfClaim);
      const free = [...outcomes.keys()].filter((at) => outcomes[at] === null);
      const kept: (readonly [KeyScope, KeptAnswer])[] = [];
      const done = free.length === 0 ? [] : await work(free);
      free.forEach((at, n) => {
        const outcome = present(done[n], "an outcome for each command");
        const [command, claimed] = [commands[at] ?? null, claims[at] ?? null];
        outcomes[at] = ranOf(outcome);
        if (
          command !== null &&
          isFree(claimed) &&
          isSuccess(outcome) &&
          isKept(outcome.value.status)
        ) {
          const answer = keptOf(command, outcome.value, claimed.transactionId);
          kept.push([scopeOf(command), answer]);
        }
      });
      if (kept.length > 0) {
        tx.last(keepAnswers(tx.sql, kept));
      }
      return outcomes.map((outcome) => present(outcome, "an outcome for each command"));
    },
    async replay({ request, options }, kept) {
      const message = messageOf(request, options);
      if (!keyring.verify(purpose, message, kept.keyId, kept.tag)) {
        throw idempotencyMismatch();
      }
      if (options.replay === undefined) {
        return { status: kept.status, headers: kept.headers, ...bodyOf(kept) };
      }
      const body: Json = kept.body === null ? null : (JSON.parse(kept.body) as Json);
      const answer = await options.replay({ status: kept.status, body });
      if (answer === "mismatch") {
        throw idempotencyMismatch();
      }
      return answer;
    },
  };
}

function scopeOf({ request }: KeyedCommand): KeyScope {
  const { context, operation, key } = request;
  return { accountId: context.viewer?.accountId ?? null, operation, key };
}

function scopeName({ accountId, operation, key }: KeyScope): string {
  return `${String(accountId)}\n${operation}\n${key}`;
}

/** Null: the command is to run. */
function outcomeOfClaim(claim: Claim | null): Outcome<Ran> | null {
  if (claim === "taken") {
    return { refusal: idempotencyInProgress({ retryAfterS: inProgressRetryAfterS }) };
  }
  return claim === null || isFree(claim) ? null : { value: { kept: claim } };
}

function isFree(claim: Claim | null): claim is Extract<Claim, { transactionId: bigint }> {
  return claim !== null && claim !== "taken" && "transactionId" in claim;
}

function isSuccess<T>(outcome: Outcome<T>): outcome is { readonly value: T } {
  return outcome !== "alone" && "value" in outcome;
}

function ranOf(outcome: Outcome<Answer>): Outcome<Ran> {
  return isSuccess(outcome) ? { value: { answer: outcome.value } } : outcome;
}

function isKept(status: number): boolean {
  return status < serverErrorMin && status !== tooManyRequests;
}

function messageOf(request: KeyedRequest, options: IdempotencyOptions): string {
  const body = options.hashed === undefined ? request.body : options.hashed(request.body);
  return `${request.url}\n${canonicalJson(body)}`;
}

function bodyOf(kept: KeptAnswer): Pick<Answer, "json"> {
  return kept.body === null ? {} : { json: kept.body };
}
