import { Type } from "typebox";
import { present } from "../../kernel/assert.ts";
import type { Context, Viewer } from "../../kernel/context.ts";
import { invalid } from "../../kernel/problem.ts";
import { defineRoute, type Route } from "../../ports/routes.ts";
import { clearedSessionCookie } from "../../ports/session-cookie.ts";
import type { Media } from "../media/contract.ts";
import { localeSchema, privacySchema } from "./contract.ts";
import { badPassword, hashingBusy, tooManyAttempts } from "./errors.ts";
import { eraseOwnAccount } from "./erase.ts";
import { ownAccountAnswerSchema, ownAccountJson } from "./present.ts";
import { changeProfile, checkChanges } from "./profile.ts";
import { passwordCharactersMax, passwordCharactersMin, passwordFault } from "./rules.ts";
import { countsOf, showOwnAccount } from "./show.ts";
import { changePassword, proveById } from "./sign-in.ts";
import type { SignInDeps } from "./signed-in.ts";

/** Generous: what is too long is told by its own rule, in characters as people count them. */
const textCharactersMax = 10_000;
const timeZoneCharactersMax = 64;

const tag = "Accounts";
export const passwordSchema = Type.String({
  minLength: passwordCharactersMin,
  maxLength: passwordCharactersMax,
});
/** A password to be proved: whatever it is, it is right or wrong. */
const proofSchema = Type.String({ maxLength: passwordCharactersMax });
export const timeZoneSchema = Type.String({
  maxLength: timeZoneCharactersMax,
  description: "Name of an IANA time zone, such as `Asia/Seoul`.",
});
export const nameSchema = Type.String({
  minLength: 1,
  maxLength: textCharactersMax,
  description: "1 to 50 characters, at most 200 bytes.",
});

export function viewerOf(context: Context): Viewer {
  return present(context.viewer, "the viewer of a route that needs one");
}

export function createOwnAccountRoutes(
  deps: SignInDeps & { readonly media: Pick<Media, "usable"> },
): readonly Route[] {
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
        avatarId: Type.Optional(
          Type.Union([Type.String(), Type.Null()], {
            description: "An uploaded picture of mine; null for none.",
          }),
        ),
        locale: Type.Optional(localeSchema),
        timeZone: Type.Optional(timeZoneSchema),
        privacy: Type.Optional(privacySchema),
      },
      { additionalProperties: false },
    ),
    answers: { 200: ownAccountAnswerSchema },
    async handle(call) {
      const { context } = call;
      const { accountId } = viewerOf(context);
      const changes = await checkChanges(context, { media: deps.media, accountId }, call.body);
      const counts = await countsOf(context, deps, accountId);
      return call.command(async (tx) => {
        if (changes.privacy !== undefined) {
          tx.hide();
        }
        const row = await changeProfile(tx, accountId, changes);
        const account = present(deps.directory.show(row), "an active account");
        return { status: 200, body: { account: ownAccountJson(account, counts) } };
      });
    },
  });

  const changePasswordRoute = defineRoute({
    method: "PUT",
    path: "/v1/accounts/me/password",
    operationId: "changePassword",
    load: "apart",
    tag,
    summary: "Change my password",
    description: "Signs out every other session.",
    viewer: "required",
    body: Type.Object(
      { current: proofSchema, next: passwordSchema },
      { additionalProperties: false },
    ),
    answers: { 204: null },
    problems: [badPassword, tooManyAttempts, hashingBusy],
    async handle(call) {
      const { context, body } = call;
      const { accountId, sessionId } = viewerOf(context);
      const fault = passwordFault(body.next);
      if (fault !== null) {
        throw invalid("/next", fault);
      }
      const proved = await proveById(context, deps, {
        accountId,
        password: body.current,
        clientAddress: call.clientAddress,
      });
      if (proved === null) {
        throw badPassword();
      }
      const nextHash = await deps.passwords.hash(context, body.next);
      return call.command(async (tx) => {
        tx.hide({ earlierToo: true });
        await changePassword(tx, proved, { nextHash, keepSessionId: sessionId });
        return { status: 204 };
      });
    },
  });

  const deleteOwnRoute = defineRoute({
    method: "DELETE",
    path: "/v1/accounts/me",
    operationId: "deleteOwnAccount",
    load: "apart",
    tag,
    summary: "Delete my account",
    description: "For good, with everything that the person has published.",
    viewer: "required",
    body: Type.Object({ password: proofSchema }, { additionalProperties: false }),
    answers: { 204: null },
    problems: [badPassword, tooManyAttempts, hashingBusy],
    async handle(call) {
      const { context, secure } = call;
      const { accountId } = viewerOf(context);
      const { password } = call.body;
      const { clientAddress } = call;
      const proved = await proveById(context, deps, { accountId, password, clientAddress });
      if (proved === null) {
        throw badPassword();
      }
      return call.command(async (tx) => {
        tx.hide({ earlierToo: true });
        await eraseOwnAccount(tx, proved);
        return { status: 204, headers: { "set-cookie": clearedSessionCookie({ secure }) } };
      });
    },
  });

  return [getOwnRoute, updateOwnRoute, changePasswordRoute, deleteOwnRoute];
}
