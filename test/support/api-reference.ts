import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

/** What of an answer is held against the reference. */
interface JudgedReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
}

/** One operation of the OpenAPI document, as far as tests look at it. */
export interface Operation {
  readonly method: string;
  /** Such as `/v1/stories/{id}`. */
  readonly path: string;
  readonly operationId: string;
  readonly viewer: "required" | "optional" | "none";
  readonly pathParameters: readonly string[];
  readonly queryParameters: readonly Parameter[];
  /** With every reference resolved; null for an operation without a body. */
  readonly body: Schema | null;
  /** The media types of which it takes bytes; none where its body is JSON, or nothing. */
  readonly streamOf: readonly string[];
  /** It takes an idempotency key. */
  readonly takesKey: boolean;
  /** Its answers say where the write stands in the log. */
  readonly givesPosition: boolean;
  readonly answers: ReadonlyMap<number, "nothing" | "events" | ValidateFunction>;
}

export interface Parameter {
  readonly name: string;
  readonly schema: Schema;
}

export interface Schema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly [keyword: string]: unknown;
}

/** The published reference, as a judge of every answer. */
export interface Reference {
  readonly operations: readonly Operation[];
  /** The operation that takes this request, if there is one. */
  find(method: string, target: string): Operation | undefined;
  /** Throws unless the answer is as the reference says, to the last member. */
  judge(method: string, target: string, reply: JudgedReply): void;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, PublishedOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface PublishedOperation {
  readonly operationId: string;
  readonly security: readonly object[];
  readonly parameters?: readonly {
    readonly $ref?: string;
    readonly name?: string;
    readonly in?: string;
    readonly schema?: Schema;
  }[];
  /** Of bytes, such as a photo, the reference names the media type and no schema of JSON. */
  readonly requestBody?: { readonly content: { readonly "application/json"?: { schema: Schema } } };
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
        readonly headers?: Readonly<Record<string, unknown>>;
      }
    >
  >;
}

const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const problemMembers = ["type", "title", "status", "detail", "code", "errors", "requestId"];
const firstProblemStatus = 400;

export function readReference(text: string): Reference {
  const document = JSON.parse(text) as Document;
  const ajv = new Ajv2020({
    allErrors: true,
    strict: false,
    // Times are ISO 8601 in UTC with milliseconds, which is narrower than the format's own rule.
    formats: { "date-time": dateTime },
  });
  const resolve = (schema: Schema): Schema => resolved(schema, document.components.schemas);
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, published]): Operation => {
      const parameters = published.parameters ?? [];
      const content = published.requestBody?.content ?? {};
      const body = content["application/json"]?.schema;
      return {
        method: method.toUpperCase(),
        path,
        operationId: published.operationId,
        viewer: viewerOf(published),
        pathParameters: parameters.flatMap((one) => (one.in === "path" ? [one.name ?? ""] : [])),
        queryParameters: parameters.flatMap((one) =>
          one.in === "query" ? [{ name: one.name ?? "", schema: resolve(one.schema ?? {}) }] : [],
        ),
        body: body === undefined ? null : resolve(body),
        streamOf: body === undefined ? Object.keys(content) : [],
        takesKey: parameters.some(({ $ref = "" }) => $ref.endsWith("/IdempotencyKey")),
        givesPosition: Object.values(published.responses).some(
          ({ headers = {} }) => headers["Maru-Position"] !== undefined,
        ),
        answers: new Map(
          Object.entries(published.responses)
            .filter(([status]) => Number(status) < firstProblemStatus)
            .map(([status, { content = {} }]) => [
              Number(status),
              answerOf(content, (schema) => ajv.compile(exact(resolve(schema)) as object)),
            ]),
        ),
      };
    }),
  );

  function find(method: string, target: string): Operation | undefined {
    const [path = ""] = target.split("?", 1);
    const segments = path.split("/");
    // A fixed segment goes before a parameter, as in `/v1/accounts/me`.
    return operations
      .filter((operation) => operation.method === method)
      .filter((operation) => fits(operation.path.split("/"), segments))
      .sort((a, b) => a.pathParameters.length - b.pathParameters.length)[0];
  }

  return {
    operations,
    find,
    judge(method, target, reply) {
      const said = `${method} ${target} → ${reply.status} ${reply.text.slice(0, 500)}`;
      const complain = (what: string): never => {
        throw new Error(`${what}: ${said}`);
      };
      if (!/^[\x21-\x7e]+$/.test(reply.headers["x-request-id"] ?? "")) {
        complain("an answer without X-Request-Id");
      }
      if (reply.status >= firstProblemStatus) {
        judgeProblem(method, reply, complain);
        return;
      }
      const operation = find(method, target);
      if (operation === undefined) {
        return;
      }
      const answer = operation.answers.get(reply.status);
      if (answer === undefined) {
        complain("an answer that the reference does not know");
      } else if (answer === "nothing") {
        if (reply.text !== "" || reply.headers["content-type"] !== undefined) {
          complain("a body where there is to be none");
        }
      } else if (answer !== "events") {
        if (reply.headers["content-type"] !== "application/json; charset=utf-8") {
          complain("not said to be JSON");
        }
        if (!answer(JSON.parse(reply.text))) {
          complain(ajv.errorsText(answer.errors));
        }
      }
      if (operation.givesPosition !== (reply.headers["maru-position"] !== undefined)) {
        complain("a write without Maru-Position, or a position of what is no write");
      }
    },
  };
}

function viewerOf({ security }: PublishedOperation): Operation["viewer"] {
  const isAlso = security.some((one) => Object.keys(one).length === 0);
  return security.length === 0 ? "none" : isAlso ? "optional" : "required";
}

function answerOf(
  content: Readonly<Record<string, { readonly schema: Schema }>>,
  compile: (schema: Schema) => ValidateFunction,
): "nothing" | "events" | ValidateFunction {
  if (content["text/event-stream"] !== undefined) {
    return "events";
  }
  const json = content["application/json"];
  return json === undefined ? "nothing" : compile(json.schema);
}

function judgeProblem(method: string, reply: JudgedReply, complain: (what: string) => never): void {
  if (reply.headers["content-type"] !== "application/problem+json; charset=utf-8") {
    complain("a failure that is no problem+json");
  }
  if (method === "HEAD") {
    return;
  }
  const problem = JSON.parse(reply.text) as Readonly<Record<string, unknown>>;
  const foreign = Object.keys(problem).filter((member) => !problemMembers.includes(member));
  if (foreign.length > 0) {
    complain(`a problem with ${foreign.join(", ")}`);
  }
  const { type, title, status, detail, code, requestId } = problem;
  if (status !== reply.status || requestId !== reply.headers["x-request-id"]) {
    complain("a problem that says something else than its answer");
  }
  if (typeof code !== "string" || !/^[a-z_]+\.[a-z_]+$/.test(code)) {
    complain("a problem without a stable code");
  }
  if (typeof detail !== "string" || detail === "") {
    complain("a problem that says nothing of this occurrence");
  }
  if (typeof title !== "string" || typeof type !== "string" || !type.endsWith(`#${code}`)) {
    complain("a problem that is not explained");
  }
}

function fits(pattern: readonly string[], segments: readonly string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((part, at) => part === segments[at] || part.startsWith("{"))
  );
}

function resolved(value: Schema, schemas: Readonly<Record<string, Schema>>): Schema {
  const walk = (part: unknown): unknown => {
    if (Array.isArray(part)) {
      return part.map(walk);
    }
    if (typeof part !== "object" || part === null) {
      return part;
    }
    const { $ref } = part as { readonly $ref?: string };
    const target = $ref === undefined ? undefined : schemas[$ref.split("/").at(-1) ?? ""];
    return target === undefined
      ? Object.fromEntries(Object.entries(part).map(([key, member]) => [key, walk(member)]))
      : walk(target);
  };
  return walk(value) as Schema;
}

/** The same, but with no member that it does not name. */
function exact(schema: Schema): Schema {
  const walk = (part: unknown): unknown => {
    if (Array.isArray(part)) {
      return part.map(walk);
    }
    if (typeof part !== "object" || part === null) {
      return part;
    }
    const members = Object.fromEntries(
      Object.entries(part).map(([key, member]) => [key, walk(member)]),
    );
    return members["type"] === "object" && members["properties"] !== undefined
      ? { ...members, additionalProperties: false }
      : members;
  };
  return walk(schema) as Schema;
}
