import type { Span } from "./certainty.ts";
import { whyHidden, whyUnseen, type Facts, type Place } from "./facts.ts";
import { writesAbout, type Finding } from "./finding.ts";
import type { History, Look, ScrollPage, SeenItem } from "./history.ts";

/** No read that began after something was hidden had been answered shows it. */
export interface HiddenProof {
  readonly findings: readonly Finding[];
  /** How often something that was certainly hidden was asked for by its id, or entered by a dead token. */
  readonly searches: number;
}

const unauthenticated = 401;
const ok = 200;

export function proveHidden(history: History, facts: Facts): HiddenProof {
  const findings: Finding[] = [];
  let searches = 0;

  interface Sight {
    readonly what: string;
    readonly viewer: string;
    readonly storyId: string;
    readonly authorId: string;
    readonly read: unknown;
    readonly span: Span;
  }

  function tell({ what, viewer, storyId, authorId, read, span }: Sight): void {
    const about = { storyId, people: [viewer, authorId], untilMs: span.toMs } as const;
    findings.push({
      proof: "hidden stays hidden",
      what,
      atMs: span.fromMs,
      records: [read, ...writesAbout(history, about)],
    });
  }

  function spanOf(read: ScrollPage | Look): Span {
    return { fromMs: read.begunAtMs, toMs: read.endedAtMs };
  }

  function lookAt(
    viewer: string,
    storyId: string,
    place: Place,
    read: { readonly span: Span; readonly shown: unknown },
  ): void {
    const story = facts.stories.get(storyId);
    const why = story === undefined ? null : whyHidden(facts, story, viewer, place, read.span);
    if (story === undefined || why === null) return;
    const what = `${viewer} was shown story ${storyId} (${place}) although ${why}`;
    tell({ what, viewer, storyId, authorId: story.authorId, read: read.shown, span: read.span });
  }

  function lookAtItem(viewer: string, item: SeenItem, page: ScrollPage): void {
    const span = spanOf(page);
    const shown = { ...page, items: [item] };
    lookAt(viewer, item.storyId, "feed", { span, shown });
    for (const account of item.reason === "author" ? [item.authorId] : item.by) {
      const why = whyUnseen(facts, account, viewer, span);
      if (why === null) continue;
      const what = `${viewer} was shown story ${item.storyId} because of ${account}: ${why}`;
      tell({ what, viewer, storyId: item.storyId, authorId: account, read: shown, span });
    }
  }

  function lookAtComments(look: Look): void {
    const span = spanOf(look);
    for (const { id, authorId } of look.seen) {
      const isDeleted = facts.comments.get(id)?.isDeleted.during(span)?.value === true;
      const isBlocked = [
        facts.isBlocking(look.by, authorId),
        facts.isBlocking(authorId, look.by),
      ].some((block) => block.during(span)?.value === true);
      if (!isDeleted && !isBlocked) continue;
      const why = isDeleted ? "it was deleted" : "a block stands between the two";
      const what = `${look.by} was shown comment ${id} although ${why}`;
      tell({ what, viewer: look.by, storyId: look.storyId, authorId, read: look, span });
    }
  }

  for (const { by, pages } of history.scrolls) {
    for (const page of pages) {
      for (const item of page.items) lookAtItem(by, item, page);
    }
  }
  for (const look of history.looks) {
    const story = facts.stories.get(look.storyId);
    if (story !== undefined && whyHidden(facts, story, look.by, look.what, spanOf(look)) !== null) {
      searches += 1;
    }
    if (look.status !== ok) continue;
    lookAt(look.by, look.storyId, look.what, { span: spanOf(look), shown: look });
    if (look.what === "comments") lookAtComments(look);
  }
  for (const entry of history.entries) {
    const span = { fromMs: entry.begunAtMs, toMs: entry.endedAtMs };
    const mustBeDead = facts.hasEnded(entry.session).during(span)?.value === true;
    if (mustBeDead) searches += 1;
    if (!mustBeDead || entry.status === null || entry.status === unauthenticated) continue;
    findings.push({
      proof: "hidden stays hidden",
      what: `a session that had been signed out was answered ${entry.status}`,
      atMs: entry.begunAtMs,
      records: [
        entry,
        ...history.writes.filter(
          ({ command }) => command.kind === "sign-out" && command.session === entry.session,
        ),
      ],
    });
  }
  return { findings, searches };
}
