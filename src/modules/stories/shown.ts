import { isDeepStrictEqual } from "node:util";
import type { Context } from "../../kernel/context.ts";
import { compareIds } from "../../kernel/id.ts";
import type { DurableConsumer, EventEnvelope } from "../../ports/log.ts";
import type { RecordPort, Transaction } from "../../ports/record.ts";
import type { Links } from "../links/contract.ts";
import type { Previewed } from "../links/events.ts";
import type { Media, MediaCopy } from "../media/contract.ts";
import type { Changed } from "../media/events.ts";
import type { Link } from "./link.ts";
import { lockStories, storiesById, updateStory, type StoryRow } from "./store-stories.ts";
import { editedEvent } from "./story-events.ts";

/**
 * Brings stories in line with what they show: photos and videos that are ready or were described anew,
 * previews of links that have been fetched; what is gone is shown no more. A story is then of another version, and is told of as one
 * that was edited, without being marked as such.
 */
export interface ShownDeps {
  readonly record: RecordPort;
  readonly media: Pick<Media, "current">;
  readonly links: Pick<Links, "previews">;
}

const attemptsMax = 20;

type Renew = (story: StoryRow) => StoryRow;

export function createShownFollower(deps: ShownDeps): DurableConsumer {
  async function renewMedia(
    context: Context,
    event: EventEnvelope,
    tx: Transaction,
  ): Promise<void> {
    const { mediaId, storyIds } = event.data as unknown as Changed;
    if (storyIds.length === 0) {
      return;
    }
    const [copy = null] = await deps.media.current(context, [BigInt(mediaId)]);
    await renewAll(tx, storyIds, (story) => ({
      ...story,
      media:
        copy === null
          ? story.media.filter(({ id }) => id !== mediaId)
          : story.media.map((old) => newer(old, copy)),
    }));
  }

  async function renewLinks(
    context: Context,
    event: EventEnvelope,
    tx: Transaction,
  ): Promise<void> {
    const { storyIds } = event.data as unknown as Previewed;
    const stories = await deps.record.read(context, (sql) =>
      storiesById(sql, storyIds.map(BigInt)),
    );
    const urls = [...new Set(stories.flatMap(({ link }) => link?.url ?? []))];
    const previews = await deps.links.previews(context, urls);
    const found = new Map(urls.map((url, at) => [url, previews[at] ?? null]));
    await renewAll(tx, storyIds, (story) => ({
      ...story,
      link: story.link === null ? null : previewed(story.link, found.get(story.link.url) ?? null),
    }));
  }

  return {
    name: "stories.shown",
    types: ["media.changed.v1", "links.previewed.v1"],
    attemptsMax,
    handle: (context, event, tx) =>
      event.type === "media.changed.v1"
        ? renewMedia(context, event, tx)
        : renewLinks(context, event, tx),
  };
}

/** Facts may come late: what a story has already of a newer version stays. */
function newer(old: MediaCopy, copy: MediaCopy): MediaCopy {
  return copy.id === old.id && copy.version > old.version ? copy : old;
}

function previewed(
  link: Link,
  preview: Pick<Link, "title" | "description" | "imagePath"> | null,
): Link {
  return preview === null ? link : { url: link.url, ...preview };
}

async function renewAll(tx: Transaction, storyIds: readonly string[], renew: Renew): Promise<void> {
  const ids = storyIds.map(BigInt).sort(compareIds);
  await lockStories(tx.sql, ids);
  for (const before of await storiesById(tx.sql, ids)) {
    const renewed = renew(before);
    if (before.status === "live" && !isDeepStrictEqual(renewed, before)) {
      const after = { ...renewed, version: before.version + 1 };
      await updateStory(tx.sql, after);
      tx.append(editedEvent(before, after, null));
    }
  }
}
