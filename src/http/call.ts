import type { Readable } from "node:stream";
import type { FastifyRequest } from "fastify";
import { assert, present } from "../kernel/assert.ts";
import type { Answer, Call, IdempotencyOptions } from "../ports/routes.ts";
import type { Transaction } from "../ports/record.ts";
import type { Commands } from "./commands.ts";
import type { KeyedRequest } from "./keyed-commands.ts";
import type { Query } from "./query.ts";
import type { RequestContext } from "./request-context.ts";

export interface CallDeps {
  readonly commands: Commands;
  /** True when the site is reached over TLS whatever the connection to this node is. */
  readonly alwaysSecure: boolean;
}

export interface CallParts {
  readonly request: FastifyRequest;
  readonly context: RequestContext;
  readonly query: Query;
  /** `POST /v1/stories/{id}/comments`: what an idempotency key belongs to. */
  readonly operation: string;
  /** Of a route that takes a stream. */
  readonly incoming: Readable | undefined;
}

type Headers = Readonly<Record<string, string | undefined>>;

/** What a route's handler gets. Its getters cost nothing to those that don't ask. */
export class RouteCall implements Call<unknown, unknown, unknown> {
  readonly context: RequestContext;
  readonly query: Query;
  readonly #request: FastifyRequest;
  readonly #operation: string;
  readonly #incoming: Readable | undefined;
  readonly #deps: CallDeps;

  constructor(deps: CallDeps, parts: CallParts) {
    this.context = parts.context;
    this.query = parts.query;
    this.#request = parts.request;
    this.#operation = parts.operation;
    this.#incoming = parts.incoming;
    this.#deps = deps;
  }

  get params(): unknown {
    return this.#request.params;
  }

  get body(): unknown {
    return this.#request.body;
  }

  get incoming(): Readable {
    return present(this.#incoming, "a body of a route that takes a stream");
  }

  get target(): string {
    return this.#request.url;
  }

  get headers(): Headers {
    // Of all request headers only set-cookie is ever a list, and it has no meaning in a request.
    return this.#request.headers as Headers;
  }

  get clientAddress(): string {
    return this.#request.ip;
  }

  get secure(): boolean {
    return this.#deps.alwaysSecure || this.#request.protocol === "https";
  }

  /** A getter, so that handlers may take it out of the call, and reads do not pay for it. */
  get command(): Call<unknown, unknown, unknown>["command"] {
    return (work: (tx: Transaction) => Promise<Answer>, options: IdempotencyOptions = {}) => {
      const request = this.#keyed(options);
      return request === null
        ? this.#deps.commands.run(this.context, work)
        : this.#deps.commands.runOnce(request, work, options);
    };
  }

  get commandInGroup(): Call<unknown, unknown, unknown>["commandInGroup"] {
    return (work, item, options = {}) => {
      const request = this.#keyed(options);
      const keyed = request === null ? null : { request, options };
      return this.#deps.commands.runInGroup({ context: this.context, keyed }, work, item);
    };
  }

  /** Null for a request without an idempotency key. */
  #keyed({ hashed }: IdempotencyOptions): KeyedRequest | null {
    const { context, body } = this;
    const { method, url, headers } = this.#request;
    const key = method === "POST" ? headers["idempotency-key"] : undefined;
    if (typeof key !== "string") {
      return null;
    }
    assert(
      this.#incoming === undefined || hashed !== undefined,
      "of a stream only its handler knows what it was: `hashed` tells",
    );
    return { context, operation: this.#operation, url, key, body };
  }
}
