import type { Readable } from "node:stream";
import type { Static, TSchema } from "typebox";
import type { Context, Viewer } from "../kernel/context.ts";
import type { Json } from "./log.ts";
import type { GroupWork, Transaction } from "./record.ts";

/**
 * A route as a module describes it. The HTTP host turns it into a handler with validation,
 * authentication, deadline, idempotency, problem+json, metrics and OpenAPI.
 */
export type ViewerNeed = "required" | "optional" | "none";

export interface Answer {
  readonly status: number;
  /** A value to be written as JSON. */
  readonly body?: unknown;
  /** JSON that is ready to be written. */
  readonly json?: string;
  /** The same in UTF-8. */
  readonly jsonBytes?: Uint8Array;
  /** Text that is no JSON; `content-type` in the headers tells what it is. */
  readonly text?: string;
  /** Bytes as they are, such as a file; `content-type` in the headers tells what they are. */
  readonly bytes?: Uint8Array;
  /** A file, sent as it is read. The host answers ranges and conditional requests of it. */
  readonly file?: FileBody;
  readonly headers?: Readonly<{ [name: string]: string }>;
  /** A stream of server-sent events instead of a body. */
  readonly stream?: EventStream;
}

/**
 * The route gives `etag` and `last-modified` in the headers, as far as it knows them: conditions and
 * `If-Range` are judged by these. For HEAD, and for who has it already, it is not opened.
 */
export interface FileBody {
  readonly bytes: number;
  /**
   * From `start` to `end`, both included. Asked only for what is sent; null: it is gone meanwhile. What
   * it gives is destroyed when the client goes, or takes nothing for a minute; where it gives other than
   * so many bytes the connection is cut.
   */
  open(range: { readonly start: number; readonly end: number }): Promise<Readable | null>;
}

/** Where a stream writes. `write` gives false when the client is behind; what it has not taken is buffered. */
export interface EventSink {
  write(text: string): boolean;
  /** Bytes that the client has not taken yet. */
  bufferedBytes(): number;
  close(): void;
}

/** Called once the headers are out; the function it gives is called when the client is gone. */
export type EventStream = (sink: EventSink) => () => void;

export interface IdempotencyOptions {
  /** Takes secrets out of the body before it is hashed. */
  readonly hashed?: (body: unknown) => unknown;
  /** What is kept of the answer's body; secrets have no place in it. */
  readonly kept?: (body: unknown) => Json;
  /**
   * Makes the answer of a replay from what was kept, for answers with secrets in them: it proves
   * the password again and mints a new token, or says that the body differs ("mismatch").
   */
  readonly replay?: (kept: {
    readonly status: number;
    readonly body: Json;
  }) => Promise<Answer | "mismatch">;
}

export interface Call<Params, Query, Body> {
  readonly context: Context;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /**
   * Of a route that takes a stream: the body as it comes in, read by the handler alone and as fast as it
   * likes. It ends with a problem where the client goes, keeps the handler waiting for too long, or sends
   * more than `bodyBytesMax`; whatever the handler then fails with, that problem is answered.
   *
   * A client that asked first is told to send when this is first read, so that what a handler refuses
   * before is not sent. Until then `context.deadline` is that of any request; while the body comes in
   * each step has the whole time; when there is no more of it the time begins anew. All in all there is
   * an hour. A handler may answer without having read to the end: the rest is thrown away.
   */
  readonly incoming: Readable;
  /** Path and query as the client wrote them; `params` and `query` are what they come to. */
  readonly target: string;
  /** Header names are lower case. */
  readonly headers: Readonly<{ [name: string]: string | undefined }>;
  /** The client's address, as far as trusted proxies tell it. */
  readonly clientAddress: string;
  /** The request came over TLS, as far as the public URL and trusted proxies tell. */
  readonly secure: boolean;
  /**
   * Runs a command in one transaction with the idempotency key, if the client sent one: the
   * answer is stored in the command's own transaction and replayed for the same key and body.
   * Adds `Maru-Position`. Of a stream `hashed` tells what the body was, such as by its digest.
   */
  command(
    work: (tx: Transaction) => Promise<Answer>,
    options?: IdempotencyOptions,
  ): Promise<Answer>;
  /** The same for a command that shares its transaction with others of its kind. */
  commandInGroup<Item>(
    work: GroupWork<Item, Answer>,
    item: Item,
    options?: IdempotencyOptions,
  ): Promise<Answer>;
}

export interface Route<
  P extends TSchema = TSchema,
  Q extends TSchema = TSchema,
  B extends TSchema = TSchema,
> {
  /** GET takes HEAD too, unless the path has a route for it. */
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS";
  /**
   * With `{name}` for parameters, as OpenAPI writes it: `/v1/stories/{id}`. A last `{name*}` is all
   * that follows, slashes included; it may be nothing.
   */
  readonly path: string;
  /** For OpenAPI and the SDK: camelCase, unique, such as `publishStory`. */
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly viewer: ViewerNeed;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** The schema of each success; null for an answer without a body; "event-stream" for a stream. */
  readonly answers: Readonly<{ [status: number]: TSchema | null | "event-stream" }>;
  /** Header fields that this route reads beside those of every route, with what each says, for the reference. */
  readonly requestHeaders?: Readonly<{ [name: string]: string }>;
  /**
   * Header fields that its successes have beside those of every route, with what each says, for the
   * reference. Where `ETag` is among them, `If-None-Match` is answered 304.
   */
  readonly answerHeaders?: Readonly<{ [name: string]: string }>;
  /** Codes of the problems that clients should expect, for the reference. */
  readonly problems?: readonly {
    readonly code: string;
    readonly status: number;
    readonly title?: string;
  }[];
  /**
   * What the route asks of the server, where that is not what its method tells: `batch`, which nobody
   * waits for; `part`, a file without which a page is worth nothing; or `apart`, which has a
   * bound of its own and says nothing of how busy the database is.
   */
  readonly load?: "batch" | "part" | "apart";
  /**
   * The body is no JSON but a stream of one of these media types, in lower case, which the handler reads
   * as it comes (`incoming`). It may also be nothing at all. Such a request is let in like any write, but
   * takes no place among what is limited by how long it takes: there is a bound of its own for them.
   */
  readonly streamOf?: readonly string[];
  /** The parts of a body of multipart/form-data, for the reference; a `file` where it is not given. */
  readonly streamBody?: TSchema;
  /**
   * How long an answer may take, in milliseconds, where the work is of another kind than that of any
   * request: such as looking into a file and keeping it. Of a body that is a stream, from its end on.
   */
  readonly timeoutMs?: number;
  /** Upper bound of the request body; the host's default where it is not given. */
  readonly bodyBytesMax?: number;
  /** Serves pages and files of the web client, so that it has no place in the reference. */
  readonly unlisted?: true;
  /**
   * Takes what no read will ever show, such as a report for operators, or what has a protocol of its own for
   * that: there is nothing to repeat (`Idempotency-Key`) and nothing to wait for (`Maru-Position`).
   */
  readonly keepsNothing?: true;
  handle(call: Call<Static<P>, Static<Q>, Static<B>>): Promise<Answer>;
  /** Of a GET without parameters in its path whose viewer is required. */
  readonly atOnce?: AnswerAtOnce;
}

/**
 * Answers a read from shared memory, without a pause and in any thread; null: `handle` does. It is
 * asked first, and only if nothing in the request needs more than its query and its viewer.
 */
export type AnswerAtOnce = (request: {
  readonly viewer: Viewer;
  /** As the route's schema has validated it. */
  readonly query: Readonly<Record<string, unknown>>;
  /** Of a conditional request: whether the client has what this tag stands for. */
  readonly isCurrent: ((etag: string) => boolean) | null;
}) => AtOnceAnswer | null;

export interface AtOnceAnswer {
  /** The body as JSON; null: 304. */
  readonly bytes: Uint8Array | null;
  /** Called with the body if it has been sent by the time at which the answer was handed over. */
  readonly release: (bytes: Uint8Array) => void;
  /** Names and values in turn, beside those of every answer. */
  readonly headers: readonly string[];
}

/** Keeps the types of a route's schemas while lists of routes stay uniform. */
export function defineRoute<P extends TSchema, Q extends TSchema, B extends TSchema>(
  route: Route<P, Q, B>,
): Route {
  return route;
}

/** Answers a GET that no route takes, such as with a page that says so; null leaves it to the host. */
export type AnswerUnmatched = (
  path: string,
  headers: Readonly<{ [name: string]: string | undefined }>,
) => Answer | null;

/** Which paths a route takes, for whoever has a path and asks for its route. */
export function pathPattern(path: string): RegExp {
  const parts = path.split(/(\{\w+\*?\})/).map((part) => {
    if (!part.startsWith("{")) {
      return RegExp.escape(part);
    }
    return part.endsWith("*}") ? ".*" : "[^/]+";
  });
  return new RegExp(`^${parts.join("")}$`);
}

/** Finds the viewer of a token; null when the token is dead or was never given. */
export type Authenticate = (context: Context, token: string) => Promise<Viewer | null>;
