import type { Context } from "../kernel/context.ts";
import type { Keyring } from "../kernel/keyring.ts";
import { invalid } from "../kernel/problem.ts";
import type { Json } from "../ports/log.ts";
import type { RecordPort, Transaction } from "../ports/record.ts";
import type { Answer, IdempotencyOptions } from "../ports/routes.ts";
import { canonicalJson } from "./canonical-json.ts";
import { claimKey, keepAnswer, type KeptAnswer, type KeyScope } from "./idempotency-store.ts";
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

type Work = (tx: Transaction) => Promise<Answer>;

/** Runs commands, each in one transaction, and answers with the position of its write. */
export interface Commands {
  run(context: Context, work: Work): Promise<Answer>;
  /**
   * The same, at most once for a key: the answer is kept in the command's own transaction, so
   * either both are there or neither. A command that fails keeps nothing and may be tried again.
   */
  runOnce(request: KeyedRequest, work: Work, options: IdempotencyOptions): Promise<Answer>;
}

export interface CommandDeps {
  readonly record: RecordPort;
  readonly keyring: Keyring;
}

const purpose = "idempotency";
const inProgressRetryAfterS = 1;
const serverErrorMin = 500;
const tooManyRequests = 429;
const keyPattern = /^[\x21-\x7e]{1,255}$/;
const positionHeader = "maru-position";
/** Of an answer's headers, those that a replay repeats. Cookies are not among them: they are secrets. */
const keptHeaders = ["location", "etag", "content-type", positionHeader];

export function refuseMalformedKey(key: string | string[] | undefined): void {
  if (key !== undefined && (typeof key !== "string" || !keyPattern.test(key))) {
    throw invalid("Idempotency-Key", "must be 1 to 255 visible ASCII characters");
  }
}

export function createCommands({ record, keyring }: CommandDeps): Commands {
  async function replay(
    request: KeyedRequest,
    kept: KeptAnswer,
    options: IdempotencyOptions,
  ): Promise<Answer> {
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
  }

  return {
    async run(context, work) {
      const { value, position } = await record.write(context, work);
      return withHeaders(value, { [positionHeader]: position });
    },
    async runOnce(request, work, options) {
      const scope: KeyScope = {
        accountId: request.context.viewer?.accountId ?? null,
        operation: request.operation,
        key: request.key,
      };
      const { value, position } = await record.write(request.context, async (tx) => {
        const claim = await claimKey(tx, scope);
        if (claim === "taken") {
          throw idempotencyInProgress({ retryAfterS: inProgressRetryAfterS });
        }
        if ("tag" in claim) {
          return { kept: claim };
        }
        const answer = await work(tx);
        if (isKept(answer.status)) {
          const { keyId, tag } = keyring.sign(purpose, messageOf(request, options));
          const headers = { [positionHeader]: record.positionOf(claim.transactionId) };
          const kept = keptOf(withHeaders(answer, headers), options);
          await keepAnswer(tx, scope, { keyId, tag, ...kept });
        }
        return { answer };
      });
      if (value.answer !== undefined) {
        return withHeaders(value.answer, { [positionHeader]: position });
      }
      // Outside the transaction: a replay may have to prove a password and make a session.
      return withHeaders(await replay(request, value.kept, options), {
        [positionHeader]: value.kept.headers[positionHeader] ?? position,
        "idempotency-replayed": "true",
      });
    },
  };
}

function isKept(status: number): boolean {
  return status < serverErrorMin && status !== tooManyRequests;
}

function messageOf(request: KeyedRequest, options: IdempotencyOptions): string {
  const body = options.hashed === undefined ? request.body : options.hashed(request.body);
  return `${request.url}\n${canonicalJson(body)}`;
}

function keptOf(
  answer: Answer,
  options: IdempotencyOptions,
): Pick<KeptAnswer, "status" | "headers" | "body"> {
  const headers = Object.fromEntries(
    Object.entries(answer.headers ?? {}).filter(([name]) => keptHeaders.includes(name)),
  );
  const body =
    options.kept === undefined
      ? (answer.json ?? (answer.body === undefined ? null : JSON.stringify(answer.body)))
      : JSON.stringify(options.kept(answer.body));
  return { status: answer.status, headers, body };
}

function bodyOf(kept: KeptAnswer): Pick<Answer, "json"> {
  return kept.body === null ? {} : { json: kept.body };
}

function withHeaders(answer: Answer, headers: Readonly<Record<string, string>>): Answer {
  return { ...answer, headers: { ...answer.headers, ...headers } };
}
