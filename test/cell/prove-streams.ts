import { seenSince, type Facts } from "./facts.ts";
import type { Bounds, Finding } from "./finding.ts";
import type { History, Listening } from "./history.ts";

/**
 * Every listener is told of each story exactly once, over all of its connections. After a `reset`
 * it reads the feed again, and what is told from then on counts anew.
 */
export interface StreamProof {
  readonly findings: readonly Finding[];
  /** From a story's answer to each listener that was told. */
  readonly toldAfterMs: readonly number[];
}

export function proveStreams(history: History, facts: Facts, bounds: Bounds): StreamProof {
  const findings: Finding[] = [];
  const toldAfterMs: number[] = [];

  function tell(what: string, records: readonly unknown[], atMs: number): void {
    findings.push({ proof: "live streams tell each story once", what, atMs, records });
  }

  /** Who narrows and widens a story has it told again to those who see it again. */
  const isToldOnce = (storyId: string): boolean =>
    facts.stories.get(storyId)?.visibility.effects.length === 0;

  function checkTwice(listening: Listening): void {
    let told = new Map<string, unknown>();
    for (const one of listening.told) {
      if (one.kind === "read") told = new Map();
      if (one.kind !== "story" || one.reason !== "author") continue;
      const before = told.get(one.storyId);
      if (before !== undefined && isToldOnce(one.storyId)) {
        tell(`${listening.by} was told of story ${one.storyId} twice`, [before, one], one.atMs);
      }
      told.set(one.storyId, one);
    }
  }

  function checkMissed(listening: Listening): void {
    const seen = new Set<string>();
    for (const one of listening.told) {
      if (one.kind === "story") seen.add(one.storyId);
      else if (one.kind === "read") for (const id of one.storyIds) seen.add(id);
    }
    for (const story of facts.stories.values()) {
      const { published, id } = story;
      if (published.begunAtMs < listening.begunAtMs || seen.has(id)) continue;
      if (published.endedAtMs + bounds.toldMs > listening.endedAtMs) continue;
      const span = { fromMs: published.endedAtMs, toMs: listening.endedAtMs };
      if (seenSince(facts, story, listening.by, "feed", span) === null) continue;
      const around = listening.told.filter(
        (one) => one.kind !== "read" && Math.abs(one.atMs - published.endedAtMs) < bounds.visibleMs,
      );
      tell(
        `${listening.by} was never told of story ${id}`,
        [published, { ...listening, told: around }],
        published.endedAtMs,
      );
    }
  }

  for (const listening of history.listenings) {
    checkTwice(listening);
    checkMissed(listening);
    for (const one of listening.told) {
      if (one.kind !== "story" || one.reason !== "author" || !isToldOnce(one.storyId)) continue;
      const published = facts.stories.get(one.storyId)?.published;
      if (published === undefined || published.by === listening.by) continue;
      if (published.begunAtMs < listening.begunAtMs) continue;
      toldAfterMs.push(Math.max(0, one.atMs - published.endedAtMs));
    }
  }
  return { findings, toldAfterMs };
}
