import { useQuery } from "@tanstack/react-query";
import { api, isSignedOut, maru, type OwnAccount } from "./client.ts";
import { keys, queries } from "./queries.ts";

/**
 * Who is signed in. The cookie that proves it is out of reach for scripts; what is kept here is only
 * who it was last time, so that the page can begin before the server has answered.
 */
const storageKey = "maru.me";
const channelName = "maru.session";

export type Me = OwnAccount;

function remembered(): Me | null {
  try {
    return JSON.parse(localStorage.getItem(storageKey) ?? "null") as Me | null;
  } catch {
    return null;
  }
}

/** Null: nobody is signed in. Throws when the server cannot be asked and nobody was before. */
export async function readMe(): Promise<Me | null> {
  try {
    const { account } = await maru.data(api.GET("/v1/accounts/me"));
    remember(account);
    return account;
  } catch (error) {
    if (isSignedOut(error)) {
      forget();
      return null;
    }
    throw error;
  }
}

function remember(me: Me): void {
  localStorage.setItem(storageKey, JSON.stringify(me));
}

function forget(): void {
  localStorage.removeItem(storageKey);
}

/** Puts who was signed in last time in place, until the server has answered. */
export function beginSession(): Me | null {
  const me = remembered();
  if (me !== null) {
    queries.setQueryData(keys.me, me, { updatedAt: 0 });
  }
  return me;
}

/** Undefined: not known yet. Null: nobody. */
export function useMe(): Me | null | undefined {
  return useQuery({ queryKey: keys.me, queryFn: readMe, staleTime: Infinity }).data;
}

/** Who is signed in, where someone must be. */
export function useSignedIn(): Me {
  const me = useMe();
  if (me === null || me === undefined) {
    throw new TypeError("this part of the page is for people who are signed in");
  }
  return me;
}

export function currentMe(): Me | null {
  return queries.getQueryData<Me | null>(keys.me) ?? null;
}

export function changeMe(me: Me): void {
  remember(me);
  queries.setQueryData(keys.me, me);
}

const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel(channelName) : null;

/**
 * Someone signed in or out: every page of this browser begins anew, so that nothing of one person is
 * ever shown to another.
 */
export function sessionChanged(goTo = "/"): void {
  forget();
  channel?.postMessage("changed");
  location.replace(goTo);
}

channel?.addEventListener("message", () => {
  location.reload();
});

/** The session has ended somewhere else: the page says so and asks to sign in, on this very page. */
export function sessionEnded(): void {
  forget();
  queries.setQueryData(keys.me, null);
}
