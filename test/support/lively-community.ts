import { composeId, idTimeMs, type Id } from "../../src/kernel/id.ts";
import { send, type Call } from "./client.ts";
import type { Member } from "./imported-community.ts";
import type { TestNode } from "./node.ts";
import type { Random } from "./random.ts";

/** So that some of everything is in every feed. Shares are of a thousand. */
const friendsOnlyShare = 200;
const selfShare = 80;
const deletedShare = 40;
const hiddenShare = 10;
const resharedShare = 120;
/** A hot story has many reshares, most have one. */
const resharersMax = 12;
const followsByMember = 8;
const mutesByMember = 2;
const blocksByMember = 1;
const editsByMember = 1;
const callsAtOnce = 8;
const sequences = 4096;
/** No node has given ids in the past, so none of these stands there already. */
const reshareLane = 1;

interface StoryRow {
  readonly id: Id;
  readonly author_id: Id;
}

/**
 * An import brings public stories and friendships alone. This makes a community of it that has
 * every visibility and status, reshares as old as what they show, follows, mutes and blocks.
 */
export async function enliven(
  node: TestNode,
  members: readonly Member[],
  random: Random,
): Promise<void> {
  const stories = await node.sql<StoryRow[]>`
    SELECT id, author_id FROM stories.stories ORDER BY id`;
  await vary(node, stories, random);
  await reshare(node, stories, random);
  await relate(node, members, random);
  await edit(node, stories, members, random);
}

async function vary(node: TestNode, stories: readonly StoryRow[], random: Random): Promise<void> {
  const rows = stories.flatMap(({ id }) => {
    const share = random.below(1000);
    const visibility =
      share < friendsOnlyShare
        ? "friends"
        : share < friendsOnlyShare + selfShare
          ? "self"
          : "public";
    const fate = random.below(1000);
    const status =
      fate < deletedShare ? "deleted" : fate < deletedShare + hiddenShare ? "hidden" : "live";
    return visibility === "public" && status === "live"
      ? []
      : [{ id: String(id), visibility, status }];
  });
  await node.sql`
    UPDATE stories.stories SET version = 2, visibility = changed.visibility, status = changed.status
    FROM json_to_recordset(${JSON.stringify(rows)}::text::json)
      AS changed (id bigint, visibility stories.visibility, status stories.status)
    WHERE stories.id = changed.id`;
}

/** Reshares as they would stand there, had the node been running then. */
async function reshare(
  node: TestNode,
  stories: readonly StoryRow[],
  random: Random,
): Promise<void> {
  const everyone = [...new Set(stories.map((story) => story.author_id))];
  const newestMs = idTimeMs(stories.at(-1)?.id ?? 0n);
  const rows: Record<"id" | "account_id" | "story_id" | "author_id", string>[] = [];
  for (const { id, author_id: authorId } of stories) {
    if (random.below(1000) >= resharedShare) {
      continue;
    }
    const count = 1 + Math.floor(random.below(resharersMax) / (1 + random.below(resharersMax)));
    const people = new Set(Array.from({ length: count }, () => random.pick(everyone)));
    people.delete(authorId);
    for (const accountId of people) {
      const fromMs = idTimeMs(id) + 1;
      // Half of them within a day, others up to years later.
      const spanMs = Math.max(1, newestMs - fromMs);
      const laterMs = random.below(random.below(2) === 0 ? Math.min(86_400_000, spanMs) : spanMs);
      const reshareId = composeId({
        timeMs: fromMs + laterMs,
        region: 0,
        lane: reshareLane,
        sequence: rows.length % sequences,
      });
      rows.push({
        id: String(reshareId),
        account_id: String(accountId),
        story_id: String(id),
        author_id: String(authorId),
      });
    }
  }
  await node.sql`
    WITH reshare AS MATERIALIZED (
      SELECT reshare.* FROM json_to_recordset(${JSON.stringify(rows)}::text::json)
        AS reshare (id bigint, account_id bigint, story_id bigint, author_id bigint)
      JOIN stories.stories AS story ON story.id = story_id
      WHERE story.visibility = 'public' AND story.status = 'live'
    ), by_time AS (
      INSERT INTO stories.reshares_by_time (account_id, id, story_id, author_id)
      SELECT account_id, id, story_id, author_id FROM reshare
    ), counted AS (
      INSERT INTO stories.count_changes (subject_id, reshares) SELECT story_id, 1 FROM reshare
    )
    INSERT INTO stories.reshares (account_id, story_id, id, author_id)
    SELECT account_id, story_id, id, author_id FROM reshare`;
}

async function relate(node: TestNode, members: readonly Member[], random: Random): Promise<void> {
  const everyone = await node.sql<{ id: bigint }[]>`SELECT id FROM accounts.accounts ORDER BY id`;
  const toward = (token: string, kind: string, count: number): Call[] =>
    Array.from({ length: count }, () => ({
      method: "PUT",
      path: `/v1/${kind}/${String(random.pick(everyone).id)}`,
      token,
    }));
  const calls = members.flatMap(({ token }) => [
    ...toward(token, "follows", followsByMember),
    ...toward(token, "mutes", mutesByMember),
    ...toward(token, "blocks", blocksByMember),
  ]);
  // Oneself is a 400, and someone who blocks is a 404: either is as good as having drawn nobody.
  await sendAll(node.url, calls, [204, 400, 404]);
}

async function edit(
  node: TestNode,
  stories: readonly StoryRow[],
  members: readonly Member[],
  random: Random,
): Promise<void> {
  const byAuthor = Map.groupBy(stories, (story) => story.author_id);
  const calls = members.flatMap(({ id, token }): Call[] => {
    const own = byAuthor.get(id) ?? [];
    const path = (): string => `/v1/stories/${String(random.pick(own).id)}`;
    return own.length === 0
      ? []
      : Array.from({ length: editsByMember }, (): Call[] => [
          { method: "PATCH", path: path(), token, body: { text: "Edited." } },
          { method: "PATCH", path: path(), token, body: { visibility: "public" } },
          { method: "DELETE", path: path(), token },
        ]).flat();
  });
  await sendAll(node.url, calls, [200, 204, 404]);
}

async function sendAll(
  url: string,
  calls: readonly Call[],
  allowed: readonly number[],
): Promise<void> {
  const left = calls.values();
  const sendOn = async (): Promise<void> => {
    for (const call of left) {
      const { status, body } = await send(url, call);
      if (!allowed.includes(status)) {
        throw new Error(`${call.method} ${call.path} answered ${status}: ${JSON.stringify(body)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: callsAtOnce }, sendOn));
}
