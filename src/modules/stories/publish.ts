import type { Context, Viewer } from "../../kernel/context.ts";
import { idTimeMs, parseId, type Id } from "../../kernel/id.ts";
import { invalid, notFound, Problem, unauthenticated } from "../../kernel/problem.ts";
import type { Clock } from "../../ports/clock.ts";
import type { IdSource } from "../../ports/ids.ts";
import type { GroupTransaction, Member, Outcome, Transaction } from "../../ports/record.ts";
import type { AccountSummary } from "../accounts/contract.ts";
import type { Media, MediaCopy } from "../media/contract.ts";
import type { Visibility } from "./contract.ts";
import type { StoryCounts } from "./counts.ts";
import { parseDraft, withText, type Draft, type DraftInput } from "./draft.ts";
import { notAuthor, unknownMedia } from "./errors.ts";
import { viewerOf } from "./route-parts.ts";
import { maySee } from "./rules.ts";
import { seeAuthor, type SightDeps } from "./sight.ts";
import { countChanges, type CountChange } from "./store-counts.ts";
import * as store from "./store-stories.ts";
import type { StoryRow } from "./store-stories.ts";
import { editedEvent, publishedEvent } from "./story-events.ts";

/** Publishes and edits stories. */

export interface PublishDeps extends SightDeps {
  readonly storyCounts: Pick<StoryCounts, "expect">;
  readonly ids: IdSource;
  readonly clock: Clock;
  readonly media: Pick<Media, "usable">;
}

/** What someone wants to publish, checked before its turn comes; what is wrong with it is said then. */
export interface Publication {
  readonly draft: Draft | Problem;
  readonly visibility: Visibility;
  readonly media: readonly MediaCopy[];
}

/** A story that was made, and its author as everybody sees them. */
export interface Published {
  readonly story: StoryRow;
  readonly author: AccountSummary;
}

export interface Edit {
  readonly text?: string | undefined;
  readonly visibility?: Visibility | undefined;
}

/** The same problem for whoever asks again with the same key: a draft is judged by itself. */
export function publicationOf(
  input: DraftInput & { readonly visibility?: Visibility | undefined },
  found: readonly (MediaCopy | null)[],
): Publication {
  const { visibility = "public" } = input;
  const media = found.filter((copy) => copy !== null);
  try {
    const missing = found.flatMap((copy, at) => (copy === null ? [at] : []));
    if (missing.length > 0) {
      throw unknownMedia({
        errors: missing.map((at) => ({
          path: `/mediaIds/${String(at)}`,
          message: "names media that is not there",
        })),
      });
    }
    return { draft: parseDraft(input, media.length > 0), visibility, media };
  } catch (error) {
    if (error instanceof Problem) {
      return { draft: error, visibility, media };
    }
    throw error;
  }
}

/** What the viewer wants to show, each once; null for what is not there for them. */
export async function findMedia(
  deps: Pick<PublishDeps, "media">,
  context: Context,
  mediaIds: readonly string[],
): Promise<readonly (MediaCopy | null)[]> {
  const ids = mediaIds.map((text) => parseId(text) ?? 0n);
  if (new Set(ids).size < ids.length) {
    throw invalid("/mediaIds", "names something twice");
  }
  return ids.length === 0 ? [] : deps.media.usable(context, viewerOf(context).accountId, ids);
}

/** Publishes for each of those who share the transaction, one story each. */
export async function publishAll(
  deps: PublishDeps,
  tx: GroupTransaction,
  members: readonly Member<Publication>[],
): Promise<readonly Outcome<Published>[]> {
  const people = [...new Set(members.map(authorOf))];
  const summaries = await deps.accounts.summaries(tx.context, people);
  const authors = new Map(people.map((id, at) => [id, summaries[at] ?? null]));
  const [locked, erased] = await Promise.all([
    store.lockTogether(tx.sql, { people, stories: [] }, tx.mayWait),
    store.erasedAmong(tx.sql, people),
  ]);
  const outcomes = members.map((member): Outcome<Published> => {
    const { draft, ...shown } = member.item;
    const authorId = authorOf(member);
    const author = authors.get(authorId) ?? null;
    if (draft instanceof Problem) {
      return { refusal: draft };
    }
    if (!locked.has(authorId)) {
      return "alone";
    }
    if (erased.has(authorId)) {
      return { refusal: unauthenticated() };
    }
    if (author === null) {
      // The account ended while the command was on its way: for everybody, the story is not there.
      return { refusal: notFound() };
    }
    const story = newStory(deps.ids.mint(), authorId, { draft, ...shown });
    deps.bodies.expect(story);
    deps.storyCounts.expect(story.id);
    member.append(publishedEvent(story));
    return { value: { story, author } };
  });
  const stories = outcomes.flatMap((made) =>
    made !== "alone" && "value" in made ? made.value.story : [],
  );
  if (stories.length > 0) {
    tx.last(store.insertStories(tx.sql, stories));
    tx.last(countChanges(tx.sql, storiesByAuthor(stories)));
  }
  return outcomes;
}

/** One change an author, however many of theirs share the transaction: each change is a row. */
function storiesByAuthor(stories: readonly StoryRow[]): readonly CountChange[] {
  const counted = new Map<Id, number>();
  for (const { authorId } of stories) {
    counted.set(authorId, (counted.get(authorId) ?? 0) + 1);
  }
  return [...counted].map(([subjectId, count]) => ({ subjectId, stories: count }));
}

function authorOf({ context }: Member<unknown>): Id {
  return viewerOf(context).accountId;
}

function newStory(
  id: Id,
  authorId: Id,
  { draft, visibility, media }: Omit<Publication, "draft"> & { readonly draft: Draft },
): StoryRow {
  return {
    ...draft,
    id,
    authorId,
    visibility,
    status: "live",
    version: 1,
    editedAt: null,
    media,
  };
}

export async function edit(
  deps: PublishDeps,
  tx: Transaction,
  { context, viewer, id, edit: wanted }: ChangeRequest & { readonly edit: Edit },
): Promise<StoryRow> {
  const before = await lockedStory(deps, tx, { context, viewer, id });
  if (before.status !== "live") {
    throw notFound();
  }
  const draft =
    wanted.text === undefined ? before : withText(before, wanted.text, before.media.length > 0);
  const visibility = wanted.visibility ?? before.visibility;
  const isRewritten = draft.text !== before.text;
  if (!isRewritten && visibility === before.visibility) {
    return before;
  }
  const after: StoryRow = {
    ...before,
    ...draft,
    visibility,
    version: before.version + 1,
    // A clock that stepped back does not make an edit older than its story.
    editedAt: isRewritten ? new Date(Math.max(deps.clock.nowMs(), idTimeMs(id))) : before.editedAt,
  };
  await store.updateStory(tx.sql, after);
  tx.append(editedEvent(before, after, viewer.accountId));
  return after;
}

export interface ChangeRequest {
  readonly context: Context;
  readonly viewer: Viewer;
  readonly id: Id;
}

/** The viewer's own story under its lock. Others learn of it only what they may see. */
export async function lockedStory(
  deps: SightDeps,
  tx: Transaction,
  { context, viewer, id }: ChangeRequest,
): Promise<StoryRow> {
  const seen = await store.storyById(tx.sql, id);
  if (seen === undefined) {
    throw notFound();
  }
  if (seen.authorId !== viewer.accountId) {
    const sight = await seeAuthor(deps, context, seen.authorId);
    throw maySee(seen, sight) ? notAuthor() : notFound();
  }
  await store.lockToChange(tx.sql, viewer.accountId, id);
  const story = await store.storyById(tx.sql, id);
  if (story === undefined) {
    throw notFound();
  }
  return story;
}

/** An account that is deleted while its command runs leaves nothing behind. */
export async function assertNotErased(tx: Transaction, accountId: Id): Promise<void> {
  const erased = await store.erasedAmong(tx.sql, [accountId]);
  if (erased.has(accountId)) {
    throw unauthenticated();
  }
}
