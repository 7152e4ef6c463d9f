import { internalContext, type Context } from "../../src/kernel/context.ts";
import type { Id } from "../../src/kernel/id.ts";
import { Problem } from "../../src/kernel/problem.ts";
import type { Graph } from "../../src/modules/graph/contract.ts";
import { createGraph } from "../../src/modules/graph/module.ts";
import type { GraphLimits } from "../../src/modules/graph/rules.ts";
import { graphSchema } from "../../src/modules/graph/schema.ts";
import type { EventEnvelope } from "../../src/ports/log.ts";
import type { Module } from "../../src/ports/module.ts";
import type { Answer } from "../../src/ports/routes.ts";
import { createAccountsStub, type AccountsStub } from "./accounts-stub.ts";
import { openTestRecord, type TestRecord } from "./record.ts";

/** The graph module on a real record, asked as the HTTP host asks it. */
export interface GraphWorld {
  readonly test: TestRecord;
  readonly people: AccountsStub;
  /** A module of its own limits on the same record. */
  module(limits?: GraphLimits): Module<Graph>;
  close(): Promise<void>;
}

export async function openGraphWorld(): Promise<GraphWorld> {
  const test = await openTestRecord([graphSchema]);
  const people = createAccountsStub();
  return {
    test,
    people,
    module: (limits) =>
      createGraph({ ...test, accounts: people, ...(limits === undefined ? {} : { limits }) }),
    close: () => test.close(),
  };
}

export function contextOf(viewerId: Id | null): Context {
  const viewer = viewerId === null ? null : { accountId: viewerId, sessionId: 1n };
  return { ...internalContext("test"), viewer };
}

export interface Asked {
  readonly status: number;
  readonly code: string | null;
  readonly body: unknown;
}

export interface Question {
  readonly as: Id | null;
  readonly id?: Id | string;
  readonly query?: object;
}

/** Runs an operation and gives what the client would see of it; anything but a problem is a failure. */
export async function ask(
  { test }: GraphWorld,
  graph: Module<Graph>,
  operationId: string,
  { as, id, query = {} }: Question,
): Promise<Asked> {
  const route = graph.routes.find((candidate) => candidate.operationId === operationId);
  if (route === undefined) {
    throw new Error(`no operation ${operationId}`);
  }
  const context = contextOf(as);
  try {
    const answer = await route.handle({
      context,
      params: { id: String(id) },
      query,
      body: undefined,
      headers: {},
      clientAddress: "127.0.0.1",
      secure: false,
      command: async (work) => (await test.record.write(context, work)).value,
      commandInGroup: async (work, item) =>
        (await test.record.writeInGroup(context, work, item)).value,
    });
    return { status: answer.status, code: null, body: bodyOf(answer) };
  } catch (error) {
    if (error instanceof Problem) {
      return { status: error.kind.status, code: error.kind.code, body: error.detail ?? null };
    }
    throw error;
  }
}

function bodyOf({ body, json }: Answer): unknown {
  return json === undefined ? (body ?? null) : (JSON.parse(json) as unknown);
}

/** Deletes an account and lets the module erase what it holds, batch by batch; gives their number. */
export async function eraseAccount(
  { test, people }: GraphWorld,
  graph: Module<Graph>,
  accountId: Id,
): Promise<number> {
  people.remove(accountId);
  const [erasure] = graph.consumers;
  let batches = 0;
  let next: EventEnvelope | undefined = deletedEvent(accountId);
  while (erasure !== undefined && next !== undefined) {
    const event: EventEnvelope = next;
    const before = test.events.length;
    await test.record.write(contextOf(null), (tx) => erasure.handle(contextOf(null), event, tx));
    batches += 1;
    next = test.events.slice(before).find(({ type }) => type === "graph.erasure_continued.v1");
  }
  return batches;
}

function deletedEvent(accountId: Id): EventEnvelope {
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
