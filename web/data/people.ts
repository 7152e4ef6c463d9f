import { api, maru, type Account, type Person, type Relationship } from "./client.ts";
import { keys, queries } from "./queries.ts";
import { stories } from "./world.ts";

/** How two people stand to each other: changed at once, taken back on refusal. */

export interface KnownAccount {
  readonly account: Account;
  readonly relationship?: Relationship;
}

/** Of two people who have nothing to do with each other. */
export const strangers: Relationship = {
  friend: "none",
  following: false,
  followedBy: false,
  muted: false,
  blocked: false,
};

/** By id or `@handle`. Both names lead to the same answer, so both are kept. */
export async function readAccount(id: string): Promise<KnownAccount> {
  const read = await maru.data(api.GET("/v1/accounts/{id}", paramsOf(id)));
  const { account, relationship } = read;
  const actions = changing.get(account.id)?.actions ?? [];
  // What is under way is seen, though the server may not have it yet.
  const known =
    relationship === undefined
      ? read
      : { account, relationship: actions.reduce(expected, relationship) };
  for (const name of [account.id, `@${account.handle}`]) {
    if (name !== id) {
      queries.setQueryData(keys.account(name), known);
    }
  }
  if (known.relationship !== undefined) {
    queries.setQueryData(keys.relationship(account.id), known.relationship);
  }
  return known;
}

export type RelationAction =
  "befriend" | "unfriend" | "follow" | "unfollow" | "mute" | "unmute" | "block" | "unblock";

/** What the server says that the action made of it, beyond that it was done. */
type Outcome = Partial<Relationship>;

const paramsOf = (id: string) => ({ params: { path: { id } } });
const done: Outcome = {};

const calls: Readonly<Record<RelationAction, (id: string) => Promise<Outcome>>> = {
  befriend: async (id) => {
    const { state } = await maru.data(api.PUT("/v1/friends/{id}", paramsOf(id)));
    return { friend: state };
  },
  unfriend: async (id) => api.DELETE("/v1/friends/{id}", paramsOf(id)).then(() => done),
  follow: async (id) => api.PUT("/v1/follows/{id}", paramsOf(id)).then(() => done),
  unfollow: async (id) => api.DELETE("/v1/follows/{id}", paramsOf(id)).then(() => done),
  mute: async (id) => api.PUT("/v1/mutes/{id}", paramsOf(id)).then(() => done),
  unmute: async (id) => api.DELETE("/v1/mutes/{id}", paramsOf(id)).then(() => done),
  block: async (id) => api.PUT("/v1/blocks/{id}", paramsOf(id)).then(() => done),
  unblock: async (id) => api.DELETE("/v1/blocks/{id}", paramsOf(id)).then(() => done),
};

/** What the reader expects, before the server has answered. */
export function expected(relationship: Relationship, action: RelationAction): Relationship {
  switch (action) {
    case "befriend":
      return {
        ...relationship,
        friend: relationship.friend === "none" ? "requested" : afterAsking[relationship.friend],
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
      return { ...strangers, muted: relationship.muted, blocked: true };
    case "unblock":
      return { ...relationship, blocked: false };
  }
}

/** Who asks a person that has asked already accepts. */
const afterAsking = { requested: "requested", received: "friends", friends: "friends" } as const;

/** Shows a relationship wherever this person is held. */
function showRelationship(accountId: string, relationship: Relationship): void {
  queries.setQueryData(keys.relationship(accountId), relationship);
  for (const [key, known] of queries.getQueriesData<KnownAccount>({
    queryKey: ["people", "account"],
  })) {
    if (known?.account.id === accountId) {
      queries.setQueryData(key, { ...known, relationship });
    }
  }
  if (relationship.friend !== "received") {
    queries.setQueryData<readonly Person[]>(keys.requests("received"), (people) =>
      people?.filter(({ id }) => id !== accountId),
    );
  }
}

/** What is under way with one person: sent in the order in which it was pressed. */
interface Changing {
  /** As the server has it, for all that was answered or told. */
  kept: Relationship;
  readonly actions: RelationAction[];
  last: Promise<unknown>;
}

const changing = new Map<string, Changing>();

function showChanging(accountId: string, { kept, actions }: Changing): void {
  showRelationship(accountId, actions.reduce(expected, kept));
}

/** Changes how the reader stands to someone. Throws what the server said when it refuses. */
export async function relate(
  known: { readonly account: Pick<Person, "id">; readonly relationship: Relationship },
  action: RelationAction,
): Promise<void> {
  const { id } = known.account;
  const change = changing.get(id) ?? {
    kept: known.relationship,
    actions: [],
    last: Promise.resolve(),
  };
  changing.set(id, change);
  change.actions.push(action);
  showChanging(id, change);
  const answer = change.last.then(() => calls[action](id));
  change.last = answer.catch(() => undefined);
  try {
    const outcome = await answer;
    change.kept = { ...expected(change.kept, action), ...outcome };
    if (action === "block") {
      stories.removeBy(id);
    }
  } finally {
    change.actions.shift();
    if (change.actions.length === 0) {
      changing.delete(id);
    }
    showChanging(id, change);
    void queries.invalidateQueries({ queryKey: ["people"] });
  }
}

/** The server told how the reader stands to someone, after a change by either of the two. */
export function relationshipTold(accountId: string, told: Relationship): void {
  const change = changing.get(accountId);
  const known = queries.getQueryData<Relationship>(keys.relationship(accountId));
  if (change === undefined) {
    showRelationship(accountId, told);
  } else {
    change.kept = told;
    showChanging(accountId, change);
  }
  if (told.blocked) {
    stories.removeBy(accountId);
  }
  if (change === undefined && (known === undefined || !isSame(known, told))) {
    // News, not an echo of what was done here: lists and counts have changed.
    void queries.invalidateQueries({ queryKey: ["people"] });
  }
}

function isSame(one: Relationship, other: Relationship): boolean {
  return (
    one.friend === other.friend &&
    one.following === other.following &&
    one.followedBy === other.followedBy &&
    one.muted === other.muted &&
    one.blocked === other.blocked
  );
}
