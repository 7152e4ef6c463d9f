import { assert } from "../../kernel/assert.ts";
import type { Context } from "../../kernel/context.ts";
import { idEpochMs, type Id } from "../../kernel/id.ts";
import { Problem } from "../../kernel/problem.ts";
import { textFault } from "../../kernel/text.ts";
import type { Clock } from "../../ports/clock.ts";
import type { BackfillIds } from "../../ports/ids.ts";
import type { Partitions, RecordPort, Transaction } from "../../ports/record.ts";
import type { Accounts } from "../accounts/contract.ts";
import type { ImportedStory, ImportedStoryResult } from "./contract.ts";
import { parseDraft, type Draft } from "./draft.ts";
import {
  checkResponses,
  insertResponses,
  respondersOf,
  responseTimes,
} from "./import-responses.ts";
import { addCountChanges } from "./store-counts.ts";
import { importedAmong, insertImported } from "./store-import.ts";
import { erasedAmong, insertStories, lockAuthors } from "./store-stories.ts";
import { storyEvent } from "./story-events.ts";

/**
 * Brings stories of another place and what hangs on them, with ids that carry the times they had
 * there.
 */

export interface ImportDeps {
  readonly record: RecordPort;
  readonly clock: Clock;
  readonly partitions: Partitions;
  readonly backfillIds: BackfillIds;
  readonly accounts: Accounts;
}

const storiesMax = 1000;
/** A key is a name and no text. */
const keyCharactersMax = 200;

type Refused = Extract<ImportedStoryResult, object>;
interface Accepted {
  readonly source: ImportedStory;
  readonly draft: Draft;
}

export async function importStories(
  deps: ImportDeps,
  context: Context,
  stories: readonly ImportedStory[],
): Promise<readonly ImportedStoryResult[]> {
  assert(stories.length <= storiesMax, `an import brings at most ${String(storiesMax)} at once`);
  const summaries = await deps.accounts.summaries(context, peopleOf(stories));
  const active = new Set(summaries.flatMap((summary) => (summary === null ? [] : [summary.id])));
  const checked = stories.map((story) => check(deps, story, active));
  const accepted = checked.filter((story): story is Accepted => "draft" in story);
  await deps.partitions.ensureFor(
    accepted.flatMap(({ source }) => [source.atMs, ...responseTimes(source)]),
  );
  const { value: made } = await deps.record.write(context, (tx) => insertNew(deps, tx, accepted));
  return checked.map((story) => {
    if ("refused" in story) {
      return story;
    }
    return made.has(story) ? "made" : "known";
  });
}

function peopleOf(stories: readonly ImportedStory[]): readonly Id[] {
  return [...new Set(stories.flatMap((story) => [story.authorId, ...respondersOf(story)]))];
}

function check(
  deps: ImportDeps,
  source: ImportedStory,
  active: ReadonlySet<Id>,
): Accepted | Refused {
  const { externalKey, atMs, authorId, text, lang } = source;
  const nowMs = deps.clock.nowMs();
  const hasKey = externalKey.length > 0 && externalKey.length <= keyCharactersMax;
  if (!hasKey || textFault(externalKey) !== null) {
    return { refused: "the key is empty, too long or no text" };
  }
  if (!active.has(authorId)) {
    return { refused: "the author is not here" };
  }
  if (!Number.isInteger(atMs) || atMs < idEpochMs || atMs > nowMs) {
    return { refused: "the time is before 2000 or in the future" };
  }
  try {
    const fault = checkResponses(source, active, nowMs);
    return fault ?? { source, draft: parseDraft({ text, lang }) };
  } catch (error) {
    if (error instanceof Problem) {
      return { refused: error.detail ?? error.kind.title };
    }
    throw error;
  }
}

async function insertNew(
  deps: ImportDeps,
  tx: Transaction,
  accepted: readonly Accepted[],
): Promise<ReadonlySet<Accepted>> {
  const people = peopleOf(accepted.map(({ source }) => source));
  await lockAuthors(tx.sql, people);
  const erased = await erasedAmong(tx.sql, people);
  const known = new Set(
    await importedAmong(
      tx.sql,
      accepted.map(({ source }) => source.externalKey),
    ),
  );
  const wanted = accepted.filter(({ source }) => {
    const isNew = !known.has(source.externalKey) && !erased.has(source.authorId);
    // The second of the same key in one call is known, too.
    known.add(source.externalKey);
    return isNew;
  });
  const ids = await deps.backfillIds.mintAt(
    tx,
    wanted.map(({ source }) => source.atMs),
  );
  const named = wanted.flatMap((story, i) => {
    const id = ids[i];
    return id === undefined ? [] : [{ story, id }];
  });
  const made = await insertImported(
    tx.sql,
    named.map(({ story: { source }, id }) => ({ ...source, id })),
  );
  const fresh = named.filter(({ story }) => made.has(story.source.externalKey));
  await insertAll(tx, fresh);
  await insertResponses(
    deps,
    tx,
    fresh.map(({ story, id }) => ({ id, source: story.source })),
    erased,
  );
  return new Set(fresh.map(({ story }) => story));
}

async function insertAll(
  tx: Transaction,
  stories: readonly { readonly story: Accepted; readonly id: Id }[],
): Promise<void> {
  const rows = stories.map(({ story: { source, draft }, id }) => ({
    ...draft,
    id,
    authorId: source.authorId,
    visibility: source.visibility ?? "public",
    status: "live" as const,
    version: 1,
    editedAt: null,
    media: [],
  }));
  await insertStories(tx.sql, rows);
  const perAuthor = Map.groupBy(rows, (row) => row.authorId);
  await addCountChanges(
    tx.sql,
    [...perAuthor].map(([subjectId, own]) => ({ subjectId, stories: own.length })),
  );
  for (const row of rows) {
    tx.append(storyEvent("published", row, null));
  }
}
