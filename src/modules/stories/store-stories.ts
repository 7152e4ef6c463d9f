import { compareIds, type Id } from "../../kernel/id.ts";
import { idArray, type Sql, type Statement, type TransactionSql } from "../../ports/record.ts";
import type { MediaCopy } from "../media/contract.ts";
import type { Status, StoryState, Visibility } from "./contract.ts";
import type { Draft } from "./draft.ts";
import type { Link } from "./link.ts";

/** The rows of stories, and the locks that order commands about the same story or person. */

export interface StoryRow extends StoryState, Draft {
  readonly editedAt: Date | null;
  /** In the order in which it is shown. */
  readonly media: readonly MediaCopy[];
}

/**
 * Commands about a story take its lock: those that change who sees it alone, reactions together.
 * Commands of a person take the person's lock together, so that an erasure can wait for them.
 *
 * These are advisory locks and not row locks, because row locks are not fair: as long as likes keep
 * coming, each joins the share lock of the one before, and the author's delete waits for ever
 * (measured: 3 s without one edit at 4,000 likes/s; with these locks an edit waits 20 ms at most).
 * A person's lock is taken before a story's, and stories' locks in the order of their ids.
 */
export async function lockToReact(sql: TransactionSql, accountId: Id, storyId: Id): Promise<void> {
  await sql`
    SELECT pg_advisory_xact_lock_shared(${accountId}::bigint),
      pg_advisory_xact_lock_shared(${storyId}::bigint)`;
}

export async function lockToChange(sql: TransactionSql, accountId: Id, storyId: Id): Promise<void> {
  await sql`
    SELECT pg_advisory_xact_lock_shared(${accountId}::bigint),
      pg_advisory_xact_lock(${storyId}::bigint)`;
}

/** Of stories that are changed without a person's command. The ids are in their order. */
export async function lockStories(sql: TransactionSql, ids: readonly Id[]): Promise<void> {
  await sql`
    SELECT pg_advisory_xact_lock(id) FROM unnest(${idArray(ids)}::bigint[]) AS story (id)`;
}

export async function lockAuthors(sql: TransactionSql, accountIds: readonly Id[]): Promise<void> {
  await sql`
    SELECT pg_advisory_xact_lock_shared(id)
    FROM unnest(${idArray(accountIds)}::bigint[]) AS author (id)`;
}

/**
 * Locks these, people before stories and each in the order of their ids, for commands that leave
 * others theirs: those of the ids whose lock was had. Who may not wait goes without the locks that
 * another holds alone, or waits for to hold alone.
 */
export async function lockTogether(
  sql: TransactionSql,
  ids: { readonly people: readonly Id[]; readonly stories: readonly Id[] },
  mayWait: boolean,
): Promise<ReadonlySet<Id>> {
  const inOrder = (some: readonly Id[]): readonly Id[] => [...new Set(some)].sort(compareIds);
  const wanted = [...inOrder(ids.people), ...inOrder(ids.stories)];
  if (mayWait) {
    await lockAuthors(sql, wanted);
    return new Set(wanted);
  }
  const rows = await sql<{ id: bigint; locked: boolean }[]>`
    SELECT id, pg_try_advisory_xact_lock_shared(id) AS locked
    FROM unnest(${idArray(wanted)}::bigint[]) AS wanted (id)`;
  return new Set(rows.filter((row) => row.locked).map((row) => row.id));
}

/** Those of the accounts whose content is being erased, or has been. */
export async function erasedAmong(
  sql: TransactionSql,
  accountIds: readonly Id[],
): Promise<ReadonlySet<Id>> {
  const rows = await sql<{ account_id: bigint }[]>`
    SELECT account_id FROM stories.erased_accounts
    WHERE account_id = ANY(${idArray(accountIds)}::bigint[])`;
  return new Set(rows.map((row) => row.account_id));
}

interface Row {
  readonly author_id: bigint;
  readonly id: bigint;
  readonly visibility: Visibility;
  readonly status: Status;
  readonly version: number;
  readonly edited_at: Date | null;
  readonly lang_given: boolean;
  readonly link_given: boolean;
  readonly lang: string;
  readonly text: string;
  readonly link: Link | null;
  readonly media: readonly MediaCopy[];
}

function storyOf(row: Row): StoryRow {
  return {
    id: row.id,
    authorId: row.author_id,
    visibility: row.visibility,
    status: row.status,
    version: row.version,
    editedAt: row.edited_at,
    text: row.text,
    lang: row.lang,
    langGiven: row.lang_given,
    link: row.link,
    linkGiven: row.link_given,
    media: row.media,
  };
}

/** In no order; in any status. */
export async function storiesById(
  sql: Sql | TransactionSql,
  ids: readonly Id[],
): Promise<readonly StoryRow[]> {
  const rows = await sql<Row[]>`
    SELECT author_id, id, visibility, status, version, edited_at, lang_given, link_given, lang, text,
      link, media
    FROM stories.stories WHERE id = ANY(${idArray(ids)}::bigint[])`;
  return rows.map(storyOf);
}

/** What decides who may see them, of any status; those that are not there are left out. */
export async function storyStates(
  sql: TransactionSql,
  ids: readonly Id[],
): Promise<ReadonlyMap<Id, StoryState>> {
  const rows = await sql<StoryState[]>`
    SELECT id, author_id AS "authorId", visibility, status, version
    FROM stories.stories WHERE id = ANY(${idArray(ids)}::bigint[])`;
  return new Map(rows.map((row) => [row.id, row] as const));
}

export async function storyById(sql: Sql | TransactionSql, id: Id): Promise<StoryRow | undefined> {
  const [story] = await storiesById(sql, [id]);
  return story;
}

/** The ids of an author's live stories below `below`, newest first. */
export async function storyIdsOf(
  sql: Sql,
  authorId: Id,
  page: {
    readonly visibilities: readonly Visibility[];
    readonly below: Id;
    readonly limit: number;
  },
): Promise<readonly Id[]> {
  const rows = await sql<{ id: bigint }[]>`
    SELECT id FROM stories.stories
    WHERE author_id = ${authorId} AND id < ${page.below} AND status = 'live'
      AND visibility = ANY(${`{${page.visibilities.join(",")}}`}::stories.visibility[])
    ORDER BY id DESC LIMIT ${page.limit}`;
  return rows.map((row) => row.id);
}

/** Not sent yet. */
export function insertStories(sql: TransactionSql, stories: readonly StoryRow[]): Statement {
  const rows = stories.map((story) => ({
    author_id: String(story.authorId),
    id: String(story.id),
    visibility: story.visibility,
    lang_given: story.langGiven,
    link_given: story.linkGiven,
    lang: story.lang,
    text: story.text,
    link: story.link,
    media: story.media,
  }));
  // Named twice in one statement: both take their rows from the same parameter.
  return sql`
    WITH story AS MATERIALIZED (
      SELECT * FROM json_to_recordset(${JSON.stringify(rows)}::text::json) AS story (
        author_id bigint, id bigint, visibility stories.visibility, lang_given boolean,
        link_given boolean, lang text, text text, link jsonb, media jsonb)
    ), listed AS (
      INSERT INTO stories.directory (id, kind, owner_id) SELECT id, 'story', author_id FROM story
    )
    INSERT INTO stories.stories
      (author_id, id, visibility, lang_given, link_given, lang, text, link, media)
    SELECT author_id, id, visibility, lang_given, link_given, lang, text, link, media FROM story`;
}

/** Writes the whole row as it is to be. The caller holds the story's lock alone. */
export async function updateStory(sql: TransactionSql, story: StoryRow): Promise<void> {
  await sql`
    UPDATE stories.stories SET
      visibility = ${story.visibility}, status = ${story.status}, version = ${story.version},
      edited_at = ${story.editedAt}, lang = ${story.lang}, text = ${story.text},
      link = ${story.link === null ? null : JSON.stringify(story.link)}::text::jsonb,
      media = ${JSON.stringify(story.media)}::text::jsonb
    WHERE author_id = ${story.authorId} AND id = ${story.id}`;
}
