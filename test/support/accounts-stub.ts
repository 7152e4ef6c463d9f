import { composeId, type Id } from "../../src/kernel/id.ts";
import type { Accounts, AccountSummary, Privacy } from "../../src/modules/accounts/contract.ts";
import type { EventEnvelope } from "../../src/ports/log.ts";

/** People in memory, for the tests of modules that ask the accounts module who someone is. */
export interface AccountsStub extends Accounts {
  add(privacy?: Privacy): Id;
  addMany(count: number): Id[];
  setPrivacy(id: Id, privacy: Privacy): void;
  /** The account is gone at once; what belongs to it is erased by whoever owns it. */
  remove(id: Id): void;
}

const sequenceSize = 4096;

export function createAccountsStub(): AccountsStub {
  const people = new Map<Id, AccountSummary>();
  let made = 0;

  function put(id: Id, privacy: Privacy): void {
    const summary = {
      id: String(id),
      handle: `person_${String(id)}`,
      name: `Person ${String(id)}`,
      bio: "",
      avatarUrl: null,
      createdAt: "2026-11-02T00:00:00.000Z",
    };
    people.set(id, {
      id,
      version: 1,
      handle: summary.handle,
      locale: "en",
      privacy,
      summary,
      json: JSON.stringify(summary),
    });
  }

  function add(privacy: Privacy = "friends"): Id {
    made += 1;
    const timeMs = Date.UTC(2026, 10, 1) + Math.floor(made / sequenceSize);
    const id = composeId({ timeMs, region: 0, lane: 9, sequence: made % sequenceSize });
    put(id, privacy);
    return id;
  }

  const outOfScope = (): never => {
    throw new Error("the stub knows people, not sessions or imports");
  };

  return {
    add,
    addMany: (count) => Array.from({ length: count }, () => add()),
    setPrivacy(id, privacy) {
      if (people.has(id)) {
        put(id, privacy);
      }
    },
    remove: (id) => void people.delete(id),
    summaries: async (_context, ids) => ids.map((id) => people.get(id) ?? null),
    resolve: async (_context, idOrHandle) =>
      [...people.values()].find(
        ({ id, handle }) => String(id) === idOrHandle || `@${handle}` === idOrHandle,
      ) ?? null,
    held: (id) => people.get(id) ?? null,
    watch: () => undefined,
    authenticate: outOfScope,
    recentSessions: outOfScope,
    preloadSessions: outOfScope,
    get sessionMemory(): never {
      return outOfScope();
    },
    importPeople: outOfScope,
    hashPassword: outOfScope,
    own: outOfScope,
    mintToken: outOfScope,
  };
}

/** As the log has it once the account is deleted. */
export function accountDeleted(accountId: Id): EventEnvelope {
  return {
    type: "accounts.deleted.v1",
    aggregate: { type: "account", id: accountId, version: 2 },
    actorId: accountId,
    data: { accountId: String(accountId), version: 2 },
    id: accountId,
    log: "main",
    epoch: 1,
    position: 1,
    transactionId: 1n,
    region: 0,
    atMs: 0,
    requestId: "test",
    traceparent: null,
  };
}
