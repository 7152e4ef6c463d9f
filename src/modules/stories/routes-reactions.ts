import { Type } from "typebox";
import { present } from "../../kernel/assert.ts";
import type { Id } from "../../kernel/id.ts";
import { notFound } from "../../kernel/problem.ts";
import type { GroupWork, Transaction } from "../../ports/record.ts";
import { defineRoute, type Answer, type Route } from "../../ports/routes.ts";
import { accountSummarySchema } from "../accounts/contract.ts";
import { comment, removeComment, type CommentDeps } from "./comment.ts";
import { commentSchema } from "./contract.ts";
import * as errors from "./errors.ts";
import { listComments, listLikers, listOwnComments, type ListDeps } from "./lists.ts";
import { commentJson } from "./present.ts";
import { likeAll } from "./like.ts";
import { reshare, unlike, unreshare, type ReactDeps, type Reaction } from "./react.ts";
import {
  idParam,
  pageMembers,
  pageQuery,
  pageSchema,
  storyParams,
  tag,
  viewerOf,
} from "./route-parts.ts";

export type ReactionRouteDeps = ReactDeps & CommentDeps & ListDeps;

/** Room for a text of which a client escapes every character. */
const commentBodyBytesMax = 64 * 1024;

export function reactionRoutes(deps: ReactionRouteDeps): readonly Route[] {
  return [
    likeRoute(deps),
    toggleRoute(deps, "DELETE", {
      path: "/v1/stories/{id}/like",
      operationId: "unlikeStory",
      summary: "Take a like back",
      run: unlike,
      problems: [notFound],
    }),
    likersRoute(deps),
    toggleRoute(deps, "PUT", {
      path: "/v1/stories/{id}/reshare",
      operationId: "reshareStory",
      summary: "Reshare a public story",
      run: reshare,
      problems: [notFound, errors.notResharable],
    }),
    toggleRoute(deps, "DELETE", {
      path: "/v1/stories/{id}/reshare",
      operationId: "unreshareStory",
      summary: "Take a reshare back",
      run: unreshare,
      problems: [notFound, errors.notResharable],
    }),
    commentsRoute(deps),
    ownCommentsRoute(deps),
    commentRoute(deps),
    deleteCommentRoute(deps),
  ];
}

interface Toggle {
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly run: (deps: ReactDeps, tx: Transaction, reaction: Reaction) => Promise<void>;
  readonly problems: NonNullable<Route["problems"]>;
}

function toggleRoute(
  deps: ReactionRouteDeps,
  method: "PUT" | "DELETE",
  { run, ...described }: Toggle,
): Route {
  return defineRoute({
    ...described,
    method,
    tag,
    viewer: "required",
    params: storyParams,
    answers: { 204: null },
    handle: ({ context, params, command }) =>
      command(async (tx) => {
        const storyId = idParam(params.id);
        await run(deps, tx, { context, viewer: viewerOf(context), storyId });
        return { status: 204 };
      }),
  });
}

function likeRoute(deps: ReactionRouteDeps): Route {
  const liking: GroupWork<Id, Answer> = {
    name: "like",
    async run(tx, members) {
      const outcomes = await likeAll(deps, tx, members);
      return outcomes.map((outcome) =>
        outcome !== "alone" && "value" in outcome ? { value: { status: 204 } } : outcome,
      );
    },
  };
  return defineRoute({
    method: "PUT",
    path: "/v1/stories/{id}/like",
    operationId: "likeStory",
    tag,
    summary: "Like a story",
    viewer: "required",
    params: storyParams,
    answers: { 204: null },
    problems: [notFound],
    handle: async ({ params, commandInGroup }) => commandInGroup(liking, idParam(params.id)),
  });
}

function likersRoute(deps: ReactionRouteDeps): Route {
  return defineRoute({
    method: "GET",
    path: "/v1/stories/{id}/likes",
    operationId: "listLikes",
    tag,
    summary: "Who likes a story, the latest first",
    viewer: "optional",
    params: storyParams,
    query: pageQuery,
    answers: { 200: pageSchema(accountSummarySchema) },
    problems: [notFound],
    handle: async ({ context, params, query }) => ({
      status: 200,
      json: await listLikers(deps, context, idParam(params.id), query),
    }),
  });
}

function commentsRoute(deps: ReactionRouteDeps): Route {
  return defineRoute({
    method: "GET",
    path: "/v1/stories/{id}/comments",
    operationId: "listComments",
    tag,
    summary: "A story's comments, oldest first",
    viewer: "optional",
    params: storyParams,
    query: Type.Object({
      ...pageMembers,
      order: Type.Optional(
        Type.Union([Type.Literal("oldest"), Type.Literal("newest")], { default: "oldest" }),
      ),
    }),
    answers: { 200: pageSchema(commentSchema) },
    problems: [notFound],
    handle: async ({ context, params, query }) => ({
      status: 200,
      json: await listComments(deps, context, idParam(params.id), query),
    }),
  });
}

function ownCommentsRoute(deps: ReactionRouteDeps): Route {
  return defineRoute({
    method: "GET",
    path: "/v1/accounts/me/comments",
    operationId: "listOwnComments",
    tag,
    summary: "My comments, newest first",
    description:
      "Also those on stories that one does not see any more; none that are deleted, or whose story is.",
    viewer: "required",
    query: pageQuery,
    answers: { 200: pageSchema(commentSchema) },
    handle: async ({ context, query }) => ({
      status: 200,
      json: await listOwnComments(deps, context, viewerOf(context).accountId, query),
    }),
  });
}

function commentRoute(deps: ReactionRouteDeps): Route {
  return defineRoute({
    method: "POST",
    path: "/v1/stories/{id}/comments",
    operationId: "addComment",
    tag,
    summary: "Comment on a story, or reply to a comment of it",
    viewer: "required",
    params: storyParams,
    body: Type.Object(
      {
        text: Type.String(),
        parentId: Type.Optional(Type.String({ description: "The comment that this one answers." })),
      },
      { additionalProperties: false },
    ),
    bodyBytesMax: commentBodyBytesMax,
    answers: { 201: Type.Object({ comment: commentSchema }) },
    problems: [notFound, errors.textTooLong, errors.textEmpty],
    handle: ({ context, params, body, command }) =>
      command(async (tx) => {
        const viewer = viewerOf(context);
        const storyId = idParam(params.id);
        const made = await comment(deps, tx, { context, viewer, storyId, input: body });
        const [author] = await deps.accounts.summaries(context, [viewer.accountId]);
        const json = commentJson(made, present(author, "the commenter's account"));
        return { status: 201, json: `{"comment":${json}}` };
      }),
  });
}

function deleteCommentRoute(deps: ReactionRouteDeps): Route {
  return defineRoute({
    method: "DELETE",
    path: "/v1/comments/{id}",
    operationId: "deleteComment",
    tag,
    summary: "Delete a comment: one's own, or one on one's own story",
    description: "Its replies stay.",
    viewer: "required",
    params: Type.Object({ id: Type.String({ description: "A comment's id." }) }),
    answers: { 204: null },
    problems: [notFound, errors.notAuthor],
    handle: ({ context, params, command }) =>
      command(async (tx) => {
        tx.hide();
        await removeComment(deps, tx, {
          context,
          viewer: viewerOf(context),
          id: idParam(params.id),
        });
        return { status: 204 };
      }),
  });
}
