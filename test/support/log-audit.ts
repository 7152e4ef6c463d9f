import { expect } from "vitest";
import type { FeedItem } from "./client.ts";
import { describeStanding, feedBySql } from "./feed-by-sql.ts";
import { metricOf } from "./metric.ts";
import type { TestNode } from "./node.ts";
import type { Random } from "./random.ts";
import { scrollPages, standingOf } from "./scroll.ts";

/** Notes every event that any transaction commits, so that none can be lost without a trace. */
export async function noteCommittedEvents({ sql }: TestNode): Promise<void> {
  await sql`CREATE TABLE public.committed_event (id bigint PRIMARY KEY)`;
  await sql.unsafe(`
    CREATE FUNCTION public.note_event() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO public.committed_event VALUES (NEW.id); RETURN NULL; END $$`);
  await sql`
    CREATE TRIGGER noted AFTER INSERT ON log.outbox
    FOR EACH ROW EXECUTE FUNCTION public.note_event()`;
}

/** Every committed event has exactly one position, and there is no gap between the positions. */
export async function expectLogWhole(node: TestNode, withinMs: number): Promise<void> {
  const { sql } = node;
  const waiting = async (): Promise<number> => (await sql`SELECT FROM log.outbox`).length;
  await expect.poll(waiting, { timeout: withinMs, interval: 20 }).toBe(0);
  const [log] = await sql<Record<"events" | "ids" | "first" | "last" | "position", number>[]>`
    SELECT count(*)::int AS events, count(DISTINCT id)::int AS ids, min(position)::int AS first,
      max(position)::int AS last, (SELECT position::int FROM log.state) AS position
    FROM log.events`;
  const events = log?.events;
  expect(log).toEqual({ events, ids: events, first: 1, last: events, position: events });
  const lost = await sql`
    SELECT id FROM public.committed_event WHERE id NOT IN (SELECT id FROM log.events)`;
  expect(lost, "events that were committed and have no position").toEqual([]);
  await expect
    .poll(() => metricOf(node, "maru_log_applied_position"), { timeout: withinMs, interval: 20 })
    .toBe(events);
}

/** The views say what the record says: the whole feed, and the counts of what stands in it. */
export async function expectViewsWhole(
  node: TestNode,
  { id, token }: { readonly id: bigint; readonly token: string },
  random: Random,
): Promise<void> {
  const items: FeedItem[] = [];
  for await (const page of scrollPages(node.url, token, random)) {
    items.push(...page.items);
  }
  const expected = await feedBySql(node.sql, id);
  expect(items.map((item) => describeStanding(standingOf(item)))).toEqual(
    expected.map(describeStanding),
  );
  const rows = await node.sql<{ id: bigint; likes: number; comments: number; reshares: number }[]>`
    SELECT id,
      (SELECT count(*)::int FROM stories.likes WHERE story_id = story.id) AS likes,
      (SELECT count(*)::int FROM stories.comments
        WHERE story_id = story.id AND status = 'live') AS comments,
      (SELECT count(*)::int FROM stories.reshares WHERE story_id = story.id) AS reshares
    FROM stories.stories AS story`;
  const counts = new Map(rows.map(({ id: storyId, ...count }) => [String(storyId), count]));
  for (const { story } of items) {
    expect(story, "a story with its counts").toMatchObject({ counts: counts.get(story.id) });
  }
}
