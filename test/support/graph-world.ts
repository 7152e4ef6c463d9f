import type { Id } from "../../src/kernel/id.ts";
import type { Graph } from "../../src/modules/graph/contract.ts";
import { createGraph } from "../../src/modules/graph/module.ts";
import type { GraphLimits } from "../../src/modules/graph/rules.ts";
import { graphSchema } from "../../src/modules/graph/schema.ts";
import type { EventEnvelope } from "../../src/ports/log.ts";
import type { Module } from "../../src/ports/module.ts";
import { accountDeleted, createAccountsStub, type AccountsStub } from "./accounts-stub.ts";
import { askModule, contextOf, type Asked, type Question } from "./ask-module.ts";
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

export function ask(
  { test }: GraphWorld,
  graph: Module<Graph>,
  operationId: string,
  question: Question,
): Promise<Asked> {
  return askModule(test, graph, { operationId, ...question });
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
  let next: EventEnvelope | undefined = accountDeleted(accountId);
  while (erasure !== undefined && next !== undefined) {
    const event: EventEnvelope = next;
    const before = test.events.length;
    await test.record.write(contextOf(null), (tx) => erasure.handle(contextOf(null), event, tx));
    batches += 1;
    next = test.events.slice(before).find(({ type }) => type === "graph.erasure_continued.v1");
  }
  return batches;
}
