import { Type } from "typebox";
import { present } from "../../kernel/assert.ts";
import { pageSizeDefault, pageSizeMax } from "../../kernel/page.ts";
import { notFound } from "../../kernel/problem.ts";
import { defineRoute, type Route } from "../../ports/routes.ts";
import { localeSchema } from "./contract.ts";
import { handleTaken, hashingBusy, tooManyAttempts } from "./errors.ts";
import {
  accountAnswerSchema,
  accountJson,
  accountsPageSchema,
  noCounts,
  signedInSchema,
} from "./present.ts";
import { nameSchema, passwordSchema, timeZoneSchema } from "./own-account-routes.ts";
import { handlePattern, localeAccepted } from "./rules.ts";
import type { Search } from "./search.ts";
import { openSession } from "./session-commands.ts";
import { showAccount } from "./show.ts";
import { proveById } from "./sign-in.ts";
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

const tag = "Accounts";
const searchCharactersMax = 200;

export function createAccountRoutes(deps: AccountRouteDeps): readonly Route[] {
  const signUpRoute = defineRoute({
    method: "POST",
    path: "/v1/accounts",
    operationId: "signUp",
    load: "apart",
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
    problems: [handleTaken, tooManyAttempts, hashingBusy],
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
          const account = accountJson(present(deps.directory.show(row), "a new account"), noCounts);
          return signedInAnswer(client, account, token);
        },
        {
          hashed: withoutPassword,
          kept: keptOf,
          async replay(kept) {
            const accountId = accountIdOf(kept.body);
            const { clientAddress } = call;
            const proved = await proveById(context, deps, { accountId, password, clientAddress });
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
    problems: [notFound],
    async handle({ context, params }) {
      return { status: 200, body: await showAccount(context, deps, params.id) };
    },
  });

  return [signUpRoute, searchRoute, getRoute];
}
