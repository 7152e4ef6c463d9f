import { Type } from "typebox";
import { present } from "../../kernel/assert.ts";
import type { Viewer, Context } from "../../kernel/context.ts";
import { pageSizeDefault, pageSizeMax } from "../../kernel/page.ts";
import { invalid } from "../../kernel/problem.ts";
import { defineRoute, type Route } from "../../ports/routes.ts";
import { clearedSessionCookie } from "../../ports/session-cookie.ts";
import { localeSchema, privacySchema } from "./contract.ts";
import { badPassword, handleTaken, hashingBusy } from "./errors.ts";
import { eraseOwnAccount } from "./erase.ts";
import {
  accountAnswerSchema,
  accountJson,
  accountsPageSchema,
  knownAccount,
  noCounts,
  ownAccountAnswerSchema,
  ownAccountJson,
  signedInSchema,
} from "./present.ts";
import { changeProfile, checkChanges } from "./profile.ts";
import {
  handlePattern,
  localeAccepted,
  passwordCharactersMax,
  passwordCharactersMin,
  passwordFault,
} from "./rules.ts";
import type { Search } from "./search.ts";
import { openSession } from "./session-commands.ts";
import { countsOf, showAccount, showOwnAccount } from "./show.ts";
import { changePassword, proveById } from "./sign-in.ts";
import {
  accountIdOf,
  clientOf,
  keptOf,
  signedInAnswer,
  signInAgain,
  withoutPassword,
  type SignInDeps,
} from "./signed-in.ts";
import { checkSignUp, newAccountRow, signUp } from "./sign-up.ts";

export interface AccountRouteDeps extends SignInDeps {
  readonly search: Search;
}

/** Generous: what is too long is told by its own rule, in characters as people count them. */
const textCharactersMax = 10_000;
const timeZoneCharactersMax = 64;
const searchCharactersMax = 200;

const tag = "Accounts";
const passwordSchema = Type.String({
  minLength: passwordCharactersMin,
  maxLength: passwordCharactersMax,
});
/** A password to be proved: whatever it is, it is right or wrong. */
const proofSchema = Type.String({ maxLength: passwordCharactersMax });
const timeZoneSchema = Type.String({
  maxLength: timeZoneCharactersMax,
  description: "Name of an IANA time zone, such as `Asia/Seoul`.",
});
const nameSchema = Type.String({
  minLength: 1,
  maxLength: textCharactersMax,
  description: "1 to 50 characters, at most 200 bytes.",
});

export function viewerOf(context: Context): Viewer {
  return present(context.viewer, "the viewer of a route that needs one");
}

export function createAccountRoutes(deps: AccountRouteDeps): readonly Route[] {
  const signUpRoute = defineRoute({
    method: "POST",
    path: "/v1/accounts",
    operationId: "signUp",
    tag,
    summary: "Sign up",
    description:
      "Makes an account and signs in. With `cookie` the token is set as a cookie and not in the body.",
    viewer: "none",
    body: Type.Object(
      {
        handle: Type.String({
          pattern: handlePattern,
          description: "2 to 30 of `a-z 0-9 _`; upper case is folded.",
        }),
        name: nameSchema,
        password: passwordSchema,
        locale: Type.Optional(localeSchema),
        timeZone: Type.Optional(timeZoneSchema),
        cookie: Type.Optional(Type.Boolean()),
      },
      { additionalProperties: false },
    ),
    answers: { 201: signedInSchema },
    problems: [handleTaken, hashingBusy],
    async handle(call) {
      const { context, body } = call;
      const { password } = body;
      const client = clientOf(call);
      const locale = body.locale ?? localeAccepted(call.headers["accept-language"]);
      const person = checkSignUp({ ...body, locale });
      const passwordHash = await deps.passwords.hash(context, password);
      return call.command(
        async (tx) => {
          const row = newAccountRow(deps.ids.mint(), person, passwordHash);
          await signUp(tx, row);
          const session = { accountId: row.id, userAgent: client.userAgent };
          const token = await openSession(tx, deps, session);
          const account = accountJson(present(knownAccount(row), "a new account"), noCounts);
          return signedInAnswer(client, account, token);
        },
        {
          hashed: withoutPassword,
          kept: keptOf,
          async replay(kept) {
            const accountId = accountIdOf(kept.body);
            const proved = await proveById(context, deps, { accountId, password });
            return proved === null
              ? "mismatch"
              : signInAgain(client, deps, { proved, password, renewed: null });
          },
        },
      );
    },
  });

  const searchRoute = defineRoute({
    method: "GET",
    path: "/v1/accounts",
    operationId: "searchAccounts",
    tag,
    summary: "Find people",
    description: "People whose handle or name begins so, best first.",
    viewer: "optional",
    query: Type.Object({
      handle: Type.String({
        minLength: 1,
        maxLength: searchCharactersMax,
        description: "The beginning of a handle, with or without `@`, or of a name.",
      }),
      limit: Type.Optional(
        Type.Integer({ minimum: 1, maximum: pageSizeMax, default: pageSizeDefault }),
      ),
      cursor: Type.Optional(Type.String()),
    }),
    answers: { 200: accountsPageSchema },
    async handle({ context, query }) {
      const { handle: prefix, limit = pageSizeDefault, cursor } = query;
      const { items, nextCursor } = await deps.search(context, { prefix, limit, cursor });
      const itemsJson = items.map(({ json }) => json).join(",");
      return {
        status: 200,
        json: `{"items":[${itemsJson}],"nextCursor":${JSON.stringify(nextCursor)}}`,
      };
    },
  });

  const getOwnRoute = defineRoute({
    method: "GET",
    path: "/v1/accounts/me",
    operationId: "getOwnAccount",
    tag,
    summary: "Who I am",
    viewer: "required",
    answers: { 200: ownAccountAnswerSchema },
    async handle({ context }) {
      const account = await showOwnAccount(context, deps, viewerOf(context).accountId);
      return { status: 200, body: { account } };
    },
  });

  const updateOwnRoute = defineRoute({
    method: "PATCH",
    path: "/v1/accounts/me",
    operationId: "updateOwnAccount",
    tag,
    summary: "Change my account",
    viewer: "required",
    body: Type.Object(
      {
        name: Type.Optional(nameSchema),
        bio: Type.Optional(
          Type.String({
            maxLength: textCharactersMax,
            description: "At most 500 characters and 2,048 bytes.",
          }),
        ),
        avatarId: Type.Optional(Type.Union([Type.String(), Type.Null()])),
        locale: Type.Optional(localeSchema),
        timeZone: Type.Optional(timeZoneSchema),
        privacy: Type.Optional(Type.Partial(privacySchema, { additionalProperties: false })),
      },
      { additionalProperties: false },
    ),
    answers: { 200: ownAccountAnswerSchema },
    async handle(call) {
      const { context } = call;
      const { accountId } = viewerOf(context);
      const changes = checkChanges(call.body);
      const counts = await countsOf(context, deps, accountId);
      return call.command(async (tx) => {
        const row = await changeProfile(tx, accountId, changes);
        const account = present(knownAccount(row), "an active account");
        return { status: 200, body: { account: ownAccountJson(account, counts) } };
      });
    },
  });

  const changePasswordRoute = defineRoute({
    method: "PUT",
    path: "/v1/accounts/me/password",
    operationId: "changePassword",
    tag,
    summary: "Change my password",
    description: "Signs out every other session.",
    viewer: "required",
    body: Type.Object(
      { current: proofSchema, next: passwordSchema },
      { additionalProperties: false },
    ),
    answers: { 204: null },
    problems: [badPassword, hashingBusy],
    async handle(call) {
      const { context, body } = call;
      const { accountId, sessionId } = viewerOf(context);
      const fault = passwordFault(body.next);
      if (fault !== null) {
        throw invalid("/next", fault);
      }
      const proved = await proveById(context, deps, { accountId, password: body.current });
      if (proved === null) {
        throw badPassword();
      }
      const nextHash = await deps.passwords.hash(context, body.next);
      return call.command(async (tx) => {
        await changePassword(tx, proved, { nextHash, keepSessionId: sessionId });
        return { status: 204 };
      });
    },
  });

  const deleteOwnRoute = defineRoute({
    method: "DELETE",
    path: "/v1/accounts/me",
    operationId: "deleteOwnAccount",
    tag,
    summary: "Delete my account",
    description: "For good, with everything that the person has published.",
    viewer: "required",
    body: Type.Object({ password: proofSchema }, { additionalProperties: false }),
    answers: { 204: null },
    problems: [badPassword, hashingBusy],
    async handle(call) {
      const { context, secure } = call;
      const { accountId } = viewerOf(context);
      const { password } = call.body;
      const proved = await proveById(context, deps, { accountId, password });
      if (proved === null) {
        throw badPassword();
      }
      return call.command(async (tx) => {
        await eraseOwnAccount(tx, proved);
        return { status: 204, headers: { "set-cookie": clearedSessionCookie({ secure }) } };
      });
    },
  });

  const getRoute = defineRoute({
    method: "GET",
    path: "/v1/accounts/{id}",
    operationId: "getAccount",
    tag,
    summary: "Who someone is",
    description: "By id or by `@handle`. With a viewer, also how the viewer stands to them.",
    viewer: "optional",
    params: Type.Object({ id: Type.String({ description: "Decimal id or `@handle`." }) }),
    answers: { 200: accountAnswerSchema },
    async handle({ context, params }) {
      return { status: 200, body: await showAccount(context, deps, params.id) };
    },
  });

  return [
    signUpRoute,
    searchRoute,
    getOwnRoute,
    updateOwnRoute,
    changePasswordRoute,
    deleteOwnRoute,
    getRoute,
  ];
}
