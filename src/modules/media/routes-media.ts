import path from "node:path";
import { Type } from "typebox";
import type { Context } from "../../kernel/context.ts";
import { parseId, type Id } from "../../kernel/id.ts";
import { notFound } from "../../kernel/problem.ts";
import type { Transaction } from "../../ports/record.ts";
import { defineRoute, type Route } from "../../ports/routes.ts";
import type { Graph } from "../graph/contract.ts";
import type { Stories } from "../stories/contract.ts";
import { accept, enter, orProblem, parseAlt, type AcceptDeps } from "./accept.ts";
import * as errors from "./errors.ts";
import { receiveForm } from "./multipart.ts";
import { remove } from "./remove.ts";
import { mediaAnswer, mediaJsonOf, tag, viewerOf, type ShowDeps } from "./show.ts";
import { keepingTimeoutMs } from "./settings.ts";
import { audiences, lockMedia, mediaById, updateMedia, type MediaRow } from "./store-media.ts";
import { usesOf, type Use } from "./store-uses.ts";
import { changedEvent } from "./uses.ts";
import type { WorkFolders } from "./work-folders.ts";

/** Photos and videos: taking them in, reading and describing them. */
export interface MediaRouteDeps extends AcceptDeps, ShowDeps {
  readonly folders: WorkFolders;
  readonly isPurged: boolean;
  /** Neighbours are asked for lazily: the modules know each other. */
  readonly stories: Pick<Stories, "sees">;
  readonly graph: Pick<Graph, "relations">;
}

const params = Type.Object({ id: Type.String({ description: "A media item's id." }) });
/** What a form has beside its file. */
const formBytesMax = 128 * 1024;
const altSchema = Type.String({ description: "At most 1,500 characters." });
const altCharactersMax = 10_000;

export function mediaRoutes(deps: MediaRouteDeps): readonly Route[] {
  return [uploadRoute(deps), readRoute(deps), describeRoute(deps), deleteRoute(deps)];
}

function uploadRoute(deps: MediaRouteDeps): Route {
  const { settings } = deps;
  return defineRoute({
    method: "POST",
    path: "/v1/media",
    operationId: "uploadMedia",
    tag,
    summary: "Upload a photo or a video",
    description:
      "As a form with a `file` and, beside it, an `alt`. What is shown of it is made after the answer; a story " +
      "may use it at once. What nobody uses is removed after a day. Larger files and weak connections are " +
      "better served by `/v1/uploads`.",
    viewer: "required",
    load: "apart",
    streamOf: ["multipart/form-data"],
    timeoutMs: keepingTimeoutMs,
    streamBody: Type.Object(
      { alt: Type.Optional(altSchema), file: Type.String({ format: "binary" }) },
      { additionalProperties: false },
    ),
    bodyBytesMax: Math.max(settings.imageBytesMax, settings.videoBytesMax) + formBytesMax,
    answers: { 201: mediaAnswer },
    problems: errors.uploadProblems,
    async handle(call) {
      const { context, incoming, headers } = call;
      const folder = await orProblem(() => deps.folders.open());
      try {
        const file = path.join(folder.path, "upload");
        const contentType = headers["content-type"] ?? "";
        const form = await orProblem(() => receiveForm(deps, incoming, { contentType, file }));
        const alt = parseAlt(form.alt);
        const { sha256 } = form;
        const ownerId = viewerOf(context).accountId;
        return await accept(deps, context, {
          ownerId,
          path: file,
          work: (accepted) =>
            call.command(
              async (tx) => {
                const row = await enter(deps, tx, { ownerId, alt, accepted });
                return { status: 201, json: `{"media":${mediaJsonOf(deps, row)}}` };
              },
              { hashed: () => ({ sha256, alt }) },
            ),
        });
      } finally {
        await folder.remove();
      }
    },
  });
}

function readRoute(deps: MediaRouteDeps): Route {
  return defineRoute({
    method: "GET",
    path: "/v1/media/{id}",
    operationId: "getMedia",
    tag,
    summary: "Read a media item",
    description: "By who uploaded it, and by whoever sees a story that shows it.",
    viewer: "optional",
    params,
    answers: { 200: mediaAnswer },
    problems: [notFound],
    async handle({ context, params: { id } }) {
      const row = await seenMedia(deps, context, id);
      return { status: 200, json: `{"media":${mediaJsonOf(deps, row)}}` };
    },
  });
}

function describeRoute(deps: MediaRouteDeps): Route {
  return defineRoute({
    method: "PATCH",
    path: "/v1/media/{id}",
    operationId: "describeMedia",
    tag,
    summary: "Say what a photo or video shows",
    viewer: "required",
    params,
    body: Type.Object(
      {
        alt: Type.String({ maxLength: altCharactersMax, description: "At most 1,500 characters." }),
      },
      { additionalProperties: false },
    ),
    answers: { 200: mediaAnswer },
    problems: [notFound, errors.notOwner, errors.altTooLong],
    async handle({ context, params: { id }, body, command }) {
      const alt = parseAlt(body.alt);
      const seen = await ownMedia(deps, context, id);
      return command(async (tx) => {
        const row = await describe(tx, seen.id, alt);
        return { status: 200, json: `{"media":${mediaJsonOf(deps, row)}}` };
      });
    },
  });
}

function deleteRoute(deps: MediaRouteDeps): Route {
  return defineRoute({
    method: "DELETE",
    path: "/v1/media/{id}",
    operationId: "deleteMedia",
    tag,
    summary: "Remove a media item that nothing uses",
    description: "Removing it again is 204, too. What a story shows goes with the story.",
    viewer: "required",
    params,
    answers: { 204: null },
    problems: [notFound, errors.notOwner, errors.inUse],
    async handle({ context, params: { id }, command }) {
      if (parseId(id) === undefined) {
        throw notFound();
      }
      const seen = await findMedia(deps, context, id);
      if (seen !== null) {
        refuseOthers(seen, context);
      }
      return command(async (tx) => {
        const [row] = seen === null ? [] : await lockMedia(tx.sql, [seen.id]);
        if (row !== undefined) {
          if (row.removeAfterMs === null) {
            throw errors.inUse();
          }
          tx.hide();
          await remove(deps, tx, [row]);
        }
        return { status: 204 };
      });
    },
  });
}

async function describe(tx: Transaction, id: Id, alt: string): Promise<MediaRow> {
  const [row] = await lockMedia(tx.sql, [id]);
  if (row === undefined) {
    throw notFound();
  }
  if (row.alt === alt) {
    return row;
  }
  const after = { ...row, alt, version: row.version + 1 };
  await updateMedia(tx.sql, after);
  tx.append(changedEvent(after, await usesOf(tx.sql, [id])));
  return after;
}

async function ownMedia(deps: MediaRouteDeps, context: Context, id: string): Promise<MediaRow> {
  const row = await seenMedia(deps, context, id);
  refuseOthers(row, context);
  return row;
}

function refuseOthers({ ownerId }: MediaRow, context: Context): void {
  if (ownerId !== viewerOf(context).accountId) {
    throw errors.notOwner();
  }
}

/** 404 for what is not there for the viewer. */
async function seenMedia(deps: MediaRouteDeps, context: Context, id: string): Promise<MediaRow> {
  const row = await findMedia(deps, context, id);
  if (row === null) {
    throw notFound();
  }
  return row;
}

/** Null for what is not there for the viewer. */
async function findMedia(
  deps: MediaRouteDeps,
  context: Context,
  idText: string,
): Promise<MediaRow | null> {
  const { record } = deps;
  const id = parseId(idText);
  const [row] = id === undefined ? [] : await record.read(context, (sql) => mediaById(sql, [id]));
  if (row === undefined) {
    return null;
  }
  if (row.ownerId === context.viewer?.accountId) {
    return row;
  }
  for (const use of await record.read(context, (sql) => usesOf(sql, [row.id]))) {
    if (use.audience > audiences.nobody && (await isSeen(deps, context, row, use))) {
      return row;
    }
  }
  return null;
}

async function isSeen(
  { stories, graph }: MediaRouteDeps,
  context: Context,
  { ownerId }: MediaRow,
  { isAvatar, userId }: Use,
): Promise<boolean> {
  if (!isAvatar) {
    return stories.sees(context, userId);
  }
  const viewerId = context.viewer?.accountId ?? null;
  const [relation] = viewerId === null ? [] : await graph.relations(context, viewerId, [ownerId]);
  return relation === undefined || !(relation.blocked || relation.blockedBy);
}
