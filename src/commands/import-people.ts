import { LRUCache } from "lru-cache";
import { present } from "../kernel/assert.ts";
import type { Context } from "../kernel/context.ts";
import type { Id } from "../kernel/id.ts";
import type { Accounts } from "../modules/accounts/contract.ts";
import { createBatches, type BatchDeps } from "./import-batches.ts";
import type { Tally } from "./import-tally.ts";

/** The accounts of the people whom the files name by number, made where they are named first. */
export interface People {
  /** The account of each number, or null where none could be made. */
  resolve(numbers: Iterable<string>): Promise<ReadonlyMap<string, Id | null>>;
}

export interface PeopleDeps {
  readonly accounts: Accounts;
  readonly context: Context;
  readonly passwordHash: string | null;
  /** When the new accounts begin, in milliseconds since 1970. */
  readonly createdAtMs: number;
  readonly tally: Tally;
  readonly batches: BatchDeps;
}

interface Remembered {
  /** Null: no account could be made. */
  readonly id: Id | null;
}

/** About 80 MB; whoever was forgotten is asked for again, and is then known. */
const rememberedMax = 500_000;

const handleOf = (number: string): string => `p${number}`;

export function createPeople(deps: PeopleDeps): People {
  const { accounts, context, passwordHash, createdAtMs, tally } = deps;
  // Counted as sizes, because a cache of so many places would take them all at once.
  const remembered = new LRUCache<string, Remembered>({
    maxSize: rememberedMax,
    sizeCalculation: () => 1,
  });
  let turn: Promise<unknown> = Promise.resolve();

  async function bring(numbers: readonly string[], found: Map<string, Id | null>): Promise<void> {
    const people = numbers.map((number) => ({
      externalId: number,
      handle: handleOf(number),
      name: `P ${number}`,
      createdAtMs,
    }));
    const results = await accounts.importPeople(context, people, passwordHash);
    for (const [index, number] of numbers.entries()) {
      const result = present(results[index], "a result for each person");
      const id = "id" in result ? result.id : null;
      remembered.set(number, { id });
      found.set(number, id);
      if ("refused" in result) {
        // Without the person's own handle, so that the same reason is counted as one.
        tally.refused(result.refused.replaceAll(handleOf(number), "p<number>"), number);
      } else if (result.isNew) {
        tally.made();
      } else {
        tally.known();
      }
    }
  }

  async function resolve(numbers: Iterable<string>): Promise<ReadonlyMap<string, Id | null>> {
    const found = new Map<string, Id | null>();
    const missing: string[] = [];
    for (const number of new Set(numbers)) {
      const person = remembered.get(number);
      if (person === undefined) {
        missing.push(number);
      } else {
        found.set(number, person.id);
      }
    }
    const batches = createBatches((batch: readonly string[]) => bring(batch, found), deps.batches);
    await batches.add(missing);
    await batches.flush();
    return found;
  }

  return {
    resolve(numbers) {
      // One file's turn after the other's: whom both name is made once and then remembered.
      const mine = turn.then(() => resolve(numbers));
      turn = mine.catch(() => undefined);
      return mine;
    },
  };
}
