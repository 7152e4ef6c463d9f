import { Type } from "typebox";
import { parseId } from "../../kernel/id.ts";
import { notFound, type ProblemKind } from "../../kernel/problem.ts";
import { defineRoute, type Answer, type Call, type Route } from "../../ports/routes.ts";
import type { Counter } from "../../ports/telemetry.ts";
import { changeRelation, checkChange, type Change, type ChangeDeps } from "./change.ts";
import * as errors from "./errors.ts";
import type { ListDeps } from "./lists.ts";
import { ownListRoute, personsListRoutes, requestsRoute, tag, viewerOf } from "./routes-lists.ts";
import type { ListName } from "./store-lists.ts";

export interface RouteDeps extends ChangeDeps, ListDeps {
  readonly commands: Counter;
}

const idParams = Type.Object({ id: Type.String({ description: "An account's id." }) });
const askedSchema = Type.Object({
  state: Type.Union([Type.Literal("requested"), Type.Literal("friends")]),
});

type Command = Change["command"];

export function createRoutes(deps: RouteDeps): readonly Route[] {
  return [
    askRoute(deps),
    endRoute(deps, "part", {
      path: "/v1/friends/{id}",
      operationId: "removeFriend",
      summary: "Withdraw or decline a friend request, or end a friendship",
    }),
    ...relationRoutes(deps, follows),
    ...relationRoutes(deps, mutes),
    ...relationRoutes(deps, blocks),
    ownListRoute(deps, "friends", {
      path: "/v1/friends",
      operationId: "listFriends",
      summary: "Friends, newest first",
    }),
    requestsRoute(deps),
    ...personsListRoutes(deps),
  ];
}

interface RelationTexts {
  readonly noun: "follows" | "mutes" | "blocks";
  readonly list: ListName;
  readonly begin: Command;
  readonly end: Command;
  /** Of the operations, in the order PUT, DELETE, GET. */
  readonly operationIds: readonly [string, string, string];
  readonly summaries: readonly [string, string, string];
  readonly limit: ProblemKind;
}

const follows: RelationTexts = {
  noun: "follows",
  list: "following",
  begin: "follow",
  end: "unfollow",
  operationIds: ["follow", "unfollow", "listFollows"],
  summaries: ["Follow a person", "Stop following a person", "Whom the viewer follows"],
  limit: errors.followLimit,
};
const mutes: RelationTexts = {
  noun: "mutes",
  list: "mutes",
  begin: "mute",
  end: "unmute",
  operationIds: ["mute", "unmute", "listMutes"],
  summaries: ["Hide a person from the feed", "Show a person in the feed again", "Who is muted"],
  limit: errors.muteLimit,
};
const blocks: RelationTexts = {
  noun: "blocks",
  list: "blocks",
  begin: "block",
  end: "unblock",
  operationIds: ["block", "unblock", "listBlocks"],
  summaries: [
    "Block a person: ends friendship, requests and follows, and hides each from the other",
    "End a block; what it ended stays ended",
    "Whom the viewer blocks",
  ],
  limit: errors.blockLimit,
};

function relationRoutes(deps: RouteDeps, texts: RelationTexts): Route[] {
  const [put, end, list] = texts.operationIds;
  const [putSummary, endSummary, listSummary] = texts.summaries;
  const path = `/v1/${texts.noun}/{id}`;
  return [
    defineRoute({
      method: "PUT",
      path,
      operationId: put,
      tag,
      summary: putSummary,
      viewer: "required",
      params: idParams,
      answers: { 204: null },
      problems: [errors.oneself, notFound, texts.limit],
      handle: (call) => runChange(deps, call, texts.begin, () => ({ status: 204 })),
    }),
    endRoute(deps, texts.end, { path, operationId: end, summary: endSummary }),
    ownListRoute(deps, texts.list, {
      path: `/v1/${texts.noun}`,
      operationId: list,
      summary: listSummary,
    }),
  ];
}

interface RouteTexts {
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
}

function askRoute(deps: RouteDeps): Route {
  return defineRoute({
    method: "PUT",
    path: "/v1/friends/{id}",
    operationId: "addFriend",
    tag,
    summary: "Ask a person to be friends, or accept what they asked",
    viewer: "required",
    params: idParams,
    answers: { 200: askedSchema },
    problems: [errors.oneself, notFound, errors.friendLimit, errors.requestLimit],
    handle: (call) => runChange(deps, call, "ask", (state) => ({ status: 200, body: { state } })),
  });
}

function endRoute(deps: RouteDeps, command: Command, texts: RouteTexts): Route {
  return defineRoute({
    method: "DELETE",
    ...texts,
    tag,
    viewer: "required",
    params: idParams,
    answers: { 204: null },
    problems: [errors.oneself, notFound],
    handle: (call) => runChange(deps, call, command, () => ({ status: 204 })),
  });
}

async function runChange(
  deps: RouteDeps,
  call: Call<{ id: string }, unknown, unknown>,
  command: Command,
  answer: (friend: string) => Answer,
): Promise<Answer> {
  const otherId = parseId(call.params.id);
  if (otherId === undefined) {
    throw notFound();
  }
  const change: Change = { actorId: viewerOf(call.context), otherId, command };
  await checkChange(deps, call.context, change);
  let changed = false as boolean;
  const answered = await call.command(async (tx) => {
    const outcome = await changeRelation(deps, tx, change);
    changed = outcome.changed;
    return answer(outcome.friend);
  });
  deps.commands.add(1, { command, outcome: changed ? "changed" : "unchanged" });
  return answered;
}
