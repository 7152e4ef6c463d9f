import { Readable } from "node:stream";
import { createLocalLimits } from "../../src/adapters/memory/limits.ts";
import { internalContext, type Context } from "../../src/kernel/context.ts";
import type { Id } from "../../src/kernel/id.ts";
import { createKeyring } from "../../src/kernel/keyring.ts";
import { Problem, unauthenticated, type InputError } from "../../src/kernel/problem.ts";
import { createCommands } from "../../src/http/commands.ts";
import { compileQuery } from "../../src/http/query.ts";
import { httpSchema } from "../../src/http/schema.ts";
import { compileBody, createAjv } from "../../src/http/validation.ts";
import type { Accounts } from "../../src/modules/accounts/contract.ts";
import { createAccounts } from "../../src/modules/accounts/module.ts";
import type { HashingOptions } from "../../src/modules/accounts/passwords.ts";
import type {
  AccountJson,
  OwnAccountJson,
  SessionJson,
} from "../../src/modules/accounts/present.ts";
import { accountsSchema } from "../../src/modules/accounts/schema.ts";
import type { Relation } from "../../src/modules/graph/contract.ts";
import type { Module } from "../../src/ports/module.ts";
import type { RecordPort } from "../../src/ports/record.ts";
import type { Answer, Route } from "../../src/ports/routes.ts";
import type { Metrics } from "../../src/ports/telemetry.ts";
import { createMediaStub, type MediaStub } from "./media-stub.ts";
import { openTestRecord, type TestRecord } from "./record.ts";

export const passwordAttemptsMax = 100;

/** The accounts module on a real record, asked as the HTTP host asks it. */
export interface AccountsWorld {
  readonly test: TestRecord;
  readonly accounts: Module<Accounts>;
  readonly media: MediaStub;
  /** Another node's module on the same record: with this node's clock and a memory of its own. */
  anotherNode(): Module<Accounts>;
  /** What the graph module says of a pair; strangers where nothing is set. */
  readonly relations: Map<string, Partial<Relation>>;
  /** What was counted, by the metric's name. */
  readonly counted: Map<string, number>;
  /** How much later than it is the modules believe it to be. */
  readonly clock: { aheadMs: number };
  /** Awaited after each read that the modules make, before they get its rows. */
  readonly afterRead: { wait: () => Promise<void> };
  ask(operationId: string, question?: Question): Promise<Asked>;
  /** Signs somebody up with the usual password. */
  join(handle: string, name?: string): Promise<Joined>;
  close(): Promise<void>;
}

export interface Question {
  readonly token?: string;
  readonly id?: string;
  /** As it stands in the URL. */
  readonly query?: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly secure?: boolean;
}

export interface Asked {
  readonly status: number;
  /** Of a problem. */
  readonly code: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AskedBody;
}

/** What answers of the module may have in them. */
export interface AskedBody {
  readonly account?: AccountJson & Partial<OwnAccountJson>;
  readonly relationship?: object;
  readonly token?: string;
  readonly items?: readonly (Partial<SessionJson> & Partial<AccountJson>)[];
  readonly nextCursor?: string | null;
  readonly errors?: readonly InputError[];
  readonly retryAfterS?: number;
}

export interface Joined {
  readonly id: Id;
  readonly token: string;
}

export const usualPassword = "correct horse";
/** As light as argon2 can be: what is tested is what is done, not how long it takes. */
export const lightHashing: HashingOptions = {
  concurrencyMax: 4,
  queueMax: 100,
  memoryKiB: 8,
  passes: 1,
};

const stranger: Omit<Relation, "otherId"> = {
  friend: "none",
  following: false,
  followedBy: false,
  muted: false,
  blocked: false,
  blockedBy: false,
};

export const pairKey = (viewerId: Id, otherId: Id): string => `${viewerId}>${otherId}`;

export async function openAccountsWorld(
  hashing: HashingOptions = lightHashing,
): Promise<AccountsWorld> {
  const test = await openTestRecord([httpSchema, accountsSchema]);
  const relations = new Map<string, Partial<Relation>>();
  const counted = new Map<string, number>();
  const clock = { aheadMs: 0 };
  const media = createMediaStub();
  const afterRead = { wait: (): Promise<void> => Promise.resolve() };
  const metrics: Metrics = {
    ...test.metrics,
    counter: (name) => ({ add: (value) => counted.set(name, (counted.get(name) ?? 0) + value) }),
  };
  const record: RecordPort = {
    write: test.record.write,
    writeInGroup: test.record.writeInGroup,
    positionOf: test.record.positionOf,
    async read(context, query) {
      const rows = await test.record.read(context, query);
      await afterRead.wait();
      return rows;
    },
  };
  const create = (): Module<Accounts> =>
    createAccounts({
      ...test,
      record,
      metrics,
      hashing,
      limits: createLocalLimits(),
      passwordAttemptsMax,
      media,
      clock: {
        nowMs: () => Date.now() + clock.aheadMs,
        monotonicMs: () => performance.now() + clock.aheadMs,
      },
      graph: {
        relations: (_context, viewerId, otherIds) =>
          Promise.resolve(
            otherIds.map((otherId) => ({
              otherId,
              ...stranger,
              ...relations.get(pairKey(viewerId, otherId)),
            })),
          ),
        counts: (_context, ids) =>
          Promise.resolve(ids.map(() => ({ friends: 3, followers: 2, following: 1 }))),
      },
      stories: { storyCounts: (_context, ids) => Promise.resolve(ids.map(() => 4)) },
    });
  const accounts = create();
  test.views.push(...accounts.views);

  const keyring = createKeyring([{ id: 1, secret: Buffer.alloc(32, 1) }]);
  const commands = createCommands({ record: test.record, keyring });
  const ajv = createAjv();

  function routeOf(operationId: string): Route {
    const route = accounts.routes.find((candidate) => candidate.operationId === operationId);
    if (route === undefined) {
      throw new Error(`no operation ${operationId}`);
    }
    return route;
  }

  async function answer(route: Route, question: Question): Promise<Answer> {
    const { token, id = "", query = "", body, headers = {}, secure = false } = question;
    const anonymous = internalContext("test");
    const viewer =
      token === undefined ? null : await accounts.contract.authenticate(anonymous, token);
    if (viewer === null && (route.viewer === "required" || token !== undefined)) {
      throw unauthenticated();
    }
    const context: Context = { ...anonymous, viewer };
    if (route.body !== undefined) {
      compileBody(ajv, route.body)(body);
    }
    const key = headers["idempotency-key"];
    const operation = `${route.method} ${route.path}`;
    return route.handle({
      context,
      params: { id },
      query: compileQuery(ajv, route.query)(query),
      body,
      headers,
      incoming: Readable.from([]),
      target: route.path,
      clientAddress: "127.0.0.1",
      secure,
      command: (work, options = {}) =>
        key === undefined || route.method !== "POST"
          ? commands.run(context, work)
          : commands.runOnce({ context, operation, url: route.path, key, body }, work, options),
      commandInGroup: (work, item) => commands.runInGroup({ context, keyed: null }, work, item),
    });
  }

  async function ask(operationId: string, question: Question = {}): Promise<Asked> {
    try {
      const { status, body, json, headers } = await answer(routeOf(operationId), question);
      const shown = JSON.parse(json ?? JSON.stringify(body ?? {})) as AskedBody;
      return { status, code: null, headers: headers ?? {}, body: shown };
    } catch (error) {
      if (error instanceof Problem) {
        const { kind, errors = [], retryAfterS = 0 } = error;
        return { status: kind.status, code: kind.code, headers: {}, body: { errors, retryAfterS } };
      }
      throw error;
    }
  }

  return {
    test,
    media,
    accounts,
    anotherNode: create,
    relations,
    counted,
    clock,
    afterRead,
    ask,
    async join(handle, name = handle) {
      const { status, body } = await ask("signUp", {
        body: { handle, name, password: usualPassword },
      });
      if (status !== 201) {
        throw new Error(`could not sign up ${handle}: ${status}`);
      }
      return { id: BigInt(body.account?.id ?? 0), token: body.token ?? "" };
    },
    close: () => test.close(),
  };
}
