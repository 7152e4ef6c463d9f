import { Type } from "typebox";
import { idMax, parseId } from "../../kernel/id.ts";
import { pageOf, pageSizeDefault, pageSizeMax, type Cursors } from "../../kernel/page.ts";
import { notFound } from "../../kernel/problem.ts";
import { defineRoute, type Answer, type Call, type Route } from "../../ports/routes.ts";
import { clearedSessionCookie } from "../../ports/session-cookie.ts";
import { badCredentials, hashingBusy, tooManyAttempts } from "./errors.ts";
import { sessionJson, sessionsPageSchema, signedInSchema } from "./present.ts";
import { viewerOf } from "./own-account-routes.ts";
import { passwordCharactersMax } from "./rules.ts";
import { endSession, endSessions, openSession } from "./session-commands.ts";
import { sessionIdleMsMax } from "./sessions.ts";
import { keepProved, proveByHandle, renewedHash } from "./sign-in.ts";
import {
  accountIdOf,
  clientOf,
  keptOf,
  shownAccount,
  signedInAnswer,
  signInAgain,
  withoutPassword,
  type SignInDeps,
} from "./signed-in.ts";
import { sessionsOf } from "./store-sessions.ts";

export interface SessionRouteDeps extends SignInDeps {
  readonly cursors: Cursors;
}

const tag = "Sessions";
/** A handle has 30; whatever is longer belongs to nobody. */
const handleCharactersMax = 200;

/**
 * With a key that was answered before, a wrong password is another body; only the command knows.
 * Without one there is nothing to look up, and guesses cost no transaction.
 */
async function refuse(
  call: Pick<Call<unknown, unknown, unknown>, "headers" | "command">,
): Promise<Answer> {
  if (call.headers["idempotency-key"] === undefined) {
    throw badCredentials();
  }
  return call.command(() => Promise.reject(badCredentials()), {
    hashed: withoutPassword,
    replay: () => Promise.resolve("mismatch"),
  });
}

export function createSessionRoutes(deps: SessionRouteDeps): readonly Route[] {
  const signInRoute = defineRoute({
    method: "POST",
    path: "/v1/sessions",
    operationId: "signIn",
    load: "apart",
    tag,
    summary: "Sign in",
    description: "With `cookie` the token is set as a cookie and not in the body.",
    viewer: "none",
    body: Type.Object(
      {
        handle: Type.String({ maxLength: handleCharactersMax }),
        password: Type.String({ maxLength: passwordCharactersMax }),
        cookie: Type.Optional(Type.Boolean()),
      },
      { additionalProperties: false },
    ),
    answers: { 201: signedInSchema },
    problems: [badCredentials, tooManyAttempts, hashingBusy],
    async handle(call) {
      const { context, body } = call;
      const { password } = body;
      const client = clientOf(call);
      const proved = await proveByHandle(context, deps, {
        ...body,
        clientAddress: call.clientAddress,
      });
      const account = proved === null ? null : await shownAccount(context, deps, proved.id);
      if (proved === null || account === null) {
        return refuse(call);
      }
      const renewed = await renewedHash(context, deps.passwords, proved, password);
      const proof = { proved, password, renewed };
      return call.command(
        async (tx) => {
          await keepProved(tx, { context, passwords: deps.passwords }, proof);
          const session = { accountId: proved.id, userAgent: client.userAgent };
          return signedInAnswer(client, account, await openSession(tx, deps, session));
        },
        {
          hashed: withoutPassword,
          kept: keptOf,
          replay: async (kept) =>
            accountIdOf(kept.body) === proved.id ? signInAgain(client, deps, proof) : "mismatch",
        },
      );
    },
  });

  const listRoute = defineRoute({
    method: "GET",
    path: "/v1/sessions",
    operationId: "listSessions",
    tag,
    summary: "Where I am signed in",
    description: "Newest first.",
    viewer: "required",
    query: Type.Object({
      limit: Type.Optional(
        Type.Integer({ minimum: 1, maximum: pageSizeMax, default: pageSizeDefault }),
      ),
      cursor: Type.Optional(Type.String()),
    }),
    answers: { 200: sessionsPageSchema },
    async handle({ context, query }) {
      const { accountId, sessionId } = viewerOf(context);
      const { limit = pageSizeDefault, cursor } = query;
      const list = `accounts.sessions:${accountId}`;
      const [after] = deps.cursors.decode(list, cursor) ?? [];
      const below = after === undefined ? idMax : BigInt(after);
      const usedSinceMs = deps.clock.nowMs() - sessionIdleMsMax;
      const rows = await deps.record.read(context, (sql) =>
        sessionsOf(sql, accountId, { below, usedSinceMs, limit: limit + 1 }),
      );
      const page = pageOf(rows, limit, (last) => deps.cursors.encode(list, [last.id]));
      const items = page.items.map((row) => sessionJson(row, row.id === sessionId));
      return { status: 200, body: { items, nextCursor: page.nextCursor } };
    },
  });

  const signOutRoute = defineRoute({
    method: "DELETE",
    path: "/v1/sessions/current",
    operationId: "signOut",
    tag,
    summary: "Sign out here",
    viewer: "required",
    answers: { 204: null },
    async handle(call) {
      const { context, secure } = call;
      const viewer = viewerOf(context);
      return call.command(async (tx) => {
        tx.hide();
        await endSession(tx, viewer);
        return { status: 204, headers: { "set-cookie": clearedSessionCookie({ secure }) } };
      });
    },
  });

  const signOutEverywhereRoute = defineRoute({
    method: "DELETE",
    path: "/v1/sessions",
    operationId: "signOutEverywhere",
    tag,
    summary: "Sign out everywhere",
    description: "Every token is dead, and every live stream closed, when it answers.",
    viewer: "required",
    answers: { 204: null },
    async handle(call) {
      const { context, secure } = call;
      const { accountId } = viewerOf(context);
      return call.command(async (tx) => {
        tx.hide({ earlierToo: true });
        await endSessions(tx, accountId);
        return { status: 204, headers: { "set-cookie": clearedSessionCookie({ secure }) } };
      });
    },
  });

  const endSessionRoute = defineRoute({
    method: "DELETE",
    path: "/v1/sessions/{id}",
    operationId: "endSession",
    tag,
    summary: "Sign out one of my sessions",
    viewer: "required",
    params: Type.Object({ id: Type.String({ description: "Decimal id." }) }),
    answers: { 204: null },
    async handle(call) {
      const { context, secure } = call;
      const viewer = viewerOf(context);
      const sessionId = parseId(call.params.id);
      if (sessionId === undefined) {
        throw notFound();
      }
      const isCurrent = sessionId === viewer.sessionId;
      return call.command(async (tx) => {
        tx.hide();
        await endSession(tx, { accountId: viewer.accountId, sessionId });
        return isCurrent
          ? { status: 204, headers: { "set-cookie": clearedSessionCookie({ secure }) } }
          : { status: 204 };
      });
    },
  });

  return [signInRoute, listRoute, signOutRoute, signOutEverywhereRoute, endSessionRoute];
}
