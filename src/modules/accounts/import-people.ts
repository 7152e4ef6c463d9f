import type { Context } from "../../kernel/context.ts";
import { idEpochMs } from "../../kernel/id.ts";
import { normalizeText, textFault } from "../../kernel/text.ts";
import type { Clock } from "../../ports/clock.ts";
import type { BackfillIds } from "../../ports/ids.ts";
import type { RecordPort, Transaction } from "../../ports/record.ts";
import type { Accounts, ImportedAccount, ImportedAccountResult } from "./contract.ts";
import { foldHandle, isReserved, localeDefault, nameFault, timeZoneDefault } from "./rules.ts";
import { newAccountRow, tellCreated, type NewPerson } from "./sign-up.ts";
import { importedBefore, insertImported, lockImports, takeHandles } from "./store-people.ts";
import { assert, present } from "../../kernel/assert.ts";

/** Making the people of an import, any number of times with the same outcome. */

export interface ImportDeps {
  readonly record: RecordPort;
  readonly clock: Clock;
  readonly backfillIds: BackfillIds;
}

export const importedPeopleMax = 1_000;
const externalIdCharactersMax = 200;

interface Wanted {
  readonly externalId: string;
  readonly atMs: number;
  readonly person: NewPerson;
}

export function createImportPeople({
  record,
  clock,
  backfillIds,
}: ImportDeps): Accounts["importPeople"] {
  function check(input: ImportedAccount): Wanted | { readonly refused: string } {
    const { externalId, createdAtMs: atMs } = input;
    const handle = foldHandle(input.handle);
    const name = normalizeText(input.name);
    const nameProblem = nameFault(name);
    if (
      externalId === "" ||
      externalId.length > externalIdCharactersMax ||
      textFault(externalId) !== null
    ) {
      return { refused: `the external id must have 1 to ${externalIdCharactersMax} characters` };
    }
    if (handle === null || isReserved(handle)) {
      return { refused: "the handle must have 2 to 30 of a-z, 0-9 and _ and not be reserved" };
    }
    if (nameProblem !== null) {
      return { refused: `the name ${nameProblem}` };
    }
    if (!Number.isInteger(atMs) || atMs < idEpochMs || atMs > clock.nowMs()) {
      return { refused: "the account must have begun between the year 2000 and now" };
    }
    const person = { handle, name, locale: localeDefault, timeZone: timeZoneDefault };
    return { externalId, atMs, person };
  }

  /** Fills in the results of everyone who is made now. */
  async function make(
    tx: Transaction,
    wanted: readonly Wanted[],
    passwordHash: string | null,
    results: Map<string, ImportedAccountResult>,
  ): Promise<void> {
    const ids = await backfillIds.mintAt(
      tx,
      wanted.map(({ atMs }) => atMs),
    );
    const rows = wanted.map(({ externalId, person }, index) => ({
      ...newAccountRow(present(ids[index], "an id for each"), person, passwordHash),
      external_id: externalId,
    }));
    const taken = await takeHandles(tx.sql, firstOfEachHandle(rows));
    const made = firstOfEachHandle(rows).filter(({ handle }) => taken.has(handle));
    await insertImported(tx.sql, made);
    for (const row of rows) {
      results.set(row.external_id, { refused: `the handle ${row.handle} is taken` });
    }
    for (const row of made) {
      results.set(row.external_id, { id: row.id, isNew: true });
      tellCreated(tx, row);
    }
  }

  return async function importPeople(
    context: Context,
    people: readonly ImportedAccount[],
    passwordHash: string | null,
  ): Promise<readonly ImportedAccountResult[]> {
    assert(people.length <= importedPeopleMax, `at most ${importedPeopleMax} people a call`);
    const { value } = await record.write(context, async (tx) => {
      await lockImports(tx.sql);
      const results = new Map<string, ImportedAccountResult>();
      const known = await importedBefore(
        tx.sql,
        people.map(({ externalId }) => externalId).filter((id) => textFault(id) === null),
      );
      for (const row of known) {
        // Whoever deleted their account does not come back with the next import.
        const isOver = row.status === "deleted";
        results.set(
          row.external_id,
          isOver ? { refused: "the account was deleted" } : { id: row.account_id, isNew: false },
        );
      }
      const wanted = new Map<string, Wanted>();
      for (const person of people) {
        if (!results.has(person.externalId) && !wanted.has(person.externalId)) {
          const checked = check(person);
          if ("refused" in checked) {
            results.set(person.externalId, checked);
          } else {
            wanted.set(person.externalId, checked);
          }
        }
      }
      if (wanted.size > 0) {
        await make(tx, [...wanted.values()], passwordHash, results);
      }
      return inOrder(people, results);
    });
    return value;
  };
}

function firstOfEachHandle<T extends { readonly handle: string }>(rows: readonly T[]): T[] {
  const seen = new Set<string>();
  return rows.filter(({ handle }) => !seen.has(handle) && seen.add(handle));
}

/** Whoever stands in the list twice is made once: the second time is known already. */
function inOrder(
  people: readonly ImportedAccount[],
  results: ReadonlyMap<string, ImportedAccountResult>,
): readonly ImportedAccountResult[] {
  const told = new Set<string>();
  return people.map(({ externalId }) => {
    const result = present(results.get(externalId), "a result for each");
    const isRepeat = told.has(externalId);
    told.add(externalId);
    return isRepeat && "id" in result ? { id: result.id, isNew: false } : result;
  });
}
