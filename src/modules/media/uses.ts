import type { Id } from "../../kernel/id.ts";
import type { DurableConsumer, EventEnvelope, NewEvent } from "../../ports/log.ts";
import type { Transaction } from "../../ports/record.ts";
import type { AccountChanged } from "../accounts/events.ts";
import type { StoryChanged } from "../stories/events.ts";
import { newSecret } from "./address.ts";
import type { Overdue } from "./events.ts";
import { removeOverdue, withdrawnEvent, type RemoveDeps } from "./remove.ts";
import { audiences, lockMedia, updateMedia, type MediaRow } from "./store-media.ts";
import * as store from "./store-uses.ts";
import type { Use } from "./store-uses.ts";

/**
 * Follows what shows which media item, and so who may see it. Whatever narrows that gives the item
 * another secret, so that no address that anybody was given before is good any more.
 */
const attemptsMax = 20;
/** What was shown and is not shown any more stays for as long as a deletion may be undone, and a while. */
const afterUseMs = 120_000;

/** What these tell of may have changed, or gone, while no story was told of it. */
const shownAnewBy: readonly string[] = ["stories.published.v1", "stories.restored.v1"];

const audienceOf: Readonly<Record<StoryChanged["visibility"], number>> = {
  public: audiences.everybody,
  friends: audiences.friends,
  self: audiences.owner,
};

export function createUses(deps: RemoveDeps): DurableConsumer {
  async function followStory(event: EventEnvelope, tx: Transaction): Promise<void> {
    const story = event.data as unknown as StoryChanged;
    const storyId = BigInt(story.storyId);
    const mediaIds = story.mediaIds?.map(BigInt) ?? (await knownOf(tx, event, storyId));
    const isShownAnew = shownAnewBy.includes(event.type);
    const isLive = story.status === "live";
    const there = await change(tx, mediaIds, {
      shownAnew: isShownAnew ? storyId : null,
      apply: () =>
        store.putUses(tx.sql, mediaIds, {
          userId: storyId,
          isAvatar: false,
          audience: isLive ? audienceOf[story.visibility] : audiences.nobody,
          isFinal: story.status === "deleted",
          version: story.version,
        }),
    });
    for (const id of isShownAnew ? mediaIds.filter((one) => !there.has(one)) : []) {
      // It was removed while the story was published, or deleted for a while.
      tx.append(goneEvent(id, { ownerId: story.authorId, storyIds: [story.storyId] }));
    }
  }

  async function followAvatar(event: EventEnvelope, tx: Transaction): Promise<void> {
    const { accountId, avatarId, version } = event.data as unknown as AccountChanged;
    if (avatarId === undefined) {
      return;
    }
    const userId = BigInt(accountId);
    const known = await store.usesBy(tx.sql, userId);
    if (known.some((use) => use.version > version)) {
      return;
    }
    const former = known.map(({ mediaId }) => mediaId).filter((id) => String(id) !== avatarId);
    const wanted = avatarId === null ? [] : [BigInt(avatarId)];
    const there = await change(tx, [...former, ...wanted], {
      shownAnew: userId,
      async apply() {
        const use = { userId, isAvatar: true, version };
        // What it was is kept with its version, so that an older fact brings nothing back.
        await store.putUses(tx.sql, former, { ...use, audience: audiences.nobody, isFinal: true });
        await store.putUses(tx.sql, wanted, {
          ...use,
          audience: audiences.everybody,
          isFinal: false,
        });
      },
    });
    for (const id of wanted.filter((one) => !there.has(one))) {
      tx.append(goneEvent(id, { ownerId: accountId, accountIds: [accountId] }));
    }
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
      const isShownAnew = own.some((use) => use.userId === shownAnew && !use.isFinal);
      if (isShownOtherwise || isShownAnew) {
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
      "media.overdue.v1",
    ],
    attemptsMax,
    async handle(_context, event, tx) {
      switch (event.type) {
        case "media.overdue.v1":
          return removeOverdue(deps, tx, (event.data as unknown as Overdue).beforeMs);
        case "accounts.updated.v1":
          return followAvatar(event, tx);
        default:
          return followStory(event, tx);
      }
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

/** Tells a story or an account that what it was to show is not there. */
function goneEvent(
  id: Id,
  {
    ownerId,
    storyIds = [],
    accountIds = [],
  }: {
    readonly ownerId: string;
    readonly storyIds?: readonly string[];
    readonly accountIds?: readonly string[];
  },
): NewEvent {
  return {
    type: "media.changed.v1",
    aggregate: { type: "media", id, version: 0 },
    actorId: null,
    data: { mediaId: String(id), ownerId, version: 0, storyIds, accountIds },
  };
}

/** Facts of before this was told in each name what is shown in a publication alone. */
async function knownOf(tx: Transaction, event: EventEnvelope, storyId: Id): Promise<readonly Id[]> {
  if (event.type === "stories.published.v1") {
    return [];
  }
  return (await store.usesBy(tx.sql, storyId)).map(({ mediaId }) => mediaId);
}
