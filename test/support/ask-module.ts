import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { internalContext, type Context } from "../../src/kernel/context.ts";
import type { Id } from "../../src/kernel/id.ts";
import { Problem } from "../../src/kernel/problem.ts";
import type { Module } from "../../src/ports/module.ts";
import type { Answer } from "../../src/ports/routes.ts";
import type { TestRecord } from "./record.ts";

export interface Question {
  readonly as: Id | null;
  readonly id?: Id | string;
  readonly query?: object;
  readonly body?: object;
  /** Of a route with other parameters than an id. */
  readonly params?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly incoming?: Readable;
}

export interface Asked {
  readonly status: number;
  readonly code: string | null;
  /** Of JSON; a problem's is its detail. */
  readonly body: unknown;
}

export function contextOf(viewerId: Id | null): Context {
  const viewer = viewerId === null ? null : { accountId: viewerId, sessionId: 1n };
  return { ...internalContext("test"), viewer };
}

/**
 * Runs an operation as the HTTP host runs it, without a key, and gives what the client would see of it; anything but
 * a problem is a failure.
 */
export async function askModule(
  { record }: Pick<TestRecord, "record">,
  { routes }: Pick<Module<unknown>, "routes">,
  question: Question & { readonly operationId: string },
): Promise<Asked> {
  const { operationId, as, id, query = {}, body, params = { id: String(id) } } = question;
  const { headers = {}, incoming = Readable.from([]) } = question;
  const route = routes.find((candidate) => candidate.operationId === operationId);
  if (route === undefined) {
    throw new Error(`no operation ${operationId}`);
  }
  const context = contextOf(as);
  try {
    const answer = await route.handle({
      context,
      params,
      query,
      body,
      headers,
      incoming,
      target: route.path,
      clientAddress: "127.0.0.1",
      secure: false,
      command: async (work) => (await record.write(context, work)).value,
      commandInGroup: async (work, item) => (await record.writeInGroup(context, work, item)).value,
    });
    return { status: answer.status, code: null, body: await bodyOf(answer) };
  } catch (error) {
    if (error instanceof Problem) {
      return { status: error.kind.status, code: error.kind.code, body: error.detail ?? null };
    }
    throw error;
  }
}

async function bodyOf({ body, json, file }: Answer): Promise<unknown> {
  if (file !== undefined) {
    const stream = await file.open({ start: 0, end: file.bytes - 1 });
    return stream === null ? null : text(stream);
  }
  return json === undefined ? (body ?? null) : (JSON.parse(json) as unknown);
}
