import { Type } from "typebox";
import { parseId } from "../kernel/id.ts";
import { pageSizeMax } from "../kernel/page.ts";
import { invalid } from "../kernel/problem.ts";
import type { DeadLetter, DeadLetters } from "../ports/log.ts";
import { defineRoute, type Route } from "../ports/routes.ts";

/** Events that a consumer gave up on: what operators see of them, and how they are tried anew. */

const tag = "Dead letters";
const redriveIdsMax = 1_000;

const deadLetterSchema = Type.Object({
  consumer: Type.String(),
  eventId: Type.String(),
  type: Type.String(),
  position: Type.Union([Type.Integer(), Type.Null()]),
  aggregate: Type.Object({ type: Type.String(), id: Type.String() }),
  attempts: Type.Integer(),
  error: Type.String(),
  at: Type.String({ format: "date-time" }),
});

function shown({ consumer, event, attempts, error, atMs }: DeadLetter): unknown {
  return {
    consumer,
    eventId: String(event.id),
    type: event.type,
    position: event.position,
    aggregate: { type: event.aggregate.type, id: String(event.aggregate.id) },
    attempts,
    error,
    at: new Date(atMs).toISOString(),
  };
}

export function createDeadLetterRoutes(deadLetters: DeadLetters): Route[] {
  return [
    defineRoute({
      method: "GET",
      path: "/admin/v1/dead-letters",
      operationId: "listDeadLetters",
      tag,
      summary: "Events that a consumer gave up on, oldest first",
      viewer: "none",
      query: Type.Object({
        consumer: Type.Optional(Type.String()),
        limit: Type.Optional(
          Type.Integer({ minimum: 1, maximum: pageSizeMax, default: pageSizeMax }),
        ),
      }),
      answers: { 200: Type.Object({ items: Type.Array(deadLetterSchema) }) },
      async handle({ context, query: { consumer, limit = pageSizeMax } }) {
        const found = await deadLetters.list(context, {
          limit,
          ...(consumer === undefined ? {} : { consumer }),
        });
        return { status: 200, body: { items: found.map(shown) } };
      },
    }),
    defineRoute({
      method: "POST",
      path: "/admin/v1/dead-letters/redrive",
      operationId: "redriveDeadLetters",
      tag,
      summary: "Hand dead letters to their consumers anew: all, a consumer's, or those named",
      viewer: "none",
      body: Type.Object(
        {
          consumer: Type.Optional(Type.String()),
          ids: Type.Optional(Type.Array(Type.String(), { maxItems: redriveIdsMax })),
        },
        { additionalProperties: false },
      ),
      answers: { 200: Type.Object({ redriven: Type.Integer() }) },
      async handle({ context, body: { consumer, ids } }) {
        const redriven = await deadLetters.redrive(context, {
          ...(consumer === undefined ? {} : { consumer }),
          ...(ids === undefined ? {} : { ids: ids.map(eventId) }),
        });
        return { status: 200, body: { redriven } };
      },
    }),
  ];
}

function eventId(text: string, index: number): bigint {
  const id = parseId(text);
  if (id === undefined) {
    throw invalid(`/ids/${index}`, "must be an event's id");
  }
  return id;
}
