import { Type, type TSchema } from "typebox";
import type { Route } from "../ports/routes.ts";
import { apiDescription } from "./openapi-text.ts";
import { createComponents, type Components, type JsonSchema } from "./openapi-schemas.ts";
import {
  problemContent,
  problemSchema,
  reference,
  securitySchemes,
  sharedHeaders,
  sharedParameters,
  sharedResponses,
} from "./openapi-shared.ts";
import { bodyTooLarge, generalProblems, mediaType, requestTimeout } from "./problems.ts";
import { changesNothing } from "./routing.ts";

/** OpenAPI 3.1, made from the schemas that validate. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: JsonSchema;
  readonly servers: readonly JsonSchema[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>;
}

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly security: readonly JsonSchema[];
  readonly parameters?: readonly JsonSchema[];
  readonly requestBody?: JsonSchema;
  readonly responses: Readonly<Record<string, JsonSchema>>;
}

const statusTexts: Readonly<Record<number, string>> = {
  200: "OK",
  201: "Made",
  202: "Accepted",
  204: "Done; there is nothing to say",
  304: "What the client has is what it would be given",
};
const notModified = 304;
const bytes = Type.String({ format: "binary" });
const oneFile = Type.Object({ file: bytes });
const etagHeader = "ETag";
/** Methods that show what was written. */
const readsWrites: readonly Route["method"][] = ["GET", "HEAD"];
/** What a stream may well be refused for. */
const ofStreams: readonly string[] = [bodyTooLarge.code, mediaType.code, requestTimeout.code];

export function createOpenApi(all: readonly Route[], version: string): OpenApiDocument {
  const routes = all.filter(({ unlisted }) => unlisted !== true);
  const components = createComponents();
  components.take(problemSchema);
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    (paths[route.path] ??= {})[route.method.toLowerCase()] = operationOf(route, components);
  }
  const tags = [...new Set(routes.map((route) => route.tag))].sort();
  return {
    openapi: "3.1.0",
    info: {
      title: "Maru",
      version,
      summary: "A self-hosted news feed platform that stays up.",
      description: apiDescription,
      license: { name: "Apache License 2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/", description: "The server that gave this document." }],
    tags: tags.map((name) => ({ name })),
    paths,
    components: {
      schemas: components.all(),
      parameters: sharedParameters,
      headers: sharedHeaders,
      responses: sharedResponses,
      securitySchemes,
    },
  };
}

function operationOf(route: Route, components: Components): Operation {
  const parameters = parametersOf(route, components);
  return {
    operationId: route.operationId,
    tags: [route.tag],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    security: securityOf(route),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...bodyOf(route, components),
    responses: { ...answersOf(route, components), ...problemsOf(route) },
  };
}

function bodyOf(
  { body, streamOf, streamBody = oneFile }: Route,
  components: Components,
): { requestBody?: JsonSchema } {
  if (streamOf !== undefined) {
    const content = streamOf.map((type) => [
      type,
      { schema: components.take(type === "multipart/form-data" ? streamBody : bytes) },
    ]);
    return { requestBody: { required: true, content: Object.fromEntries(content) as JsonSchema } };
  }
  return body === undefined
    ? {}
    : {
        requestBody: {
          required: true,
          content: { "application/json": { schema: components.take(body) } },
        },
      };
}

function takesKey({ method, keepsNothing }: Route): boolean {
  return method === "POST" && keepsNothing !== true;
}

function securityOf({ viewer }: Route): readonly JsonSchema[] {
  const signedIn = [{ bearer: [] }, { cookie: [] }];
  return viewer === "none" ? [] : viewer === "optional" ? [{}, ...signedIn] : signedIn;
}

function parametersOf(route: Route, components: Components): readonly JsonSchema[] {
  const inPath = propertiesOf(route.params);
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  return [
    ...names.map((name) => {
      const schema = inPath.properties[name] ?? Type.String();
      return parameter(name, "path", { schema, required: true, components });
    }),
    ...queryOf(route, components),
    ...(takesKey(route) ? [reference("parameters", "IdempotencyKey")] : []),
    ...(readsWrites.includes(route.method) ? [reference("parameters", "Position")] : []),
    ...(hasEtag(route) ? [reference("parameters", "IfNoneMatch")] : []),
    ...Object.entries(route.requestHeaders ?? {}).map(([name, description]) => {
      return { name, in: "header", description, schema: { type: "string" } };
    }),
  ];
}

function hasEtag({ answerHeaders = {} }: Route): boolean {
  return etagHeader in answerHeaders;
}

function queryOf(route: Route, components: Components): readonly JsonSchema[] {
  const { properties, required } = propertiesOf(route.query);
  return Object.entries(properties).map(([name, schema]) =>
    parameter(name, "query", { schema, required: required.includes(name), components }),
  );
}

function parameter(
  name: string,
  place: "path" | "query",
  options: { schema: TSchema; required: boolean; components: Components },
): JsonSchema {
  const { description, ...schema } = options.components.take(options.schema);
  return {
    name,
    in: place,
    ...(options.required ? { required: true } : {}),
    ...(description === undefined ? {} : { description }),
    schema,
  };
}

function propertiesOf(schema: TSchema | undefined): {
  readonly properties: Readonly<Record<string, TSchema>>;
  readonly required: readonly string[];
} {
  const { properties = {}, required = [] } = (schema ?? {}) as {
    properties?: Record<string, TSchema>;
    required?: string[];
  };
  return { properties, required };
}

function answersOf(route: Route, components: Components): Record<string, JsonSchema> {
  const headers = {
    "X-Request-Id": reference("headers", "RequestId"),
    ...(changesNothing(route) || route.keepsNothing === true
      ? {}
      : { "Maru-Position": reference("headers", "Position") }),
    ...(takesKey(route) ? { "Idempotency-Replayed": reference("headers", "Replayed") } : {}),
    ...Object.fromEntries(
      Object.entries(route.answerHeaders ?? {}).map(([name, description]) => {
        return [name, { description, schema: { type: "string" } }];
      }),
    ),
  };
  const answers: Route["answers"] = {
    ...route.answers,
    ...(hasEtag(route) ? { [notModified]: null } : {}),
  };
  return Object.fromEntries(
    Object.entries(answers).map(([status, schema]) => [
      status,
      {
        description: statusTexts[Number(status)] ?? "An answer",
        headers,
        ...contentOf(schema, components),
      },
    ]),
  );
}

function contentOf(
  schema: TSchema | null | "event-stream",
  components: Components,
): { content?: JsonSchema } {
  if (schema === null) {
    return {};
  }
  return schema === "event-stream"
    ? { content: { "text/event-stream": { schema: { type: "string" } } } }
    : { content: { "application/json": { schema: components.take(schema) } } };
}

/** One response for each status that the route names, with its codes, and one for all others. */
function problemsOf(route: Route): Record<string, JsonSchema> {
  const takesInput = route.body !== undefined || route.query !== undefined;
  const codes = new Map<number, Map<string, string>>();
  const add = (status: number, code: string, title: string): void => {
    const ofStatus = codes.get(status) ?? new Map<string, string>();
    codes.set(status, ofStatus.set(code, title));
  };
  for (const { code, status, title } of generalProblems) {
    const applies =
      (code === "request.invalid" && (takesInput || takesKey(route))) ||
      (code === "request.unauthenticated" && route.viewer !== "none") ||
      (ofStreams.includes(code) && route.streamOf !== undefined) ||
      (code.startsWith("idempotency.") && takesKey(route));
    if (applies) add(status, code, title);
  }
  for (const { code, status, title = "" } of route.problems ?? []) {
    add(status, code, title);
  }
  const byStatus = [...codes].map(([status, ofStatus]) => {
    const lines = [...ofStatus].map(([code, title]) => `- \`${code}\` ${title}`.trimEnd());
    return [String(status), { description: lines.join("\n"), content: problemContent }] as const;
  });
  return { ...Object.fromEntries(byStatus), default: reference("responses", "Problem") };
}
