import { Type } from "typebox";
import { present } from "../../kernel/assert.ts";
import type { Context } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import { pageSizeDefault, pageSizeMax, type Page } from "../../kernel/page.ts";
import { notFound } from "../../kernel/problem.ts";
import { defineRoute, type Answer, type Route } from "../../ports/routes.ts";
import { accountSummarySchema, type AccountSummary } from "../accounts/contract.ts";
import { ownList, personsList, type ListDeps } from "./lists.ts";
import type { ListName } from "./store-lists.ts";

export const tag = "Friends and follows";

const personParams = Type.Object({
  id: Type.String({ description: "An account's id, or @handle." }),
});
const limitSchema = Type.Optional(
  Type.Integer({ minimum: 1, maximum: pageSizeMax, default: pageSizeDefault }),
);
const cursorSchema = Type.Optional(Type.String());
const pageQuery = Type.Object({ limit: limitSchema, cursor: cursorSchema });
const requestsQuery = Type.Object({
  direction: Type.Optional(
    Type.Union([Type.Literal("received"), Type.Literal("sent")], { default: "received" }),
  ),
  limit: limitSchema,
  cursor: cursorSchema,
});
const accountsPage = Type.Object({
  items: Type.Array(accountSummarySchema),
  nextCursor: Type.Union([Type.String(), Type.Null()]),
});

interface ListTexts {
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
}

export function ownListRoute(deps: ListDeps, name: ListName, texts: ListTexts): Route {
  return defineRoute({
    method: "GET",
    ...texts,
    tag,
    viewer: "required",
    query: pageQuery,
    answers: { 200: accountsPage },
    handle: async ({ context, query }) =>
      pageAnswer(await ownList(deps, context, { name, accountId: viewerOf(context) }, page(query))),
  });
}

export function requestsRoute(deps: ListDeps): Route {
  return defineRoute({
    method: "GET",
    path: "/v1/friends/requests",
    operationId: "listFriendRequests",
    tag,
    summary: "Open friend requests, newest first",
    viewer: "required",
    query: requestsQuery,
    answers: { 200: accountsPage },
    handle: async ({ context, query }) => {
      const name = query.direction === "sent" ? "requestsSent" : "requestsReceived";
      const list = { name, accountId: viewerOf(context) } as const;
      return pageAnswer(await ownList(deps, context, list, page(query)));
    },
  });
}

/** The lists of another person's that privacy settings are about. */
export function personsListRoutes(deps: ListDeps): Route[] {
  return [
    personsListRoute(deps, "friends", {
      operationId: "listAccountFriends",
      summary: "A person's friends, newest first, as far as privacy allows",
    }),
    personsListRoute(deps, "followers", {
      operationId: "listAccountFollowers",
      summary: "Who follows a person, newest first, as far as privacy allows",
    }),
    personsListRoute(deps, "following", {
      operationId: "listAccountFollowing",
      summary: "Whom a person follows, newest first, as far as privacy allows",
    }),
  ];
}

function personsListRoute(
  deps: ListDeps,
  name: "friends" | "followers" | "following",
  texts: Omit<ListTexts, "path">,
): Route {
  return defineRoute({
    method: "GET",
    path: `/v1/accounts/{id}/${name}`,
    ...texts,
    tag,
    viewer: "optional",
    params: personParams,
    query: pageQuery,
    answers: { 200: accountsPage },
    problems: [notFound],
    handle: async ({ context, params, query }) => {
      const list = { name, idOrHandle: params.id } as const;
      return pageAnswer(await personsList(deps, context, list, page(query)));
    },
  });
}

export function viewerOf(context: Context): Id {
  return present(context.viewer, "the viewer of a route that requires one").accountId;
}

function page(query: { readonly limit?: number; readonly cursor?: string }) {
  return { limit: query.limit ?? pageSizeDefault, cursor: query.cursor };
}

function pageAnswer({ items, nextCursor }: Page<AccountSummary>): Answer {
  const accounts = items.map(({ json }) => json).join(",");
  return {
    status: 200,
    json: `{"items":[${accounts}],"nextCursor":${JSON.stringify(nextCursor)}}`,
  };
}
