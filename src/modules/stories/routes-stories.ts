import { Type } from "typebox";
import { present } from "../../kernel/assert.ts";
import type { Context } from "../../kernel/context.ts";
import { notFound } from "../../kernel/problem.ts";
import type { GroupWork } from "../../ports/record.ts";
import { defineRoute, type Answer, type Route } from "../../ports/routes.ts";
import {
  storyJson,
  storySchema,
  visibilitySchema,
  type Counts,
  type ViewerFlags,
} from "./contract.ts";
import { noCounts } from "./counts.ts";
import * as errors from "./errors.ts";
import { noFlags } from "./flags.ts";
import { linkCharactersMax } from "./link.ts";
import { listStoriesOf, type ListDeps } from "./lists.ts";
import { presentStories } from "./present.ts";
import {
  edit,
  findMedia,
  publicationOf,
  publishAll,
  type Publication,
  type Published,
} from "./publish.ts";
import { remove, restore, type RemoveDeps } from "./remove.ts";
import { idParam, pageQuery, pageSchema, storyParams, tag, viewerOf } from "./route-parts.ts";
import { seeStory } from "./sight.ts";
import type { StoryRow } from "./store-stories.ts";

export type StoryRouteDeps = RemoveDeps & ListDeps;

const mediaMax = 10;
/** Room for a text of which a client escapes every character: six bytes of JSON for one. */
const bodyBytesMax = 256 * 1024;

const storyAnswer = Type.Object({ story: storySchema });

export function storyRoutes(deps: StoryRouteDeps): readonly Route[] {
  return [
    publishRoute(deps),
    readRoute(deps),
    editRoute(deps),
    deleteRoute(deps),
    restoreRoute(deps),
    listRoute(deps),
  ];
}

function publishRoute(deps: StoryRouteDeps): Route {
  const publishing: GroupWork<Publication, Answer> = {
    name: "publish",
    async run(tx, members) {
      const outcomes = await publishAll(deps, tx, members);
      return outcomes.map((outcome) =>
        outcome !== "alone" && "value" in outcome
          ? { value: { status: 201, json: newStoryJson(deps, outcome.value) } }
          : outcome,
      );
    },
  };
  return defineRoute({
    method: "POST",
    path: "/v1/stories",
    operationId: "publishStory",
    tag,
    summary: "Publish a story",
    description:
      "The text has at most 5,000 characters and 32 KiB, and may be empty where there is media or a link. " +
      "Where no link is given, the first one in the text becomes the story's.",
    viewer: "required",
    body: Type.Object(
      {
        text: Type.String(),
        mediaIds: Type.Optional(Type.Array(Type.String(), { maxItems: mediaMax })),
        link: Type.Optional(
          Type.String({
            description: `An http or https URL of at most ${String(linkCharactersMax)} characters.`,
          }),
        ),
        visibility: Type.Optional(visibilitySchema),
        lang: Type.Optional(Type.String({ description: "BCP 47; guessed where it is not given." })),
      },
      { additionalProperties: false },
    ),
    bodyBytesMax,
    answers: { 201: storyAnswer },
    problems: [errors.textTooLong, errors.textEmpty, errors.unknownMedia],
    async handle({ context, body, commandInGroup }) {
      const media = await findMedia(deps, context, body.mediaIds ?? []);
      return commandInGroup(publishing, publicationOf(body, media));
    },
  });
}

function readRoute(deps: StoryRouteDeps): Route {
  return defineRoute({
    method: "GET",
    path: "/v1/stories/{id}",
    operationId: "getStory",
    tag,
    summary: "Read a story",
    viewer: "optional",
    params: storyParams,
    answers: { 200: storyAnswer },
    problems: [notFound],
    async handle({ context, params }) {
      const seen = await seeStory(deps, context, idParam(params.id));
      const [json] = await presentStories(deps, context, [seen]);
      return { status: 200, json: `{"story":${present(json, "the story's JSON")}}` };
    },
  });
}

function editRoute(deps: StoryRouteDeps): Route {
  return defineRoute({
    method: "PATCH",
    path: "/v1/stories/{id}",
    operationId: "editStory",
    tag,
    summary: "Change a story's text, or who sees it",
    viewer: "required",
    params: storyParams,
    body: Type.Object(
      { text: Type.Optional(Type.String()), visibility: Type.Optional(visibilitySchema) },
      { additionalProperties: false },
    ),
    bodyBytesMax,
    answers: { 200: storyAnswer },
    problems: [notFound, errors.notAuthor, errors.textTooLong, errors.textEmpty],
    handle: ({ context, params, body, command }) =>
      command(async (tx) => {
        const viewer = viewerOf(context);
        const id = idParam(params.id);
        if (body.visibility !== undefined) {
          tx.hide();
        }
        const story = await edit(deps, tx, { context, viewer, id, edit: body });
        return { status: 200, json: await changedStoryJson(deps, context, story) };
      }),
  });
}

function deleteRoute(deps: StoryRouteDeps): Route {
  return defineRoute({
    method: "DELETE",
    path: "/v1/stories/{id}",
    operationId: "deleteStory",
    tag,
    summary: "Delete a story",
    description:
      "With its likes, comments and reshares, for everybody and at once. Deleting one's own again is 204, " +
      "too. For 30 s it may be restored; then all of it is erased.",
    viewer: "required",
    params: storyParams,
    answers: { 204: null },
    problems: [notFound, errors.notAuthor],
    handle: ({ context, params, command }) =>
      command(async (tx) => {
        tx.hide();
        await remove(deps, tx, { context, viewer: viewerOf(context), id: idParam(params.id) });
        return { status: 204 };
      }),
  });
}

function restoreRoute(deps: StoryRouteDeps): Route {
  return defineRoute({
    method: "POST",
    path: "/v1/stories/{id}/restore",
    operationId: "restoreStory",
    tag,
    summary: "Bring back a story that one deleted just now",
    description:
      "Within 30 s of its deletion, by its author: with its likes, comments, reshares and place in the feed, as " +
      "if nothing had been. Of a story that is there nothing changes.",
    viewer: "required",
    params: storyParams,
    answers: { 200: storyAnswer },
    problems: [notFound],
    handle: ({ context, params, command }) =>
      command(async (tx) => {
        const viewer = viewerOf(context);
        const story = await restore(deps, tx, { context, viewer, id: idParam(params.id) });
        return { status: 200, json: await changedStoryJson(deps, context, story) };
      }),
  });
}

function listRoute(deps: StoryRouteDeps): Route {
  return defineRoute({
    method: "GET",
    path: "/v1/accounts/{id}/stories",
    operationId: "listAccountStories",
    tag,
    summary: "A person's stories, newest first, as far as the viewer may see them",
    viewer: "optional",
    params: Type.Object({ id: Type.String({ description: "An account's id, or @handle." }) }),
    query: pageQuery,
    answers: { 200: pageSchema(storySchema) },
    problems: [notFound],
    async handle({ context, params, query }) {
      const account = await deps.accounts.resolve(context, params.id);
      if (account === null) {
        throw notFound();
      }
      return { status: 200, json: await listStoriesOf(deps, context, account.id, query) };
    },
  });
}

/** A story of the viewer's own that others have reacted to. */
async function changedStoryJson(
  deps: StoryRouteDeps,
  context: Context,
  story: StoryRow,
): Promise<string> {
  const [[counts = noCounts], [flags = noFlags]] = await Promise.all([
    deps.storyCounts.find(context, [story.id]),
    deps.flags.find(context, story.authorId, [story.id]),
  ]);
  return ownStoryJson(deps, context, { story, counts, flags });
}

function newStoryJson({ bodies }: StoryRouteDeps, { story, author }: Published): string {
  const authorJson = author.json;
  return `{"story":${storyJson({ body: bodies.write(story), authorJson, counts: noCounts, flags: noFlags })}}`;
}

/** A story as its command leaves it: the views learn of it only when the command is durable. */
async function ownStoryJson(
  deps: StoryRouteDeps,
  context: Context,
  parts: { readonly story: StoryRow; readonly counts: Counts; readonly flags: ViewerFlags },
): Promise<string> {
  const { story, counts, flags } = parts;
  const [author] = await deps.accounts.summaries(context, [story.authorId]);
  const authorJson = (author ?? notActive()).json;
  return `{"story":${storyJson({ body: deps.bodies.write(story), authorJson, counts, flags })}}`;
}

/** The author's account ended while the command ran: for everybody, the story is not there. */
function notActive(): never {
  throw notFound();
}
