import { Readable } from "node:stream";
import { MemoryLocker, Server } from "@tus/server";
import { Type, type TSchema } from "typebox";
import { parseId } from "../../kernel/id.ts";
import { notFound, Problem } from "../../kernel/problem.ts";
import { defineRoute, type Answer, type Call, type Route } from "../../ports/routes.ts";
import * as errors from "./errors.ts";
import { finishUpload } from "./finish-upload.ts";
import { keepingTimeoutMs } from "./settings.ts";
import { mediaJsonOf, mediaAnswer, tag, viewerOf, type ShowDeps } from "./show.ts";
import { UploadStore, type UploadStoreDeps } from "./upload-store.ts";

/** Uploads that survive a lost connection: tus 1.0, by its own server library. */
export type UploadRouteDeps = UploadStoreDeps & ShowDeps;

const uploadsPath = "/v1/uploads";
const bodyType = "application/offset+octet-stream";
/** Media that came of an upload, in the answer that ends it, because tus wants that answer empty. */
const mediaHeader = "Maru-Media";

type AnyCall = Call<unknown, unknown, unknown>;

export function uploadRoutes(deps: UploadRouteDeps): readonly Route[] {
  const { settings, ids } = deps;
  const bytesMax = Math.max(settings.imageBytesMax, settings.videoBytesMax);
  const locker = new MemoryLocker();

  async function answer(method: string, call: AnyCall, path: string): Promise<Answer> {
    const { context } = call;
    const ownerId = viewerOf(context).accountId;
    const refusal: { problem: Problem | null } = { problem: null };
    const server = new Server({
      path: uploadsPath,
      maxSize: bytesMax,
      locker,
      datastore: new UploadStore(deps, context, ownerId),
      namingFunction: () => String(ids.mint()),
      generateUrl: (_request, { id }) => `${uploadsPath}/${id}`,
      async onUploadFinish(_request, upload) {
        const row = await finishUpload(deps, context, { ownerId, id: BigInt(upload.id) });
        return { headers: { [mediaHeader]: encodeURIComponent(mediaJsonOf(deps, row)) } };
      },
      onResponseError(_request, error) {
        refusal.problem = error instanceof Problem ? error : null;
        return undefined;
      },
    });
    const response = await server.handleWeb(requestOf(method, call, path));
    if (refusal.problem !== null) {
      throw refusal.problem;
    }
    return answerOf(response);
  }

  const shared = {
    tag,
    viewer: "required" as const,
    load: "apart" as const,
    timeoutMs: keepingTimeoutMs,
  };
  const params = Type.Object({ id: Type.String() });
  const route = (
    method: "POST" | "HEAD" | "PATCH" | "DELETE",
    about: { operationId: string; summary: string; answers: Record<number, TSchema | null> },
    hasBody: boolean,
  ): Route =>
    defineRoute({
      ...shared,
      ...about,
      method,
      path: method === "POST" ? uploadsPath : `${uploadsPath}/{id}`,
      ...(method === "POST" ? {} : { params }),
      ...(hasBody ? { streamOf: [bodyType], bodyBytesMax: bytesMax } : {}),
      problems: [notFound, ...errors.uploadProblems, ...errors.protocolProblems],
      handle: (call) => {
        const { id } = call.params as { id?: string };
        return answer(method, call, id === undefined ? uploadsPath : `${uploadsPath}/${id}`);
      },
    });

  return [
    route(
      "POST",
      {
        operationId: "beginUpload",
        summary: "Begin an upload that may be gone on with (tus 1.0)",
        answers: { 201: null },
      },
      true,
    ),
    route(
      "HEAD",
      {
        operationId: "findUpload",
        summary: "How much of an upload has come (tus 1.0)",
        answers: { 200: null },
      },
      false,
    ),
    route(
      "PATCH",
      {
        operationId: "continueUpload",
        summary: "Go on with an upload (tus 1.0)",
        answers: { 204: null },
      },
      true,
    ),
    route(
      "DELETE",
      {
        operationId: "cancelUpload",
        summary: "Give up an upload (tus 1.0)",
        answers: { 204: null },
      },
      false,
    ),
    defineRoute({
      ...shared,
      method: "GET",
      path: `${uploadsPath}/{id}/media`,
      operationId: "getUploadMedia",
      summary: "What has become of an upload that is whole",
      params,
      answers: { 200: mediaAnswer },
      problems: [notFound, ...errors.uploadProblems, errors.uploadUnfinished],
      async handle({ context, params: { id: idText } }) {
        const id = parseId(idText);
        if (id === undefined) {
          throw notFound();
        }
        const ownerId = viewerOf(context).accountId;
        const row = await finishUpload(deps, context, { ownerId, id });
        return { status: 200, json: `{"media":${mediaJsonOf(deps, row)}}` };
      },
    }),
  ];
}

function requestOf(method: string, call: AnyCall, path: string): Request {
  const { headers } = call;
  const given = Object.entries(headers).filter((entry): entry is [string, string] => {
    const [name, value] = entry;
    return value !== undefined && !name.startsWith(":");
  });
  // A call without a body has none to give.
  const hasBody = method === "PATCH" || (method === "POST" && headers["content-type"] === bodyType);
  return new Request(new URL(path, "http://uploads.invalid"), {
    method,
    headers: given,
    ...(hasBody ? { body: Readable.toWeb(call.incoming) as ReadableStream, duplex: "half" } : {}),
  });
}

/** The library's refusals, as the API says them. */
const refusals: Readonly<Record<number, () => Problem>> = {
  404: notFound,
  409: errors.uploadOffset,
  410: errors.uploadGone,
  412: errors.uploadProtocol,
  413: errors.tooLarge,
};
const refusedFrom = 400;

function answerOf(response: Response): Answer {
  if (response.status >= refusedFrom) {
    throw (refusals[response.status] ?? errors.uploadInvalid)();
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of response.headers) {
    // Whoever may call from elsewhere is not the library's to say; the host gives the length.
    if (!name.startsWith("access-control-") && name !== "content-length") {
      headers[name] = value;
    }
  }
  return { status: response.status, text: "", headers };
}
