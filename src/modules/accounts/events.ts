import { Type, type Static } from "typebox";
import type { EventSchemas } from "../../ports/log.ts";

/** Aggregate `account`; version is the account's. Events carry ids, never personal text. */
export const accountChangedSchema = Type.Object({
  accountId: Type.String(),
  version: Type.Integer(),
  /** Where the person chose another, or none (null). */
  avatarId: Type.Optional(Type.Union([Type.String(), Type.Null()])),
});
export type AccountChanged = Static<typeof accountChangedSchema>;

/** Sessions that are dead now, by id. Aggregate `account`, version 0. */
export const sessionsEndedSchema = Type.Object({
  accountId: Type.String(),
  sessionIds: Type.Array(Type.String()),
});
export type SessionsEnded = Static<typeof sessionsEndedSchema>;

export const accountsEvents: EventSchemas = {
  "accounts.created.v1": accountChangedSchema,
  "accounts.updated.v1": accountChangedSchema,
  "accounts.deleted.v1": accountChangedSchema,
  "accounts.sessions_ended.v1": sessionsEndedSchema,
};
