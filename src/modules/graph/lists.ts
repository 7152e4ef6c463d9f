import { present } from "../../kernel/assert.ts";
import type { Context } from "../../kernel/context.ts";
import { idMax, type Id } from "../../kernel/id.ts";
import type { Cursors, Page } from "../../kernel/page.ts";
import { notFound } from "../../kernel/problem.ts";
import type { RecordPort } from "../../ports/record.ts";
import type { Accounts, AccountSummary } from "../accounts/contract.ts";
import { hiddenFrom, type GraphQueries } from "./queries.ts";
import { readEntries, type ListEntry, type ListName } from "./store-lists.ts";

export interface ListDeps {
  readonly record: RecordPort;
  readonly accounts: Accounts;
  readonly cursors: Cursors;
  readonly queries: GraphQueries;
}

export interface PageRequest {
  readonly limit: number;
  readonly cursor: string | undefined;
}

/** After the first try, entries are taken in chunks, so that a list of people who are gone is soon passed. */
const chunkSize = 500;
/**
 * A page that is not full after so many chunks is given as it is, with a cursor. A person's own
 * lists end before; among a million followers ten thousand in a row may be gone.
 */
const chunksMax = 20;

/** A list of the viewer's own, newest first. */
export async function ownList(
  deps: ListDeps,
  context: Context,
  list: { readonly name: ListName; readonly accountId: Id },
  page: PageRequest,
): Promise<Page<AccountSummary>> {
  return await filledPage(deps, context, { ...list, viewerId: null }, page);
}

/** A list of another person's, as far as that person shows it to the viewer. */
export async function personsList(
  deps: ListDeps,
  context: Context,
  list: { readonly name: "friends" | "followers" | "following"; readonly idOrHandle: string },
  page: PageRequest,
): Promise<Page<AccountSummary>> {
  const person = await deps.accounts.resolve(context, list.idOrHandle);
  if (person === null) {
    throw notFound();
  }
  const viewerId = context.viewer?.accountId ?? null;
  if (viewerId !== person.id) {
    await checkShown(deps.queries, context, person);
  }
  return await filledPage(deps, context, { name: list.name, accountId: person.id, viewerId }, page);
}

async function checkShown(
  queries: GraphQueries,
  context: Context,
  person: AccountSummary,
): Promise<void> {
  const viewerId = context.viewer?.accountId ?? null;
  const [relation] =
    viewerId === null ? [] : await queries.relations(context, viewerId, [person.id]);
  const isHidden = relation?.blocked === true || relation?.blockedBy === true;
  const setting = person.privacy;
  const isShown =
    setting === "everyone" || (setting === "friends" && relation?.friend === "friends");
  if (isHidden || !isShown) {
    throw notFound();
  }
}

interface FilledList {
  readonly name: ListName;
  readonly accountId: Id;
  /** Whose blocks hide people from the list; null where nobody is to be hidden. */
  readonly viewerId: Id | null;
}

interface Entry {
  readonly since: Id;
  readonly account: AccountSummary;
}

/** Goes on after those who are gone or hidden, so that only the last page is short. */
async function filledPage(
  deps: ListDeps,
  context: Context,
  list: FilledList,
  { limit, cursor }: PageRequest,
): Promise<Page<AccountSummary>> {
  const cursorName = `graph.${list.name}:${String(list.accountId)}`;
  const keys = deps.cursors.decode(cursorName, cursor);
  let below = keys === null ? idMax : BigInt(present(keys[0], "a cursor's id"));
  let ended = false;
  const entries: Entry[] = [];
  for (let chunk = 0; chunk < chunksMax && entries.length <= limit && !ended; chunk += 1) {
    context.deadline.check();
    const size = chunk === 0 ? limit + 1 : chunkSize;
    const found = await deps.record.read(context, (sql) =>
      readEntries(sql, list, { below, limit: size }),
    );
    entries.push(...(await visibleOf(deps, context, list, found)));
    ended = found.length < size;
    below = found.at(-1)?.since ?? below;
  }
  const shown = entries.slice(0, limit);
  const more = entries.length > limit;
  const after = more ? present(shown.at(-1), "a full page's last entry").since : below;
  return {
    items: shown.map(({ account }) => account),
    nextCursor: more || !ended ? deps.cursors.encode(cursorName, [after]) : null,
  };
}

async function visibleOf(
  deps: ListDeps,
  context: Context,
  { viewerId }: FilledList,
  found: readonly ListEntry[],
): Promise<Entry[]> {
  const ids = found.map(({ otherId }) => otherId);
  const [accounts, hidden] = await Promise.all([
    ids.length === 0 ? [] : deps.accounts.summaries(context, ids),
    viewerId === null || ids.length === 0
      ? new Set<Id>()
      : hiddenFrom(deps.record, context, { viewerId, otherIds: ids }),
  ]);
  return found.flatMap(({ otherId, since }, index) => {
    const account = accounts[index] ?? null;
    return account === null || hidden.has(otherId) ? [] : [{ since, account }];
  });
}
