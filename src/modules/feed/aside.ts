import type { Context } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import type { EventEnvelope } from "../../ports/log.ts";
import type { Accounts } from "../accounts/contract.ts";
import { relationshipOf, type Graph } from "../graph/contract.ts";
import type { RelationChanged } from "../graph/events.ts";
import type { Stories } from "../stories/contract.ts";
import type { CommentChanged, LikeChanged, ReshareChanged } from "../stories/events.ts";
import type { Announcement } from "./announce.ts";
import type { ViewerAudience } from "./audiences.ts";
import type { Placement } from "./placement.ts";
import { idOf } from "./packed.ts";

/**
 * What the streams of a person hear beside the feed: what the person did on another device, how
 * others stand to the person, and who the person is. Told as things are now, so that the last word
 * is right in whatever order the events come.
 */
export interface Aside {
  /** Whose own streams hear of it wherever its story stands; null: nobody's. */
  actorOf(event: EventEnvelope): Id | null;
  /** Of a reaction or a comment of the viewer's own; null: the viewer does not see the story any more. */
  reaction(
    context: Context,
    audience: ViewerAudience,
    event: EventEnvelope,
  ): Promise<readonly Announcement[] | null>;
  /** Null where the change is none in what the viewer may know of the other. */
  relationship(
    context: Context,
    viewerId: Id,
    change: RelationChanged,
  ): Promise<Announcement | null>;
  /** Null for someone who is gone. */
  account(context: Context, viewerId: Id): Promise<Announcement | null>;
}

const flagTypes: ReadonlySet<string> = new Set([
  "stories.liked.v1",
  "stories.unliked.v1",
  "stories.reshared.v1",
  "stories.unreshared.v1",
]);
const commentTypes: ReadonlySet<string> = new Set([
  "stories.commented.v1",
  "stories.comment_deleted.v1",
]);

type Done = LikeChanged | ReshareChanged | CommentChanged;

export function createAside(deps: {
  readonly placement: Placement;
  readonly accounts: () => Accounts;
  readonly graph: () => Graph;
  readonly stories: () => Stories;
}): Aside {
  const { placement, accounts, graph, stories } = deps;

  // The schemas of the log vouch for the shape of an event's data.
  const doneBy = (event: EventEnvelope): Done => event.data as unknown as Done;

  /** Whose stories the viewer reads is in memory; of everyone else's the stories module knows. */
  async function sees(context: Context, audience: ViewerAudience, storyId: Id): Promise<boolean> {
    const [body = null] = await stories().bodies(context, [storyId]);
    if (body === null) {
      return false;
    }
    return (
      placement.sees(audience, body.authorId, body.visibility) || stories().sees(context, storyId)
    );
  }

  return {
    actorOf: (event) =>
      flagTypes.has(event.type) || commentTypes.has(event.type)
        ? idOf(doneBy(event).accountId)
        : null,

    async reaction(context, audience, event) {
      const { accountId, storyId } = doneBy(event);
      if (!(await sees(context, audience, idOf(storyId)))) {
        return null;
      }
      if (!flagTypes.has(event.type)) {
        return [];
      }
      const [flags] = await stories().viewerFlags(context, idOf(accountId), [idOf(storyId)]);
      return [{ type: "viewer", json: JSON.stringify({ id: storyId, viewer: flags }) }];
    },

    async relationship(context, viewerId, change) {
      const otherId = otherThatChanged(viewerId, change);
      if (otherId === null) {
        return null;
      }
      const [relation] = await graph().relations(context, viewerId, [otherId]);
      const said = { account: String(otherId), relationship: relationshipOf(relation ?? null) };
      return { type: "relationship", json: JSON.stringify(said) };
    },

    async account(context, viewerId) {
      const account = await accounts().own(context, viewerId);
      return account === null ? null : { type: "account", json: `{"account":${account}}` };
    },
  };
}

/**
 * The other person, where what the viewer sees of the two has changed. Whether the other mutes or
 * blocks the viewer is nothing that the viewer sees: a block shows as an end of what there was.
 */
function otherThatChanged(viewerId: Id, change: RelationChanged): Id | null {
  const isActor = idOf(change.actor.accountId) === viewerId;
  const [mine, theirs] = isActor ? [change.actor, change.other] : [change.other, change.actor];
  const had = { mine: mine.before, theirs: theirs.before };
  if (had.mine !== undefined && had.theirs !== undefined) {
    const isSame =
      had.mine.friend === mine.friend &&
      had.mine.following === mine.following &&
      had.mine.muted === mine.muted &&
      had.mine.blocked === mine.blocked &&
      had.theirs.following === theirs.following;
    if (isSame) {
      return null;
    }
  } else if (!isActor) {
    // An event of an earlier version does not tell what the other may know.
    return null;
  }
  return idOf(theirs.accountId);
}
