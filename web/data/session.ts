import { useSyncExternalStore } from "react";
import { api, isSignedOut, maru, type OwnAccount } from "./client.ts";
import { lasting, ofThisTab } from "./memory.ts";
import { createOwnChanges, type Changes, type Part, type Progress } from "./own-changes.ts";
import { createSessionMemory } from "./session-memory.ts";
import { createSession, type Away, type Farewell, type SessionState } from "./session-state.ts";

/**
 * Who is signed in. The cookie that proves it is out of reach for scripts; the page asks the server,
 * and remembers who it was last time, so that it can begin before the answer.
 */
export type Me = OwnAccount;

const channelName = "maru.session";
const farewellKey = "maru.farewell";
/** There for a moment: the account as the server has just saved it, for the other pages to hear of. */
const savedKey = "maru.saved";
const unauthenticated = 401;

/** What one page of this browser tells the others when somebody has signed in or out. */
interface Told {
  readonly farewell: Farewell | null;
}

const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel(channelName) : null;

const changes = createOwnChanges({
  memory: lasting,
  send: async (body) => (await maru.data(api.PATCH("/v1/accounts/me", { body }))).account,
  onSaved(me) {
    // The others show it as wanted until it is no longer unsaved. That it is saved they are told by the
    // same way and before, because only what comes by one way comes in order.
    lasting.write(savedKey, JSON.stringify(me));
    lasting.remove(savedKey);
    changeMe(me);
  },
});

const session = createSession({
  memory: createSessionMemory(lasting),
  readOwn: readMe,
  withChanges: changes.shown,
  beginAnew,
  keepFarewell(farewell) {
    if (farewell === null) {
      ofThisTab.remove(farewellKey);
    } else {
      ofThisTab.write(farewellKey, farewell);
    }
  },
  tellOthers(farewell) {
    channel?.postMessage({ farewell } satisfies Told);
  },
});

async function readMe(): Promise<Me | null> {
  try {
    return (await maru.data(api.GET("/v1/accounts/me"))).account;
  } catch (error) {
    if (isSignedOut(error)) {
      return null;
    }
    throw error;
  }
}

/** Where only the part after `#` differs, going there would not load the page anew. */
function beginAnew(goTo?: string): void {
  const withoutHash = (url: string): string => url.split("#", 1)[0] ?? "";
  const target = goTo === undefined ? location.href : new URL(goTo, location.origin).href;
  if (withoutHash(target) === withoutHash(location.href)) {
    history.replaceState(null, "", target);
    location.reload();
  } else {
    location.replace(target);
  }
}

/** Puts who was signed in last time in place, and asks the server who it is now. */
export function beginSession(): Me | null {
  api.use({
    onResponse({ response }) {
      if (response.status === unauthenticated) {
        session.refused();
      }
    },
  });
  channel?.addEventListener("message", ({ data }: MessageEvent<Told>) => {
    session.checkEra(data.farewell ?? undefined);
  });
  globalThis.addEventListener("storage", ({ key, newValue }) => {
    if (key === savedKey && newValue !== null) {
      const saved = JSON.parse(newValue) as Me;
      if (saved.id === currentMe()?.id) {
        changeMe(saved);
      }
    }
    session.checkEra();
    session.showChanges();
  });
  globalThis.addEventListener("pageshow", ({ persisted }) => {
    if (persisted) {
      session.returned();
    }
  });
  globalThis.addEventListener("online", () => {
    session.look();
    changes.wake();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") {
      session.checkEra();
      session.look();
    }
  });
  changes.listen(session.showChanges);
  session.listen(() => {
    const me = currentMe();
    if (me !== null) {
      changes.begin(me.id);
    }
  });
  return session.begin();
}

function useSession(): SessionState {
  return useSyncExternalStore(session.listen, session.state);
}

/** Undefined: not known yet. Null: nobody. */
export function useMe(): Me | null | undefined {
  return useSession().me;
}

/** Nobody was signed in last time, and the server cannot be asked who is now: why. */
export function useAway(): Away | null {
  const { me, away } = useSession();
  return me === undefined ? away : null;
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
  return session.state().me ?? null;
}

/** The server told of one's own account. */
export function changeMe(me: Me): void {
  session.take(me);
}

/** What the server told of the own account may have been missed: it is read again. */
export function readMeAgain(): void {
  session.lookAgain();
}

/** Changes the own account: seen at once, saved when the server can be reached. */
export function changeAccount(wanted: Changes): void {
  const me = currentMe();
  if (me !== null) {
    changes.change(me.id, wanted);
  }
}

/** How it stands with a part of the account that was changed on this page. */
export function useProgress(part: Part): Progress | null {
  return useSyncExternalStore(changes.listen, () => changes.progress(part));
}

/** Signs in or out by `job`; every page of this browser begins anew then. */
export function leaveBy(
  job: () => Promise<unknown>,
  goTo = "/",
  farewell?: Farewell,
): Promise<void> {
  return session.leaveBy(job, goTo, farewell);
}

/** Somebody signed in or out, and the page is about to begin anew. */
export function isLeaving(): boolean {
  return session.isLeaving();
}

/** The session has ended somewhere else: the page begins anew, with an entrance that says so. */
export function sessionEnded(): void {
  session.refused();
}

/** Why the reader sees the entrance, where there is a reason that should be told. */
export function farewellSaid(): Farewell | null {
  const said = ofThisTab.read(farewellKey);
  return said === "ended" || said === "left" || said === "deleted" ? said : null;
}
