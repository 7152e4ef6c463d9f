import type { Id } from "../../kernel/id.ts";
import type { Clock } from "../../ports/clock.ts";
import type { DurableConsumer, EventEnvelope, NewEvent } from "../../ports/log.ts";
import type { Transaction } from "../../ports/record.ts";
import type { AccountChanged } from "../accounts/events.ts";
import type { StoryChanged } from "../stories/events.ts";
import { mediaPath, newSecret } from "./address.ts";
import { audiences, lockMedia, updateMedia, type MediaRow } from "./store-media.ts";
import * as store from "./store-uses.ts";
import type { Use } from "./store-uses.ts";

/**
 * Follows what shows which media item, and so who may see it. Whatever narrows that gives the item
 * another secret, so that no address that anybody was given before is good any more.
 */
export interface UsesDeps {
  readonly clock: Clock;
  /** Whether a cache in front of this is told what to forget. */
  readonly isPurged: boolean;
}

const attemptsMax = 20;
/** What was shown and is not shown any more stays for as long as a deletion may be undone, and a while. */
const afterUseMs = 120_000;

const audienceOf: Readonly<Record<StoryChanged["visibility"], number>> = {
  public: audiences.everybody,
  friends: audiences.friends,
  self: audiences.owner,
};

export function createUses(deps: UsesDeps): DurableConsumer {
  async function followStory(event: EventEnvelope, tx: Transaction): Promise<void> {
    const story = event.data as unknown as StoryChanged;
    const storyId = BigInt(story.storyId);
    const isNew = event.type === "stories.published.v1";
    const mediaIds = isNew
      ? (story.mediaIds ?? []).map(BigInt)
      : await store.mediaIdsUsedBy(tx.sql, storyId);
    const isLive = story.status === "live";
    const before = await change(tx, mediaIds, {
      shownAnew: isNew ? storyId : null,
      apply: () =>
        store.putUses(tx.sql, mediaIds, {
          userId: storyId,
          isAvatar: false,
          audience: isLive ? audienceOf[story.visibility] : audiences.nobody,
          isFinal: story.status === "deleted",
          version: story.version,
        }),
    });
    for (const id of isNew ? mediaIds.filter((one) => !before.has(one)) : []) {
      // It was removed while the story was published.
      tx.append(goneEvent(id, story));
    }
  }

  async function followAvatar(event: EventEnvelope, tx: Transaction): Promise<void> {
    const { accountId, avatarId, version } = event.data as unknown as AccountChanged;
    if (avatarId === undefined) {
      return;
    }
    const userId = BigInt(accountId);
    const former = (await store.mediaIdsUsedBy(tx.sql, userId)).filter(
      (id) => String(id) !== avatarId,
    );
    const wanted = avatarId === null ? [] : [BigInt(avatarId)];
    await change(tx, [...former, ...wanted], {
      shownAnew: userId,
      async apply() {
        await store.deleteUses(tx.sql, userId, former);
        await store.putUses(tx.sql, wanted, {
          userId,
          isAvatar: true,
          audience: audiences.everybody,
          isFinal: false,
          version,
        });
      },
    });
  }

  /** Applies a change of uses and brings the media items in line with it. Gives those that are there. */
  async function change(
    tx: Transaction,
    mediaIds: readonly Id[],
    { shownAnew, apply }: { readonly shownAnew: Id | null; apply(): Promise<void> },
  ): Promise<ReadonlySet<Id>> {
    if (mediaIds.length === 0) {
      return new Set();
    }
    const before = await lockMedia(tx.sql, mediaIds);
    await apply();
    const uses = await store.usesOf(
      tx.sql,
      before.map(({ id }) => id),
    );
    for (const row of before) {
      const own = uses.filter(({ mediaId }) => mediaId === row.id);
      const after = inUse(row, own, deps.clock.nowMs());
      const isShownOtherwise = after.version !== row.version;
      if (isShownOtherwise || after.removeAfterMs !== row.removeAfterMs) {
        await updateMedia(tx.sql, after);
      }
      if (isShownOtherwise || own.some(({ userId }) => userId === shownAnew)) {
        tx.append(changedEvent(after, own));
      }
      if (deps.isPurged && row.audience === audiences.everybody && after.secret !== row.secret) {
        tx.append(withdrawnEvent(row));
      }
    }
    return new Set(before.map(({ id }) => id));
  }

  return {
    name: "media.uses",
    types: [
      "stories.published.v1",
      "stories.edited.v1",
      "stories.deleted.v1",
      "stories.restored.v1",
      "accounts.updated.v1",
    ],
    attemptsMax,
    async handle(_context, event, tx) {
      await (event.type === "accounts.updated.v1" ? followAvatar : followStory)(event, tx);
    },
  };
}

/** The item as its uses make it. */
export function inUse(row: MediaRow, uses: readonly Use[], nowMs: number): MediaRow {
  const audience = Math.max(audiences.nobody, ...uses.map((use) => use.audience));
  const isUsed = uses.some((use) => !use.isFinal);
  const removeAfterMs = isUsed ? null : (row.removeAfterMs ?? nowMs + afterUseMs);
  if (audience === row.audience) {
    return { ...row, removeAfterMs };
  }
  const secret = audience < row.audience ? newSecret() : row.secret;
  return { ...row, removeAfterMs, audience, secret, version: row.version + 1 };
}

/** Tells all who keep a copy of it. */
export function changedEvent(row: MediaRow, uses: readonly Use[]): NewEvent {
  const usersOf = (isAvatar: boolean): string[] =>
    uses.filter((use) => use.isAvatar === isAvatar).map((use) => String(use.userId));
  return {
    type: "media.changed.v1",
    aggregate: { type: "media", id: row.id, version: row.version },
    actorId: null,
    data: {
      mediaId: String(row.id),
      ownerId: String(row.ownerId),
      version: row.version,
      storyIds: usersOf(false),
      accountIds: usersOf(true),
    },
  };
}

/** Tells a story that what it was to show is not there. */
function goneEvent(id: Id, { storyId, authorId }: StoryChanged): NewEvent {
  return {
    type: "media.changed.v1",
    aggregate: { type: "media", id, version: 0 },
    actorId: null,
    data: {
      mediaId: String(id),
      ownerId: authorId,
      version: 0,
      storyIds: [storyId],
      accountIds: [],
    },
  };
}

/** Of the addresses that everybody could read until now. */
export function withdrawnEvent(row: MediaRow): NewEvent {
  return {
    type: "media.withdrawn.v1",
    aggregate: { type: "media", id: row.id, version: 0 },
    actorId: null,
    data: {
      mediaId: String(row.id),
      paths: row.files.map(({ name }) => `${mediaPath}${String(row.id)}.${row.secret}/${name}`),
    },
  };
}
