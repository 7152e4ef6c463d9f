import type { Context } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import type { Cursors, Page } from "../../kernel/page.ts";
import { invalid } from "../../kernel/problem.ts";
import { hasControls } from "../../kernel/text.ts";
import type { RecordPort } from "../../ports/record.ts";
import type { Graph } from "../graph/contract.ts";
import type { Directory } from "./directory.ts";
import type { KnownAccount } from "./present.ts";
import { encodingFault, foldName, prefixEnd } from "./rules.ts";
import { peopleByHandle, peopleByName, type PrefixRange } from "./store-people.ts";

/**
 * People whose handle or name begins so, best first: the very handle, then handles, then names.
 * Two walks over two indexes, one after the other; a person is found once, in the first.
 */

export interface SearchDeps {
  readonly record: RecordPort;
  readonly cursors: Cursors;
  readonly directory: Directory;
  readonly graph: () => Pick<Graph, "relations">;
}

export interface SearchInput {
  readonly prefix: string;
  readonly limit: number;
  readonly cursor: string | undefined;
}

/** Where the walk goes on: after this handle, or after this name. */
type Place =
  | { readonly walk: "handles"; readonly after: string | null }
  | { readonly walk: "names"; readonly after: { readonly name: string; readonly id: Id } | null };

interface Candidate {
  readonly id: Id;
  readonly place: Place;
}

interface Batch {
  readonly candidates: readonly Candidate[];
  /** Null: there are no more. */
  readonly next: Place | null;
}

/** Batches that one page may take when many whom it finds are hidden; then it is short. */
const batchesMax = 10;

export type Search = (context: Context, input: SearchInput) => Promise<Page<KnownAccount>>;

export function createSearch(deps: SearchDeps): Search {
  const { record, cursors, directory } = deps;

  async function batchAt(context: Context, place: Place, range: PrefixRange): Promise<Batch> {
    return record.read(context, async (sql): Promise<Batch> => {
      if (place.walk === "handles") {
        const rows = await peopleByHandle(sql, range, place.after);
        const candidates = rows.map(({ id, handle }) => ({
          id,
          place: { walk: "handles", after: handle } as const,
        }));
        const isFull = rows.length === range.limit;
        const next = isFull ? candidates.at(-1)?.place : undefined;
        return { candidates, next: next ?? { walk: "names", after: null } };
      }
      const rows = await peopleByName(sql, range, place.after);
      const candidates = rows.map(({ id, handle, name_folded: name }) => ({
        id,
        handle,
        place: { walk: "names", after: { name, id } } as const,
      }));
      const next = rows.length === range.limit ? candidates.at(-1)?.place : undefined;
      return {
        candidates: candidates.filter(({ handle }) => !handle.startsWith(range.prefix)),
        next: next ?? null,
      };
    });
  }

  /** In the order of the candidates, null for those whom the viewer does not see. */
  async function seen(
    context: Context,
    candidates: readonly Candidate[],
  ): Promise<readonly (KnownAccount | null)[]> {
    const ids = candidates.map(({ id }) => id);
    const accounts = await directory.accounts(context, ids);
    if (context.viewer === null || ids.length === 0) {
      return accounts;
    }
    const relations = await deps.graph().relations(context, context.viewer.accountId, ids);
    return accounts.map((account, index) => {
      const relation = relations[index];
      return relation?.blocked === true || relation?.blockedBy === true ? null : account;
    });
  }

  return async function search(context: Context, input: SearchInput): Promise<Page<KnownAccount>> {
    const prefix = checkPrefix(input.prefix);
    const list = `accounts.search:${prefix}`;
    const range = { prefix, end: prefixEnd(prefix), limit: input.limit + 1 };
    let place: Place | null = placeOf(cursors.decode(list, input.cursor));
    const found: { readonly account: KnownAccount; readonly place: Place }[] = [];
    for (let batches = 0; place !== null && batches < batchesMax; batches += 1) {
      const { candidates, next } = await batchAt(context, place, range);
      const accounts = await seen(context, candidates);
      candidates.forEach((candidate, index) => {
        const account = accounts[index] ?? null;
        if (account !== null) {
          found.push({ account, place: candidate.place });
        }
      });
      if (found.length > input.limit) {
        place = found[input.limit - 1]?.place ?? null;
        break;
      }
      place = next;
    }
    return {
      items: found.slice(0, input.limit).map(({ account }) => account),
      nextCursor: place === null ? null : cursors.encode(list, keysOf(place)),
    };
  };
}

function checkPrefix(text: string): string {
  const fault =
    encodingFault(text) ?? (hasControls(text) ? "must not contain control characters" : null);
  if (fault !== null) {
    throw invalid("handle", fault);
  }
  const prefix = foldName(text.startsWith("@") ? text.slice(1) : text);
  if (prefix === "") {
    throw invalid("handle", "must have at least one character");
  }
  return prefix;
}

function keysOf(place: Place): readonly (string | bigint)[] {
  if (place.walk === "handles") {
    return ["handles", place.after ?? ""];
  }
  return place.after === null ? ["names"] : ["names", place.after.id, place.after.name];
}

function placeOf(keys: readonly string[] | null): Place {
  const [walk, key, name] = keys ?? ["handles", ""];
  if (walk === "handles") {
    return { walk, after: key === undefined || key === "" ? null : key };
  }
  const after = key === undefined || name === undefined ? null : { id: BigInt(key), name };
  return { walk: "names", after };
}
