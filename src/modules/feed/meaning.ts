import type { Id } from "../../kernel/id.ts";
import type { EventEnvelope } from "../../ports/log.ts";
import { graphEventTypes, type RelationChanged } from "../graph/events.ts";
import type { Announce, Announcement } from "./announce.ts";
import type { Aside } from "./aside.ts";
import type { Audiences } from "./audiences.ts";
import { idOf } from "./packed.ts";
import type { StreamContext } from "./streams.ts";

/** What an event means to one viewer, as things are now. */
export interface Meaning {
  readonly said: readonly Announcement[];
  /** A story of whose counts the viewer should hear. */
  readonly counted: Id | null;
  /** Whom the viewer sees has changed: the page starts again. */
  readonly isReset: boolean;
}

export type MeaningOf = (context: StreamContext, event: EventEnvelope) => Promise<Meaning>;

/** Changes that alter what the one who gave the command sees, but not what the other sees. */
const oneSided = new Set([
  "graph.followed.v1",
  "graph.unfollowed.v1",
  "graph.muted.v1",
  "graph.unmuted.v1",
]);
/** They change how two people stand to each other, and nobody's feed. */
const withoutEffect = new Set([
  "graph.friend_requested.v1",
  "graph.request_withdrawn.v1",
  "graph.request_declined.v1",
]);
const graphTypes: ReadonlySet<string> = new Set(graphEventTypes);

const nothing: Meaning = { said: [], counted: null, isReset: false };

export function isGraphEvent(event: EventEnvelope): boolean {
  return graphTypes.has(event.type);
}

export function isProfileEvent(event: EventEnvelope): boolean {
  return event.type === "accounts.updated.v1";
}

export function createMeaning(deps: {
  readonly audiences: Pick<Audiences, "of">;
  readonly announce: Announce;
  readonly aside: Aside;
}): MeaningOf {
  const { audiences, announce, aside } = deps;

  async function ofStory(context: StreamContext, event: EventEnvelope): Promise<Meaning> {
    const { accountId } = context.viewer;
    const audience = await audiences.of(context, accountId);
    const own =
      aside.actorOf(event) === accountId ? await aside.reaction(context, audience, event) : null;
    const said = await announce.say(context, audience, event);
    const isCounted =
      announce.changesCounts(event) && (own !== null || announce.isPlaced(audience, event));
    return {
      said: said === null ? (own ?? []) : [...(own ?? []), said],
      counted: isCounted ? announce.storyIdOf(event) : null,
      isReset: false,
    };
  }

  async function ofRelation(context: StreamContext, event: EventEnvelope): Promise<Meaning> {
    const { accountId } = context.viewer;
    const change = event.data as unknown as RelationChanged;
    const [actorId, otherId] = [idOf(change.actor.accountId), idOf(change.other.accountId)];
    if (accountId !== actorId && accountId !== otherId) {
      return nothing;
    }
    const said = await aside.relationship(context, accountId, change);
    const isReset =
      !withoutEffect.has(event.type) && (accountId === actorId || !oneSided.has(event.type));
    return { said: said === null ? [] : [said], counted: null, isReset };
  }

  return async (context, event) => {
    if (announce.isAboutStories(event)) {
      return ofStory(context, event);
    }
    if (isGraphEvent(event)) {
      return ofRelation(context, event);
    }
    if (isProfileEvent(event) && event.aggregate.id === context.viewer.accountId) {
      const said = await aside.account(context, context.viewer.accountId);
      return { ...nothing, said: said === null ? [] : [said] };
    }
    return nothing;
  };
}
