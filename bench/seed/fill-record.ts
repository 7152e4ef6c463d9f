import type { Sql } from "../../src/ports/record.ts";
import { timeZoneDefault } from "../../src/modules/accounts/rules.ts";
import type { Draft } from "../../src/modules/stories/draft.ts";
import {
  accountCount,
  bitsBelowPair,
  bitsBelowTime,
  hubCount,
  hubStep,
  idBases,
  ringDistances,
  storySpacingMs,
  tokenSecret,
  type Community,
} from "./arithmetic.ts";

/**
 * Writes a seeded community straight into the record's tables, as the modules would have left them:
 * whatever an API call would have written is there, but for the log, which begins after it, as it
 * does after its days have been dropped.
 */
export type Say = (line: string) => void;

/** Rows of one statement: some seconds of work. */
const accountsPerStatement = 20_000;
const storiesPerStatement = 100_000;
const draftsPerStatement = 5_000;
/** What the expressions below take for a format of tokens (see accounts/tokens.ts). */
const tokenFormat = String.raw`'\x0001'::bytea`;

export async function fillRecord(
  sql: Sql,
  community: Community,
  { drafts, say }: { readonly drafts: readonly Draft[]; readonly say: Say },
): Promise<void> {
  const names = nameExpressions(community);
  await fillAccounts(sql, community, names);
  say("accounts and sessions are there");
  await withoutIndexes(sql, "graph.relations", () => fillRelations(sql, community, say));
  await fillMembers(sql);
  say("friendships are there");
  await fillDrafts(sql, drafts);
  await fillStories(sql, community, { names, drafts: drafts.length, say });
  await sql.unsafe("DROP TABLE public.bench_drafts");
  say("tidying up");
  // What autovacuum would do in its own time, so that it does not do so while something is measured.
  await sql.unsafe("VACUUM (FREEZE, ANALYZE)");
  await sql.unsafe("CHECKPOINT");
}

interface Names {
  /** SQL of the id of the account with this index, which is SQL, too. */
  account(index: string): string;
  session(index: string): string;
}

function nameExpressions(community: Community): Names {
  const bases = idBases(community);
  const at = (base: bigint, index: string): string =>
    `(${String(base)} + ((${index})::bigint << ${String(bitsBelowTime)}))`;
  return {
    account: (index) => at(bases.account, index),
    session: (index) => at(bases.session, index),
  };
}

async function inRanges(
  count: number,
  step: number,
  run: (from: number, below: number) => Promise<unknown>,
): Promise<void> {
  for (let from = 0; from < count; from += step) {
    await run(from, Math.min(count, from + step));
  }
}

async function fillAccounts(sql: Sql, community: Community, names: Names): Promise<void> {
  const [id, session] = [names.account("i"), names.session("i")];
  const key = `${tokenFormat} || int8send(${id}) || int8send(${session})`;
  const token = `translate(encode(${key}, 'base64'), '+/', '-_') || '${tokenSecret}'`;
  await inRanges(accountCount(community), accountsPerStatement, async (from, below) => {
    const range = `generate_series(${String(from)}, ${String(below - 1)}) AS i`;
    await sql.unsafe(`
      INSERT INTO accounts.accounts (id, handle, name, name_folded, bio, locale, time_zone,
        home_region, privacy, status, password_hash, version)
      SELECT ${id}, 's' || i, '주민 ' || i, '주민 ' || i, '', 'ko', '${timeZoneDefault}',
        0, 'friends', 'active', NULL, 1 FROM ${range}`);
    await sql.unsafe(
      `INSERT INTO accounts.handles (handle, account_id) SELECT 's' || i, ${id} FROM ${range}`,
    );
    await sql.unsafe(`
      INSERT INTO accounts.sessions (account_id, id, token_hash, user_agent, last_used_ms)
      SELECT ${id}, ${session}, sha256(convert_to(${token}, 'UTF8')), 'bench',
        ${String(community.endMs)} FROM ${range}`);
  });
}

/** Both rows of each pair; `pair` numbers the pairs, and dates them in that order. */
async function fillRelations(sql: Sql, community: Community, say: Say): Promise<void> {
  const { people, hubsEach } = community;
  const bases = idBases(community);
  const distances = ringDistances(community);
  const [hubs, step] = [hubCount(community), hubStep(community)];
  const accounts = nameExpressions(community);
  const ring = distances
    .map((distance, k) => `(${String(k)}::bigint, ${String(distance)})`)
    .join(",");
  const since = `${String(bases.friendship)} + (pair << ${String(bitsBelowPair)})`;
  const columns = "account_id, other_id, friend, friend_since";
  const n = String(people);
  const hub = `${n} + (i + r * ${String(step)}) % ${String(hubs)}`;
  const hubPair = `(${String(distances.length)}::bigint + r) * ${n} + i`;
  const rs = `generate_series(0, ${String(hubsEach - 1)}) AS r`;
  await inRanges(people, accountsPerStatement, async (from, below) => {
    await sql.unsafe(`
      INSERT INTO graph.relations (${columns})
      SELECT ${accounts.account("i")}, ${accounts.account("other")}, 'friends', ${since}
      FROM generate_series(${String(from)}, ${String(below - 1)}) AS i CROSS JOIN LATERAL (
        SELECT (i + distance) % ${n} AS other, k * ${n} + i AS pair
        FROM (VALUES ${ring}) AS ring (k, distance)
        UNION ALL
        SELECT (i - distance + ${n}) % ${n}, k * ${n} + (i - distance + ${n}) % ${n}
        FROM (VALUES ${ring}) AS ring (k, distance)
        UNION ALL
        SELECT ${hub}, ${hubPair} FROM ${rs}
      ) AS friend`);
    say(`friendships of ${String(below)} of ${n} people`);
  });
  await sql.unsafe(`
    INSERT INTO graph.relations (${columns})
    SELECT ${accounts.account("hub")}, ${accounts.account("i")}, 'friends', ${since}
    FROM (
      SELECT ${hub} AS hub, i, ${hubPair} AS pair
      FROM generate_series(0, ${n} - 1) AS i CROSS JOIN ${rs} ORDER BY 1, 2
    ) AS friend`);
}

/** A version counts the events about a person: one for each friendship. */
async function fillMembers(sql: Sql): Promise<void> {
  await sql`
    INSERT INTO graph.members (account_id, version, friends)
    SELECT account_id, count(*), count(*) FROM graph.relations GROUP BY account_id`;
}

/** Indexes are made after the rows, in one go: several times as quick. */
async function withoutIndexes(sql: Sql, table: string, fill: () => Promise<void>): Promise<void> {
  const keys = await sql<{ name: string; definition: string }[]>`
    SELECT conname AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint
    WHERE conrelid = ${table}::regclass AND contype = 'p'`;
  const indexes = await sql<{ name: string; definition: string }[]>`
    SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
    FROM pg_index WHERE indrelid = ${table}::regclass AND NOT indisprimary`;
  for (const { name } of indexes) {
    await sql.unsafe(`DROP INDEX ${name}`);
  }
  for (const { name } of keys) {
    await sql.unsafe(`ALTER TABLE ${table} DROP CONSTRAINT ${name}`);
  }
  await fill();
  for (const { name, definition } of keys) {
    await sql.unsafe(`ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`);
  }
  for (const { definition } of indexes) {
    await sql.unsafe(definition);
  }
}

async function fillDrafts(sql: Sql, drafts: readonly Draft[]): Promise<void> {
  await sql.unsafe(
    "CREATE UNLOGGED TABLE public.bench_drafts (place int PRIMARY KEY, text text, lang text, link jsonb)",
  );
  await inRanges(drafts.length, draftsPerStatement, async (from, below) => {
    const rows = drafts
      .slice(from, below)
      .map(({ text, lang, link }, i) => ({ place: from + i, text, lang, link }));
    await sql`
      INSERT INTO public.bench_drafts
      SELECT place, text, lang, nullif(link, 'null'::jsonb)
      FROM json_to_recordset(${JSON.stringify(rows)}::text::json)
        AS draft (place int, text text, lang text, link jsonb)`;
  });
}

/**
 * Of 50 stories one is the author's own, five are for friends, and the others public; five have three
 * likes, and one of these was reshared, too.
 */
const visibilityCase = `CASE WHEN n % 50 = 0 THEN 'self' WHEN n % 50 <= 5 THEN 'friends'
  ELSE 'public' END::stories.visibility`;
const isLiked = "n % 10 = 7";
const isReshared = "n % 50 = 27";

async function fillStories(
  sql: Sql,
  community: Community,
  { names, drafts, say }: { readonly names: Names; readonly drafts: number; readonly say: Say },
): Promise<void> {
  const accounts = String(accountCount(community));
  const bases = idBases(community);
  const spacing = storySpacingMs(community);
  const id = `${String(bases.story)} + ((n::bigint * ${String(spacing)}) << ${String(bitsBelowTime)})`;
  // The same for the same n, and without a pattern.
  const author = `(((hashint8(n::bigint)::bigint + 2147483648) * ${accounts}) >> 32)`;
  const other = (offset: string): string => names.account(`(${author} + ${offset}) % ${accounts}`);
  const rows = (from: number, below: number): string =>
    `generate_series(${String(from)}, ${String(below - 1)}) AS n`;
  await inRanges(community.stories, storiesPerStatement, async (from, below) => {
    const range = rows(from, below);
    await sql.unsafe(`
      INSERT INTO stories.directory (id, kind, owner_id)
      SELECT ${id}, 'story', ${names.account(author)} FROM ${range}`);
    await sql.unsafe(`
      INSERT INTO stories.stories (author_id, id, visibility, lang_given, link_given, lang, text, link)
      SELECT ${names.account(author)}, ${id}, ${visibilityCase}, false, false, lang, text, link
      FROM ${range} JOIN public.bench_drafts ON place = n % ${String(drafts)}`);
    await sql.unsafe(`
      INSERT INTO stories.likes (account_id, story_id, id)
      SELECT ${other("1 + j * 7")}, ${id}, ${id} + 1 + j
      FROM ${range} CROSS JOIN generate_series(0, 2) AS j WHERE ${isLiked}`);
    for (const table of ["reshares", "reshares_by_time"]) {
      await sql.unsafe(`
        INSERT INTO stories.${table} (account_id, story_id, id, author_id)
        SELECT ${other("11")}, ${id}, ${id} + 100, ${names.account(author)}
        FROM ${range} WHERE ${isReshared}`);
    }
    await sql.unsafe(`
      INSERT INTO stories.counts (story_id, likes, comments, reshares)
      SELECT ${id}, 3, 0, (${isReshared})::int FROM ${range} WHERE ${isLiked}`);
    say(`${String(below)} of ${String(community.stories)} stories`);
  });
  await sql`
    INSERT INTO stories.author_counts (author_id, stories)
    SELECT author_id, count(*) FROM stories.stories GROUP BY author_id`;
}
