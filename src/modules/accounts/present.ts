import { Type, type Static } from "typebox";
import { idTime } from "../../kernel/id.ts";
import { relationshipSchema } from "../graph/contract.ts";
import type { Media } from "../media/contract.ts";
import {
  accountSummarySchema,
  localeSchema,
  privacySchema,
  type AccountSummary,
  type AccountSummaryJson,
} from "./contract.ts";
import type { AccountRow } from "./store.ts";
import type { SessionRow } from "./store-sessions.ts";

/** How accounts and sessions look in the API. */

export const countsSchema = Type.Object({
  stories: Type.Integer(),
  friends: Type.Integer(),
  followers: Type.Integer(),
  following: Type.Integer(),
});
export type AccountCounts = Static<typeof countsSchema>;

export const accountSchema = Type.Object(
  {
    ...accountSummarySchema.properties,
    counts: countsSchema,
  },
  { title: "Account" },
);
export type AccountJson = Static<typeof accountSchema>;

/** An account as its owner sees it. */
export const ownAccountSchema = Type.Object(
  {
    ...accountSchema.properties,
    locale: localeSchema,
    timeZone: Type.String({ description: "Name of an IANA time zone." }),
    privacy: privacySchema,
  },
  { title: "OwnAccount" },
);
export type OwnAccountJson = Static<typeof ownAccountSchema>;

export const accountAnswerSchema = Type.Object({
  account: accountSchema,
  relationship: Type.Optional(relationshipSchema),
});
export type AccountAnswer = Static<typeof accountAnswerSchema>;
export const ownAccountAnswerSchema = Type.Object({ account: ownAccountSchema });
export const signedInSchema = Type.Object({
  account: accountSchema,
  token: Type.Optional(
    Type.String({
      description: "For `Authorization: Bearer`; not there when it is in the cookie.",
    }),
  ),
});
export const accountsPageSchema = Type.Object({
  items: Type.Array(accountSummarySchema),
  nextCursor: Type.Union([Type.String(), Type.Null()]),
});

export const sessionSchema = Type.Object({
  id: Type.String({ description: "Decimal id." }),
  createdAt: Type.String({ format: "date-time" }),
  lastUsedAt: Type.String({ format: "date-time", description: "To the hour." }),
  userAgent: Type.String({ description: "What signed in, as it named itself." }),
  current: Type.Boolean({ description: "The session of this very request." }),
});
export type SessionJson = Static<typeof sessionSchema>;
export const sessionsPageSchema = Type.Object({
  items: Type.Array(sessionSchema),
  nextCursor: Type.Union([Type.String(), Type.Null()]),
});

/** An active account as this node holds it in memory. */
export interface KnownAccount extends AccountSummary {
  readonly timeZone: string;
}

/** Null for an account that is not active. */
export function knownAccount(
  row: AccountRow,
  avatarUrlOf: Media["avatarUrl"],
): KnownAccount | null {
  if (row.status !== "active" || row.handle === null) {
    return null;
  }
  const summary: AccountSummaryJson = {
    id: String(row.id),
    handle: row.handle,
    name: row.name,
    bio: row.bio,
    avatarUrl: row.avatar === null ? null : avatarUrlOf(row.avatar),
    createdAt: idTime(row.id),
  };
  return {
    id: row.id,
    version: row.version,
    handle: row.handle,
    locale: row.locale,
    timeZone: row.time_zone,
    privacy: row.privacy,
    summary,
    json: JSON.stringify(summary),
  };
}

export const noCounts: AccountCounts = { stories: 0, friends: 0, followers: 0, following: 0 };

export function accountJson(account: KnownAccount, counts: AccountCounts): AccountJson {
  return { ...account.summary, counts };
}

export function ownAccountJson(account: KnownAccount, counts: AccountCounts): OwnAccountJson {
  const { locale, timeZone, privacy } = account;
  return { ...account.summary, counts, locale, timeZone, privacy };
}

export function sessionJson(row: SessionRow, isCurrent: boolean): SessionJson {
  return {
    id: String(row.id),
    createdAt: idTime(row.id),
    lastUsedAt: new Date(Number(row.last_used_ms)).toISOString(),
    userAgent: row.user_agent,
    current: isCurrent,
  };
}
