import { Type, type Static } from "typebox";
import type { Context, Viewer } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import type { ShelfMemory } from "../../kernel/shelf.ts";

/** The door of the accounts module for other modules: who people are. */

export const localeSchema = Type.Union([
  Type.Literal("ko"),
  Type.Literal("ja"),
  Type.Literal("en"),
]);
export type Locale = Static<typeof localeSchema>;

/** Who may read the lists of a person's friends, followers and followed. */
export const privacySchema = Type.Union(
  [Type.Literal("everyone"), Type.Literal("friends"), Type.Literal("nobody")],
  { title: "Privacy" },
);
export type Privacy = Static<typeof privacySchema>;

/** An account as it stands inside stories, comments and lists: without counts. */
export const accountSummarySchema = Type.Object(
  {
    id: Type.String({ description: "Decimal id." }),
    handle: Type.String(),
    name: Type.String(),
    bio: Type.String(),
    avatarUrl: Type.Union([Type.String(), Type.Null()]),
    createdAt: Type.String({ format: "date-time" }),
  },
  { title: "AccountSummary" },
);
export type AccountSummaryJson = Static<typeof accountSummarySchema>;

/** An active account, as this node knows it. Deactivated, deleted and unknown ones are null where asked for. */
export interface AccountSummary {
  readonly id: Id;
  /** Rises with every change that shows; part of the ETag of what contains the account. */
  readonly version: number;
  readonly handle: string;
  readonly locale: Locale;
  readonly privacy: Privacy;
  /** As the API shows it. */
  readonly summary: AccountSummaryJson;
  /** The same, as ready-made JSON text. */
  readonly json: string;
}

/** One person of an import. `externalId` names the person in the source, the same on every run. */
export interface ImportedAccount {
  readonly externalId: string;
  readonly handle: string;
  readonly name: string;
  /** Milliseconds since 1970; when the account began, as its id tells. */
  readonly createdAtMs: number;
}

/** The id of a person who was made now or by an earlier run, or why there is none. */
export type ImportedAccountResult =
  { readonly id: Id; readonly isNew: boolean } | { readonly refused: string };

export interface Accounts {
  /** From memory where possible; the results stand in the order of the ids, null for who is not active. */
  summaries(context: Context, ids: readonly Id[]): Promise<readonly (AccountSummary | null)[]>;
  /** An active account if memory holds it, as it is at this moment. */
  held(id: Id): AccountSummary | null;
  /** Whoever keeps something made of what is held is told which version an account has now. */
  watch(changed: (id: Id, version: number) => void): void;
  /** By decimal id or `@handle`; null for anything that is no active account. */
  resolve(context: Context, idOrHandle: string): Promise<AccountSummary | null>;
  /** An account as its owner sees it, as JSON text; null for who is not active. */
  own(context: Context, id: Id): Promise<string | null>;
  /** The viewer of a token, or null. From memory where possible; a revoked token is dead at once. */
  authenticate(context: Context, token: string): Promise<Viewer | null>;
  /** The sessions that were used last, newest use first: who is likely to come next. */
  recentSessions(context: Context, limit: number): Promise<readonly Viewer[]>;
  /** Loads these sessions into memory, so that their next use asks the record nothing. */
  preloadSessions(context: Context, sessions: readonly Viewer[]): Promise<void>;
  /** Of sessions that any thread may find (`createSessionReader`). */
  readonly sessionMemory: ShelfMemory;
  /**
   * Makes the people of an import, at most 1,000 a call, in one transaction. Safe to repeat.
   * `passwordHash` is for every one of them; null: they cannot sign in until an operator gives a password.
   */
  importPeople(
    context: Context,
    people: readonly ImportedAccount[],
    passwordHash: string | null,
  ): Promise<readonly ImportedAccountResult[]>;
  /** Hashes a password as sign-up does, for an import's `passwordHash`. */
  hashPassword(context: Context, password: string): Promise<string>;
  /** A new session's token for an account, for operators (`maru token`). Null for who is not active. */
  mintToken(context: Context, accountId: Id): Promise<string | null>;
}
