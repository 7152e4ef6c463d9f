import type { Span } from "./certainty.ts";
import { seenSince, type Facts, type StoryFacts } from "./facts.ts";
import { writesAbout, type Bounds, type Finding } from "./finding.ts";
import type { History, Scroll, SeenItem } from "./history.ts";

/**
 * Every scroll is strictly newest first, repeats nothing, and has every story that its reader must
 * see; so does every look at one story.
 */
export interface FeedProof {
  readonly findings: readonly Finding[];
  /**
   * Of each story that somebody else read for in time: how long after it was to be seen a read began that
   * still lacked it; 0 where none did.
   */
  readonly missedForMs: readonly number[];
}

/** Reads that begin later say nothing of how soon a story was seen. */
const measuredMs = 10_000;
const notFound = 404;

interface Known {
  readonly story: StoryFacts;
  readonly id: bigint;
  /** When the first of this one and all newer ones was answered. */
  firstAnsweredAtMs: number;
}

/** The newest that was answered by then is this one or follows it; what stands before it came later. */
function newestBy(stories: readonly Known[], atMs: number): number {
  let [from, to] = [0, stories.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (stories[middle]!.firstAnsweredAtMs > atMs) from = middle + 1;
    else to = middle;
  }
  return from;
}

export function proveFeeds(history: History, facts: Facts, bounds: Bounds): FeedProof {
  const findings: Finding[] = [];
  const missed = new Map<string, number>();
  const byAuthor = newestFirstByAuthor(facts);

  function tell(scroll: Scroll, what: string, records: readonly unknown[]): void {
    findings.push({
      proof: "feeds are whole and in order",
      what: `the feed of ${scroll.by} ${what}`,
      atMs: scroll.pages[0]?.begunAtMs ?? null,
      records,
    });
  }

  /** Who sends a position sees what that person did before at once. */
  const lagFor = (read: Pick<Scroll, "by" | "position">): NonNullable<Span["lag"]> => ({
    viewer: read.position === null ? "" : read.by,
    ms: bounds.visibleMs,
  });

  function checkOrder(scroll: Scroll, items: readonly SeenItem[]): void {
    items.forEach((item, i) => {
      const before = items[i - 1];
      if (before === undefined) return;
      const isOrdered = before.atMs >= item.atMs && BigInt(before.id) > BigInt(item.id);
      if (!isOrdered) tell(scroll, "is out of order", [before, item, ...scroll.pages]);
    });
  }

  function checkRepeats(scroll: Scroll, items: readonly SeenItem[], span: Span): void {
    // Pages of one scroll may come from nodes of which one has heard of a change and another has not yet.
    const heardByMs = span.fromMs - bounds.visibleMs;
    const isSettled = !facts
      .relationEffects(scroll.by)
      .some(({ begunAtMs, untilMs }) => begunAtMs <= span.toMs && untilMs >= heardByMs);
    const shown = new Map<string, SeenItem>();
    for (const item of items) {
      const before = shown.get(item.storyId);
      shown.set(item.storyId, item);
      if (before === undefined) continue;
      // A story stands elsewhere once its reader sees the author, or somebody who reshared it.
      if (before.id === item.id || isSettled) {
        tell(scroll, `has story ${item.storyId} twice`, [before, item, ...scroll.pages]);
      }
    }
  }

  function note(story: StoryFacts, isThere: boolean, afterMs: number): void {
    if (afterMs > measuredMs) return;
    missed.set(story.id, Math.max(missed.get(story.id) ?? 0, isThere ? 0 : afterMs));
  }

  function checkWhole(scroll: Scroll, items: readonly SeenItem[], span: Span): void {
    const viewer = scroll.by;
    const shown = new Set(items.map(({ storyId }) => storyId));
    const isWhole = scroll.pages.at(-1)?.isLast === true;
    const oldest = items.at(-1);
    if (!isWhole && oldest === undefined) return;
    const floor = isWhole ? 0n : BigInt(oldest?.id ?? 0);
    for (const author of [viewer, ...facts.acquaintances(viewer)]) {
      const stories = byAuthor.get(author) ?? [];
      // A long run has many stories that came after this scroll.
      for (let n = newestBy(stories, span.fromMs); n < stories.length; n += 1) {
        const { story, id } = stories[n]!;
        if (id <= floor) break;
        const isThere = shown.has(story.id);
        if (author === viewer && isThere) continue;
        const sinceMs = seenSince(facts, story, viewer, "feed", span);
        if (sinceMs === null) continue;
        if (author !== viewer) note(story, isThere, span.fromMs - sinceMs);
        const late = { ...span, lag: lagFor(scroll) };
        if (isThere || seenSince(facts, story, viewer, "feed", late) === null) continue;
        const afterMs = Math.round(span.fromMs - sinceMs);
        const about = { storyId: story.id, people: [viewer, author], untilMs: span.toMs } as const;
        tell(scroll, `lacks story ${story.id}, ${afterMs} ms after it was to be seen`, [
          { sent: scroll.position },
          ...writesAbout(history, about),
          ...scroll.pages,
        ]);
      }
    }
  }

  for (const scroll of history.scrolls) {
    const [first, last] = [scroll.pages[0], scroll.pages.at(-1)];
    if (first === undefined || last === undefined) continue;
    const items = scroll.pages.flatMap((page) => page.items);
    const span = { fromMs: first.begunAtMs, toMs: last.endedAtMs };
    checkOrder(scroll, items);
    checkRepeats(scroll, items, span);
    checkWhole(scroll, items, span);
  }

  for (const look of history.looks) {
    const story = facts.stories.get(look.storyId);
    if (story === undefined || look.status !== notFound) continue;
    const span = { fromMs: look.begunAtMs, toMs: look.endedAtMs, lag: lagFor(look) };
    if (seenSince(facts, story, look.by, look.what, span) === null) continue;
    const people = [look.by, story.authorId] as const;
    findings.push({
      proof: "feeds are whole and in order",
      what: `${look.by} was told that there is no story ${look.storyId} (${look.what})`,
      atMs: look.begunAtMs,
      records: [
        look,
        ...writesAbout(history, { storyId: story.id, people, untilMs: look.endedAtMs }),
      ],
    });
  }
  return { findings, missedForMs: [...missed.values()] };
}

function newestFirstByAuthor(facts: Facts): ReadonlyMap<string, readonly Known[]> {
  const byAuthor = new Map<string, Known[]>();
  for (const story of facts.stories.values()) {
    const stories = byAuthor.get(story.authorId) ?? [];
    stories.push({ story, id: BigInt(story.id), firstAnsweredAtMs: 0 });
    byAuthor.set(story.authorId, stories);
  }
  for (const stories of byAuthor.values()) {
    stories.sort((a, b) => (a.id > b.id ? -1 : 1));
    let firstAnsweredAtMs = Number.POSITIVE_INFINITY;
    for (const known of stories) {
      firstAnsweredAtMs = Math.min(firstAnsweredAtMs, known.story.published.endedAtMs);
      known.firstAnsweredAtMs = firstAnsweredAtMs;
    }
  }
  return byAuthor;
}
