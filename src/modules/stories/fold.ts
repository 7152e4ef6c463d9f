import { internalContext } from "../../kernel/context.ts";
import type { Job } from "../../ports/module.ts";
import type { RecordPort } from "../../ports/record.ts";
import type { Metrics } from "../../ports/telemetry.ts";
import { foldChanges } from "./store-counts.ts";

/** Folds the changes of counts into sums, so that a count has few rows to add up. */

const everyMs = 1000;
/** Few enough that one fold takes well below a second, and holds up nothing. */
const changesPerFold = 5000;
/** More wait for the next run; by then their number says that something is wrong. */
const foldsMax = 50;

export function createFold(deps: { readonly record: RecordPort; readonly metrics: Metrics }): Job {
  const folded = deps.metrics.counter(
    "maru_stories_count_changes_folded_total",
    "Changes of counts that were folded into sums.",
  );
  return {
    name: "stories.fold-counts",
    everyMs,
    async run() {
      for (let i = 0; i < foldsMax; i += 1) {
        const context = internalContext("stories.fold-counts");
        const { value } = await deps.record.write(context, (tx) =>
          foldChanges(tx.sql, changesPerFold),
        );
        folded.add(value);
        if (value < changesPerFold) {
          return;
        }
      }
    },
  };
}
