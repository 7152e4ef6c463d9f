import type { Id } from "../../kernel/id.ts";
import type { Clock } from "../../ports/clock.ts";
import type { DurableWorker, EventEnvelope } from "../../ports/log.ts";
import type { RecordPort, Transaction } from "../../ports/record.ts";
import type { Metrics } from "../../ports/telemetry.ts";
import { linkWanted } from "./events.ts";
import { whenFetched, type Fetched } from "./rules.ts";
import { findLink, lockLink, writeShown, writeStanding, type LinkRow } from "./store.ts";
import { addImage } from "./store-images.ts";
import { idOf, tellWaiting } from "./tell.ts";
import { visit, type VisitDeps } from "./visit.ts";

/**
 * Fetches the pages that are asked for, once for any number of stories. What the other side does is an
 * outcome and no failure: the module tries again in its own time.
 */
export interface FetchDeps extends VisitDeps {
  readonly record: RecordPort;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly isFetching: boolean;
}

/** One fetch that was asked for, by the id that its picture has. */
interface Asked {
  readonly linkId: Id;
  readonly imageId: Id;
}

/** Failures of our own. */
const attemptsMax = 5;
const atOnceMax = 4;
/** Three requests of some seconds each, turns that are waited for, and the work on a picture. */
const timeoutMs = 120_000;

export function createFetching(deps: FetchDeps): DurableWorker {
  const { record, clock } = deps;
  const outcomes = deps.metrics.counter(
    "maru_links_fetches_total",
    "Pages that were fetched for previews, by outcome: found, nothing, later or unwanted.",
    ["outcome"],
  );

  async function settle(tx: Transaction, asked: Asked, fetched: Fetched): Promise<void> {
    const { linkId, imageId } = asked;
    const link = await lockLink(tx.sql, linkId);
    const picture = fetched.kind === "found" ? fetched.picture : null;
    const isStillAsked = isUnderWay(link, asked);
    // An attempt whose node died may have left one, of which nobody else knows.
    const isUnused = !isStillAsked || picture?.id !== imageId;
    await addImage(tx.sql, { linkId, imageId, isUnused });
    if (!isStillAsked) {
      return;
    }
    const nowMs = clock.nowMs();
    const { standing, shown } = whenFetched(link.standing, fetched, nowMs);
    await writeStanding(tx.sql, link.hash, standing);
    if (shown !== "as before") {
      const { title = null, description = null } = shown?.said ?? {};
      await writeShown(tx.sql, link.hash, { title, description, picture, nowMs });
    }
    if (standing.state === "ready") {
      await tellWaiting(tx, link);
    }
    outcomes.add(1, { outcome: fetched.kind });
  }

  return {
    name: "links.fetch",
    types: [linkWanted],
    attemptsMax,
    atOnceMax,
    timeoutMs,
    async work(context, event, signal) {
      const asked = askedBy(event);
      const link = await record.read(context, (sql) => findLink(sql, asked.linkId));
      if (!isUnderWay(link, asked)) {
        return async () => undefined;
      }
      const { url, picture, uses } = link;
      const fetched: Fetched =
        uses === 0 || !deps.isFetching
          ? { kind: "unwanted" }
          : await visit(deps, context, { url, picture, imageId: asked.imageId, signal });
      return (tx) => settle(tx, asked, fetched);
    },
    async gaveUp(_context, event, tx) {
      await settle(tx, askedBy(event), { kind: "later" });
    },
  };
}

function askedBy(event: EventEnvelope): Asked {
  return { linkId: idOf(event, "linkId"), imageId: idOf(event, "imageId") };
}

/** False for what was done or given up already, and for a link that is gone. */
function isUnderWay(link: LinkRow | undefined, { imageId }: Asked): link is LinkRow {
  return link?.askedImageId === imageId;
}
