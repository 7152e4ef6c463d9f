import { Readable } from "node:stream";
import { ERRORS, Server } from "@tus/server";
import { Type } from "typebox";
import { parseId } from "../../kernel/id.ts";
import { notFound, Problem } from "../../kernel/problem.ts";
import { defineRoute, type Answer, type Route } from "../../ports/routes.ts";
import * as errors from "./errors.ts";
import { createFinishing } from "./finish-upload.ts";
import { keepingTimeoutMs } from "./settings.ts";
import { mediaJsonOf, mediaAnswer, tag, viewerOf, type ShowDeps } from "./show.ts";
import { createUploadLocks } from "./upload-locks.ts";
import { extensions, UploadStore, type AnyCall, type UploadStoreDeps } from "./upload-store.ts";

/** Uploads that survive a lost connection: tus 1.0, by its own server library. */
export type UploadRouteDeps = UploadStoreDeps & ShowDeps;

const uploadsPath = "/v1/uploads";
const bodyType = "application/offset+octet-stream";
/**
 * Media that came of an upload, in the answer that ends it, because tus wants that answer empty. Proxies
 * let headers be so long; what is longer is asked for.
 */
const mediaHeader = "Maru-Media";
const mediaHeaderBytesMax = 2_048;

const protocol = "1.0.0";
/** What tus wants to know of whoever refuses. */
const refusalHeaders = { "tus-resumable": protocol, "tus-version": protocol };

const offsetHeader = { "Upload-Offset": "How many bytes have come." };

type About = Pick<
  Route,
  "operationId" | "summary" | "answers" | "requestHeaders" | "answerHeaders"
> & {
  readonly hasBody?: boolean;
};

export function uploadRoutes(deps: UploadRouteDeps): readonly Route[] {
  const { settings, ids } = deps;
  const bytesMax = Math.max(settings.imageBytesMax, settings.videoBytesMax);
  const locker = createUploadLocks();
  const finish = createFinishing(deps);

  async function answer(method: string, call: AnyCall, id: string | undefined): Promise<Answer> {
    const { context } = call;
    const ownerId = viewerOf(context).accountId;
    const datastore = new UploadStore(deps, call, ownerId);
    if (id !== undefined) {
      // What is not there for the viewer is not there, whatever else is wrong with the request.
      await datastore.getUpload(id);
    }
    if (call.headers["tus-resumable"] !== protocol) {
      throw errors.uploadProtocol();
    }
    const path = id === undefined ? uploadsPath : `${uploadsPath}/${id}`;
    const failure: { error: unknown } = { error: null };
    const server = new Server({
      path: uploadsPath,
      maxSize: bytesMax,
      locker,
      datastore,
      namingFunction: () => String(ids.mint()),
      generateUrl: (_request, { id }) => `${uploadsPath}/${id}`,
      async onUploadFinish(_request, upload) {
        const row = await finish(context, { ownerId, id: BigInt(upload.id) });
        const told = encodeURIComponent(mediaJsonOf(deps, row));
        return { headers: told.length > mediaHeaderBytesMax ? {} : { [mediaHeader]: told } };
      },
      onResponseError(_request, error) {
        failure.error = error;
        return undefined;
      },
    });
    const response = await server.handleWeb(requestOf(method, call, path));
    refuseFailure(failure.error);
    const told = answerOf(response);
    return { ...told, headers: { ...told.headers, ...datastore.headers } };
  }

  const shared = { tag, viewer: "required" as const, load: "apart" as const };
  const params = Type.Object({ id: Type.String() });
  const route = (method: "POST" | "HEAD" | "PATCH" | "DELETE", about: About): Route => {
    const { hasBody = false, requestHeaders = {}, ...rest } = about;
    return defineRoute({
      ...shared,
      ...rest,
      method,
      path: method === "POST" ? uploadsPath : `${uploadsPath}/{id}`,
      ...(method === "POST" ? {} : { params }),
      ...(hasBody
        ? { streamOf: [bodyType], bodyBytesMax: bytesMax, timeoutMs: keepingTimeoutMs }
        : {}),
      requestHeaders: { "Tus-Resumable": `\`${protocol}\``, ...requestHeaders },
      // Who does not know whether something arrived asks how far it is; to begin takes a key.
      ...(method === "POST" ? {} : { keepsNothing: true as const }),
      problems: [notFound, ...errors.uploadProblems, ...errors.protocolProblems],
      handle: (call) => {
        const { id } = call.params as { id?: string };
        return answer(method, call, id).catch(refuse);
      },
    });
  };

  return [
    defineRoute({
      method: "OPTIONS",
      path: uploadsPath,
      operationId: "askUploadAbilities",
      tag,
      summary: "What uploads of tus may be",
      viewer: "none",
      answers: { 204: null },
      answerHeaders: {
        "Tus-Version": `\`${protocol}\``,
        "Tus-Extension": "What is spoken of it beside its core.",
        "Tus-Max-Size": "How many bytes a file may have.",
      },
      handle: async () => ({
        status: 204,
        headers: {
          ...refusalHeaders,
          "tus-extension": extensions.join(","),
          "tus-max-size": String(bytesMax),
        },
      }),
    }),
    route("POST", {
      operationId: "beginUpload",
      summary: "Begin an upload that may be gone on with (tus 1.0)",
      answers: { 201: null },
      hasBody: true,
      requestHeaders: {
        "Upload-Length": "How many bytes the file has.",
        "Upload-Metadata": "`filename`, `filetype` and `alt`, each in Base64.",
      },
      answerHeaders: {
        Location: "Where it is gone on with.",
        "Upload-Expires": "When it is given up.",
        ...offsetHeader,
      },
    }),
    route("HEAD", {
      operationId: "findUpload",
      summary: "How much of an upload has come (tus 1.0)",
      answers: { 200: null },
      answerHeaders: { ...offsetHeader, "Upload-Length": "How many bytes it will have." },
    }),
    route("PATCH", {
      operationId: "continueUpload",
      summary: "Go on with an upload (tus 1.0)",
      answers: { 204: null },
      hasBody: true,
      requestHeaders: { "Upload-Offset": "How many bytes were sent before." },
      answerHeaders: {
        ...offsetHeader,
        [mediaHeader]:
          "With the last piece: the media item, as percent-encoded JSON. Where it is not there, `/media` tells.",
      },
    }),
    route("DELETE", {
      operationId: "cancelUpload",
      summary: "Give up an upload (tus 1.0)",
      answers: { 204: null },
    }),
    defineRoute({
      ...shared,
      method: "GET",
      path: `${uploadsPath}/{id}/media`,
      operationId: "getUploadMedia",
      summary: "What has become of an upload that is whole",
      params,
      timeoutMs: keepingTimeoutMs,
      answers: { 200: mediaAnswer },
      problems: [notFound, ...errors.uploadProblems, errors.uploadUnfinished],
      async handle({ context, params: { id: idText } }) {
        const id = parseId(idText);
        if (id === undefined) {
          throw notFound();
        }
        const ownerId = viewerOf(context).accountId;
        const row = await finish(context, { ownerId, id });
        return { status: 200, json: `{"media":${mediaJsonOf(deps, row)}}` };
      },
    }),
  ];
}

const ofProtocolPattern = /^(?:tus-|upload-|content-(?:type|length)$)/u;

function requestOf(method: string, call: AnyCall, path: string): Request {
  const { headers } = call;
  // The library refuses requests by headers that are no concern of an upload, such as those of proxies.
  const given = Object.entries(headers).filter((entry): entry is [string, string] => {
    const [name, value] = entry;
    return value !== undefined && ofProtocolPattern.test(name);
  });
  // A call without a body has none to give.
  const hasBody = method === "PATCH" || (method === "POST" && headers["content-type"] === bodyType);
  return new Request(new URL(path, "http://uploads.invalid"), {
    method,
    headers: given,
    ...(hasBody ? { body: Readable.toWeb(call.incoming) as ReadableStream, duplex: "half" } : {}),
  });
}

/** What the library itself has to say of a request is in its answer; everything else has gone wrong here. */
function refuseFailure(error: unknown): void {
  if (error === ERRORS.ABORTED) {
    throw errors.uploadOffset({ detail: "Another request has gone on with it." });
  }
  if (error instanceof Error && !("status_code" in error)) {
    throw error;
  }
}

function refuse(error: unknown): never {
  throw error instanceof Problem ? error.withHeaders(refusalHeaders) : error;
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
    // Whoever may call from elsewhere is not the library's to say, and there is no body.
    if (!name.startsWith("access-control-") && !name.startsWith("content-")) {
      headers[name] = value;
    }
  }
  return { status: response.status, headers };
}
