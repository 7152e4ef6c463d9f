import { createFacts } from "./facts.ts";
import type { Bounds, Finding } from "./finding.ts";
import type { History } from "./history.ts";
import { proveFeeds } from "./prove-feeds.ts";
import { proveHidden } from "./prove-hidden.ts";
import { proveCounters, proveIds, proveRows, type FinalState } from "./prove-rows.ts";
import { proveStreams } from "./prove-streams.ts";

export interface Verdict {
  readonly findings: readonly Finding[];
  /** How often something that was certainly hidden was looked for. */
  readonly searches: number;
  /** Of a story by somebody else: how long after it was to be seen a read still lacked it. */
  readonly missedForMs: readonly number[];
  /** From a story's answer to each listener's being told. */
  readonly toldAfterMs: readonly number[];
}

/** Every promise over a whole history. Pure: the same history always has the same verdict. */
export function prove(history: History, final: FinalState, bounds: Bounds): Verdict {
  const facts = createFacts(history, bounds.openMs);
  const hidden = proveHidden(history, facts);
  const feeds = proveFeeds(history, facts, bounds);
  const streams = proveStreams(history, facts, bounds);
  const findings = [
    ...proveRows(history, facts, final, bounds),
    ...hidden.findings,
    ...feeds.findings,
    ...proveCounters(final),
    ...streams.findings,
    ...proveIds(history, final),
  ];
  const { searches } = hidden;
  return { findings, searches, missedForMs: feeds.missedForMs, toldAfterMs: streams.toldAfterMs };
}
