import { internalContext } from "../kernel/context.ts";
import { parseId, type Id } from "../kernel/id.ts";
import type { Accounts } from "../modules/accounts/contract.ts";
import type { AccountChanged } from "../modules/accounts/events.ts";
import type { Graph } from "../modules/graph/contract.ts";
import type { RelationChanged } from "../modules/graph/events.ts";
import type { CommentChanged, StoryChanged } from "../modules/stories/events.ts";
import type { Delivery, EventEnvelope } from "../ports/log.ts";
import type { Agenda } from "./agenda.ts";
import type { Chance } from "./chance.ts";
import type { MemberApi } from "./member-api.ts";
import type { Answers, Member, SampleLocale } from "./members.ts";

/**
 * How the members answer people: whoever is no member, those of the sign-in accounts among them.
 * The log tells what people do; the answers come by the API, after a while.
 */
export interface Visitors {
  /** Takes in an event of `heardEvents`. */
  hear(event: EventEnvelope, delivery: Delivery): void;
  /** Asks after the requests that came while nobody ran. */
  catchUp(): Promise<void>;
}

export interface VisitorsDeps {
  readonly api: MemberApi;
  readonly accounts: Pick<Accounts, "summaries">;
  readonly graph: Pick<Graph, "audience">;
  readonly agenda: Agenda;
  readonly chance: Chance;
  /** By the id of the account, without those whom a visitor may be. */
  readonly members: ReadonlyMap<Id, Member>;
  readonly answers: Readonly<Record<SampleLocale, Answers>>;
}

/** What people do that is answered. */
export const heardEvents = [
  "accounts.created.v1",
  "graph.befriended.v1",
  "graph.friend_requested.v1",
  "stories.commented.v1",
  "stories.published.v1",
] as const;

const secondMs = 1_000;
const acceptMs = [3, 9] as const;
const greetMs = [8, 25] as const;
const replyMs = [5, 14] as const;
const likeMs = [4, 15] as const;
const remarkMs = [9, 28] as const;
const welcomeMs = [12, 45] as const;
/** How many ask somebody who has just signed up. */
const welcomesMax = 2;
const likersMax = 3;
/** A question in any of the languages. */
const question = /(?:[?\uFF1F]|か[。.]?)\s*$/u;
const requestsShown = 100;
const commentsShown = 50;

const context = internalContext("demo-visitors");

interface SeenComment {
  readonly id: string;
  readonly parentId: string | null;
  readonly author: { readonly id: string };
  readonly text: string;
}

interface Items<Item> {
  readonly items: readonly Item[];
}

export function createVisitors(deps: VisitorsDeps): Visitors {
  const { api, accounts, graph, agenda, chance, members, answers } = deps;
  const deal = createDeal(chance);

  const memberOf = (id: string): Member | undefined => members.get(parseId(id) ?? 0n);
  const isMember = (id: string): boolean => memberOf(id) !== undefined;
  const after = ([from, to]: readonly [number, number]): number =>
    chance.between(from, to) * secondMs;

  async function localeOf(id: string): Promise<SampleLocale> {
    const [summary] = await accounts.summaries(context, [BigInt(id)]);
    return summary?.locale ?? "en";
  }

  function accept({ handle }: Member, visitorId: string): void {
    const act = async (): Promise<void> => {
      const path = `/v1/accounts/${visitorId}`;
      const { relationship } = await api.get<{
        readonly relationship: { readonly friend: string };
      }>(handle, path);
      // Whoever has taken the request back would get one.
      if (relationship.friend === "received") {
        await api.put(handle, `/v1/friends/${visitorId}`);
      }
    };
    agenda.note(after(acceptMs), act, `accept ${handle} ${visitorId}`);
  }

  /** A new friend looks at what there is. */
  function greet({ handle }: Member, visitorId: string): void {
    const act = async (): Promise<void> => {
      const path = `/v1/accounts/${visitorId}/stories?limit=1`;
      const { items } = await api.get<Items<{ readonly id: string }>>(handle, path);
      const [newest] = items;
      if (newest !== undefined) {
        await api.put(handle, `/v1/stories/${newest.id}/like`);
      }
    };
    agenda.note(after(greetMs), act, `greet ${handle} ${visitorId}`);
  }

  async function reply({ storyId, commentId, authorId }: CommentChanged): Promise<void> {
    const reader = memberOf(authorId) ?? chance.pick([...members.values()]);
    const path = `/v1/stories/${storyId}/comments?order=newest&limit=${String(commentsShown)}`;
    const { items } = await api.get<Items<SeenComment>>(reader?.handle ?? "", path);
    const comment = items.find(({ id }) => id === commentId);
    const answered = items.find(({ id }) => id === comment?.parentId);
    // Who is spoken to answers: whose comment it was, or else whose story.
    const member = memberOf(answered?.author.id ?? "") ?? memberOf(authorId);
    if (comment === undefined || member === undefined) {
      return;
    }
    const { toQuestions, toComments } = answers[await localeOf(comment.author.id)];
    const text = deal(question.test(comment.text) ? toQuestions : toComments);
    const body = { text, parentId: commentId };
    await api.post(member.handle, `/v1/stories/${storyId}/comments`, body);
  }

  async function respond({ storyId, authorId, visibility }: StoryChanged): Promise<void> {
    const { friendIds } = await graph.audience(context, BigInt(authorId));
    const friends = friendIds.flatMap((id) => members.get(id) ?? []);
    const locale = await localeOf(authorId);
    const readers =
      visibility === "friends"
        ? friends
        : [...friends, ...[...members.values()].filter((member) => member.locale === locale)];
    const keen = [...new Set(chance.shuffled(readers))].slice(0, likersMax);
    for (const { handle } of keen) {
      agenda.note(after(likeMs), () => api.put(handle, `/v1/stories/${storyId}/like`));
    }
    // Who speaks the language has something to say.
    const speaker = keen.find((member) => member.locale === locale) ?? keen[0];
    if (speaker !== undefined) {
      const text = deal(answers[locale].toStories);
      agenda.note(after(remarkMs), async () => {
        await api.post(speaker.handle, `/v1/stories/${storyId}/comments`, { text });
      });
    }
  }

  async function welcome(visitorId: string): Promise<void> {
    const locale = await localeOf(visitorId);
    const near = [...members.values()].filter((member) => member.locale === locale);
    for (const { handle } of chance.shuffled(near).slice(0, welcomesMax)) {
      agenda.note(after(welcomeMs), () => api.put(handle, `/v1/friends/${visitorId}`));
    }
  }

  function heard({ type, data }: EventEnvelope): void {
    if (type === "graph.friend_requested.v1" || type === "graph.befriended.v1") {
      const { actor, other } = data as unknown as RelationChanged;
      const [visitorId, memberId] = isMember(actor.accountId)
        ? [other.accountId, actor.accountId]
        : [actor.accountId, other.accountId];
      const member = memberOf(memberId);
      if (member === undefined || isMember(visitorId)) {
        return;
      }
      if (type === "graph.befriended.v1") {
        greet(member, visitorId);
      } else if (visitorId === actor.accountId) {
        accept(member, visitorId);
      }
    } else if (type === "stories.commented.v1") {
      const comment = data as CommentChanged;
      if (!isMember(comment.accountId)) {
        agenda.note(after(replyMs), () => reply(comment), `reply ${comment.commentId}`);
      }
    } else if (type === "stories.published.v1") {
      const story = data as StoryChanged;
      if (!isMember(story.authorId) && story.visibility !== "self") {
        agenda.note(0, () => respond(story), `respond ${story.storyId}`);
      }
    } else {
      const { accountId } = data as AccountChanged;
      agenda.note(0, () => welcome(accountId), `welcome ${accountId}`);
    }
  }

  return {
    hear(event, { repeated }) {
      // An import acts for nobody.
      if (!repeated && event.actorId !== null) {
        heard(event);
      }
    },
    async catchUp() {
      for (const member of members.values()) {
        const path = `/v1/friends/requests?direction=received&limit=${String(requestsShown)}`;
        const { items } = await api.get<Items<{ readonly id: string }>>(member.handle, path);
        for (const { id } of items) {
          accept(member, id);
        }
      }
    },
  };
}

/** Each of a list once, in any order, before one comes again. */
function createDeal(chance: Chance): (list: readonly string[]) => string {
  const left = new Map<readonly string[], string[]>();
  return (list) => {
    const rest = left.get(list) ?? [];
    const cards = rest.length === 0 ? chance.shuffled(list) : rest;
    const text = cards.pop() ?? "";
    left.set(list, cards);
    return text;
  };
}
