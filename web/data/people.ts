import { api, maru, type Account, type Relationship } from "./client.ts";
import { keys, queries } from "./queries.ts";
import { stories } from "./world.ts";

/** How two people stand to each other: read with the account, changed at once, taken back on refusal. */

export interface KnownAccount {
  readonly account: Account;
  readonly relationship?: Relationship;
}

/** By id or `@handle`. Both names lead to the same answer, so both are kept. */
export async function readAccount(id: string): Promise<KnownAccount> {
  const known = await maru.data(api.GET("/v1/accounts/{id}", { params: { path: { id } } }));
  const { account } = known;
  for (const name of [account.id, `@${account.handle}`]) {
    if (name !== id) {
      queries.setQueryData(keys.account(name), known);
    }
  }
  return known;
}

export type RelationAction =
  "befriend" | "unfriend" | "follow" | "unfollow" | "mute" | "unmute" | "block" | "unblock";

const calls: Readonly<Record<RelationAction, (id: string) => Promise<unknown>>> = {
  befriend: (id) => api.PUT("/v1/friends/{id}", { params: { path: { id } } }),
  unfriend: (id) => api.DELETE("/v1/friends/{id}", { params: { path: { id } } }),
  follow: (id) => api.PUT("/v1/follows/{id}", { params: { path: { id } } }),
  unfollow: (id) => api.DELETE("/v1/follows/{id}", { params: { path: { id } } }),
  mute: (id) => api.PUT("/v1/mutes/{id}", { params: { path: { id } } }),
  unmute: (id) => api.DELETE("/v1/mutes/{id}", { params: { path: { id } } }),
  block: (id) => api.PUT("/v1/blocks/{id}", { params: { path: { id } } }),
  unblock: (id) => api.DELETE("/v1/blocks/{id}", { params: { path: { id } } }),
};

/** What the reader expects, before the server has answered. */
export function expected(relationship: Relationship, action: RelationAction): Relationship {
  switch (action) {
    case "befriend":
      return {
        ...relationship,
        friend: relationship.friend === "received" ? "friends" : "requested",
      };
    case "unfriend":
      return { ...relationship, friend: "none" };
    case "follow":
    case "unfollow":
      return { ...relationship, following: action === "follow" };
    case "mute":
    case "unmute":
      return { ...relationship, muted: action === "mute" };
    case "block":
      return {
        friend: "none",
        following: false,
        followedBy: false,
        muted: relationship.muted,
        blocked: true,
      };
    case "unblock":
      return { ...relationship, blocked: false };
  }
}

/** Shows a relationship wherever this person's account is held. */
export function showRelationship(accountId: string, relationship: Relationship): void {
  for (const [key, known] of queries.getQueriesData<KnownAccount>({
    queryKey: ["people", "account"],
  })) {
    if (known?.account.id === accountId) {
      queries.setQueryData(key, { ...known, relationship });
    }
  }
}

/** Changes how the reader stands to someone. Throws what the server said when it refuses. */
export async function relate(
  { account, relationship }: Required<KnownAccount>,
  action: RelationAction,
): Promise<void> {
  showRelationship(account.id, expected(relationship, action));
  try {
    await calls[action](account.id);
  } catch (error) {
    showRelationship(account.id, relationship);
    throw error;
  }
  if (action === "block") {
    stories.removeBy(account.id);
  }
  await queries.invalidateQueries({ queryKey: ["people"] });
}
