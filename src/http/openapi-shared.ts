import { Type } from "typebox";
import { sessionCookieName } from "../ports/session-cookie.ts";
import type { JsonSchema } from "./openapi-schemas.ts";

/** What many operations of the reference refer to. */

export const problemSchema = Type.Object(
  {
    type: Type.String({ description: "Where the problem is explained; a path on this server." }),
    title: Type.String({ description: "One sentence that is the same for every occurrence." }),
    status: Type.Integer(),
    detail: Type.String({
      description: "One sentence about this occurrence; the title where there is no more to say.",
    }),
    code: Type.String({ description: "Stable; what clients branch on." }),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          path: Type.String({
            description: "A JSON pointer into the body, or a parameter's name.",
          }),
          message: Type.String(),
        }),
      ),
    ),
    requestId: Type.String({ description: "The same as the header X-Request-Id." }),
  },
  { title: "Problem" },
);

export function reference(kind: string, name: string): JsonSchema {
  return { $ref: `#/components/${kind}/${name}` };
}

export const problemContent: JsonSchema = {
  "application/problem+json": { schema: reference("schemas", "Problem") },
};

export const sharedResponses: Readonly<Record<string, JsonSchema>> = {
  Problem: {
    description: "Anything else that went wrong.",
    headers: {
      "X-Request-Id": reference("headers", "RequestId"),
      "Retry-After": reference("headers", "RetryAfter"),
    },
    content: problemContent,
  },
};

export const sharedParameters: Readonly<Record<string, JsonSchema>> = {
  IdempotencyKey: {
    name: "Idempotency-Key",
    in: "header",
    description:
      "Chosen by the client, new for each intent, repeated with each retry. Kept for 24 hours.",
    schema: { type: "string", minLength: 1, maxLength: 255, pattern: "^[\\x21-\\x7e]+$" },
  },
  Position: {
    name: "Maru-Position",
    in: "header",
    description: "`Maru-Position` of a write that this read must see, whichever node answers.",
    schema: { type: "string" },
  },
  IfNoneMatch: {
    name: "If-None-Match",
    in: "header",
    description: "The `ETag` of what the client has: 304 without a body where it is that still.",
    schema: { type: "string" },
  },
};

export const sharedHeaders: Readonly<Record<string, JsonSchema>> = {
  RequestId: {
    description: "This request's id; in the server's logs too.",
    schema: { type: "string" },
  },
  Position: {
    description: "Where the write stands in the log; a client may send it back with a read.",
    schema: { type: "string" },
  },
  Replayed: {
    description: "`true` when this is the answer of an earlier request with the same key.",
    schema: { type: "string", enum: ["true"] },
  },
  RetryAfter: {
    description: "Seconds after which to try again.",
    schema: { type: "integer", minimum: 0 },
  },
};

export const securitySchemes: Readonly<Record<string, JsonSchema>> = {
  bearer: {
    type: "http",
    scheme: "bearer",
    description: "The token that sign-up and sign-in give.",
  },
  cookie: {
    type: "apiKey",
    in: "cookie",
    name: sessionCookieName,
    description:
      "Set by signing in with `cookie: true`. What changes something is refused unless it comes from this site.",
  },
};
