import { Type } from "typebox";
import type { Context } from "../../kernel/context.ts";
import { notFound } from "../../kernel/problem.ts";
import { defineRoute, type Answer, type AnswerUnmatched, type Route } from "../../ports/routes.ts";
import type { Build } from "./build.ts";
import { fileAnswer, type ClientFile } from "./client-file.ts";
import type { Demo } from "./contract.ts";
import type { EarlierFiles } from "./earlier-files.ts";
import { pageHeaders } from "./page-headers.ts";
import { pages } from "./pages.ts";

/** The client itself: its page under every address that it has, and its files. */

export interface ClientRoutesDeps {
  /** Null: this node has no client. */
  readonly build: () => Build | null;
  readonly earlier: EarlierFiles;
  readonly version: string;
  readonly demo: Demo | null;
  readonly isHttps: boolean;
  readonly mediaOrigin: string | null;
}

/** What has a hash in its name never changes. */
const immutable = "public, max-age=31536000, immutable";
/** May be kept, and is asked for each time whether it is still the same. */
const revalidated = "no-cache";
const aDay = "public, max-age=86400";

const hidden = {
  tag: "Pages",
  viewer: "none",
  unlisted: true,
  // Files in memory say nothing of how busy the database is.
  load: "apart",
  answers: { 200: null },
} as const;

/** For people: it is a browser that shows it. */
const notBuilt = "This server was started without its web client. The API is at /docs.\n";
const unavailable = 503;

type Headers = Readonly<{ [name: string]: string | undefined }>;

export function createClientRoutes(deps: ClientRoutesDeps): readonly Route[] {
  const headersOfPage = pageHeaders(deps);

  function pageAnswer(headers: Headers): Answer {
    const build = deps.build();
    if (build === null) {
      return { status: unavailable, text: notBuilt };
    }
    const options = { cacheControl: revalidated, headers: headersOfPage };
    return fileAnswer(build.page, headers["accept-encoding"], options);
  }

  function ownFile(path: string, headers: Headers, cacheControl: string): Answer {
    const file = deps.build()?.files.get(path);
    if (file === undefined) {
      throw notFound();
    }
    return fileAnswer(file, headers["accept-encoding"], { cacheControl });
  }

  async function asset(context: Context, path: string, headers: Headers): Promise<Answer> {
    const own: ClientFile | undefined = deps.build()?.files.get(path);
    const file = own ?? (await deps.earlier.find(context, path));
    if (file === null) {
      throw notFound();
    }
    return fileAnswer(file, headers["accept-encoding"], { cacheControl: immutable });
  }

  return [
    ...pages.map(({ path, kind }, at) =>
      defineRoute({
        ...hidden,
        method: "GET",
        path,
        operationId: `page${at}`,
        summary: `The client's page: ${kind}`,
        handle: async ({ headers }) => pageAnswer(headers),
      }),
    ),
    ...["/sw.js", "/manifest.webmanifest"].map((path, at) =>
      defineRoute({
        ...hidden,
        method: "GET",
        path,
        operationId: `clientFile${at}`,
        summary: "A file of the client that has one name in every build",
        handle: async ({ headers }) => ownFile(path, headers, revalidated),
      }),
    ),
    defineRoute({
      ...hidden,
      method: "GET",
      path: "/icons/{file*}",
      operationId: "clientIcon",
      summary: "An icon of the client",
      params: Type.Object({ file: Type.String() }),
      handle: async ({ params, headers }) => ownFile(`/icons/${params.file}`, headers, aDay),
    }),
    defineRoute({
      ...hidden,
      method: "GET",
      path: "/assets/{file*}",
      operationId: "clientAsset",
      summary: "A file of this build of the client, or of another",
      load: "part",
      params: Type.Object({ file: Type.String() }),
      handle: ({ context, params, headers }) => asset(context, `/assets/${params.file}`, headers),
    }),
    clientRoute(deps),
  ];
}

const demoSchema = Type.Object(
  {
    accounts: Type.Array(
      Type.Object({
        handle: Type.String(),
        name: Type.String(),
        locale: Type.Union([Type.Literal("ko"), Type.Literal("ja"), Type.Literal("en")]),
        password: Type.String(),
      }),
    ),
  },
  { description: "The server has a sample community, whose members anyone may be." },
);

function clientRoute({ build, version, demo }: ClientRoutesDeps): Route {
  return defineRoute({
    method: "GET",
    path: "/client.json",
    operationId: "readClient",
    tag: "Web client",
    summary: "Which build of the web client this server has",
    description:
      "A page that was opened with another build knows by this that there is a newer one.",
    viewer: "none",
    answers: {
      200: Type.Object({
        build: Type.Union([Type.String(), Type.Null()], {
          description: "Null: the server has no web client.",
        }),
        version: Type.String({ description: "Of the server." }),
        demo: Type.Union([demoSchema, Type.Null()]),
      }),
    },
    handle: () =>
      Promise.resolve({ status: 200, body: { build: build()?.id ?? null, version, demo } }),
  });
}

/** Addresses of programs, who are told of what is not there by a problem. */
const programPath = /^\/(?:v1|docs|assets|icons)(?:\/|$)/;
const missing = 404;

/**
 * For an address that is no page: a file of the build that has no route, or the page with status
 * 404, which then says that there is nothing.
 */
export function createAnswerUnmatched(deps: ClientRoutesDeps): AnswerUnmatched {
  const headersOfPage = pageHeaders(deps);
  return (path, headers) => {
    const build = deps.build();
    if (build === null) {
      return null;
    }
    const file = build.files.get(path);
    const encodings = headers["accept-encoding"];
    if (file !== undefined) {
      return fileAnswer(file, encodings, { cacheControl: revalidated });
    }
    const wantsPage = headers["accept"]?.includes("text/html") === true;
    return wantsPage && !programPath.test(path)
      ? fileAnswer(build.page, encodings, {
          status: missing,
          cacheControl: "no-store",
          headers: headersOfPage,
        })
      : null;
  };
}
