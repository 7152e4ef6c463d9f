import { idTimeMs, type Id } from "../../kernel/id.ts";
import type { Clock } from "../../ports/clock.ts";
import type { IdSource } from "../../ports/ids.ts";
import type { DurableConsumer, EventEnvelope } from "../../ports/log.ts";
import type { Partitions, Transaction } from "../../ports/record.ts";
import type { Stories } from "../stories/contract.ts";
import { linkKeyOf, type LinkKey } from "./link-key.ts";
import { whenNamed } from "./rules.ts";
import { lockOrMakeLink, markAsked } from "./store.ts";
import { addUse, removeUse, useOf, type Use } from "./store-uses.ts";
import { idOf, previewedEvent, wantedEvent } from "./tell.ts";

/**
 * Follows stories: which of them shows which link. Events only say that something may have changed; what
 * a story shows is asked of the record, so that their order does not matter.
 */
export interface FollowDeps {
  readonly ids: IdSource;
  readonly clock: Clock;
  readonly partitions: Partitions;
  readonly stories: Pick<Stories, "linkUrls">;
  /** False: no page is fetched, though what is known of pages is told. */
  readonly isFetching: boolean;
}

const attemptsMax = 20;

export function createFollower(deps: FollowDeps): DurableConsumer {
  const { ids, clock, partitions } = deps;

  async function name(
    tx: Transaction,
    storyId: Id,
    { key, isNew, isTold }: { key: LinkKey; isNew: boolean; isTold: boolean },
  ): Promise<void> {
    const nowMs = clock.nowMs();
    const link = await lockOrMakeLink(tx.sql, key, { id: ids.mint(), nowMs });
    // Where no page is fetched, what is known is never too old.
    const answer = whenNamed(link.standing, { isNew: isNew && deps.isFetching, nowMs });
    if (isNew) {
      await addUse(tx.sql, storyId, { hash: key.hash, isWaiting: answer !== "told" });
    }
    if (answer === "told" && !isTold) {
      tx.append(previewedEvent(link.id, [storyId]));
    } else if (answer === "asks" && deps.isFetching) {
      const imageId = ids.mint();
      await markAsked(tx.sql, key.hash, imageId);
      tx.append(wantedEvent(link.id, imageId));
    }
  }

  async function reconcile(
    tx: Transaction,
    { event, storyId, use, key }: Reconciling,
  ): Promise<void> {
    const isSame = use !== undefined && key !== null && use.hash.equals(key.hash);
    if (use !== undefined && !isSame) {
      await removeUse(tx.sql, storyId, { hash: use.hash, nowMs: clock.nowMs() });
    }
    if (key !== null) {
      if (!isSame) {
        // A story may be older than the table.
        await partitions.ensureFor([idTimeMs(storyId)]);
      }
      // Whoever has edited a story may have taken its link away and put it back meanwhile; a story that
      // nobody has edited was only brought in line with what it shows.
      const isTold = isSame && !use.isWaiting && event.actorId === null;
      await name(tx, storyId, { key, isNew: !isSame, isTold });
    }
  }

  return {
    name: "links.wanted",
    types: [
      "stories.published.v1",
      "stories.edited.v1",
      "stories.deleted.v1",
      "stories.restored.v1",
    ],
    attemptsMax,
    async handle(context, event, tx) {
      const hasLink = event.data["hasLink"] === true || event.type === "stories.restored.v1";
      if (event.type === "stories.published.v1" && !hasLink) {
        return;
      }
      const storyId = idOf(event, "storyId");
      const use = await useOf(tx.sql, storyId);
      if (use === undefined && !hasLink) {
        return;
      }
      const [url = null] = await deps.stories.linkUrls({ ...context, bypassViews: true }, [
        storyId,
      ]);
      const key = url === null ? null : linkKeyOf(url);
      await reconcile(tx, { event, storyId, use, key });
    },
  };
}

interface Reconciling {
  readonly event: EventEnvelope;
  readonly storyId: Id;
  readonly use: Use | undefined;
  /** What the story shows now. */
  readonly key: LinkKey | null;
}
