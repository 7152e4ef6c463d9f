import { describe, expect, it } from "vitest";
import type { OwnAccount } from "./client.ts";
import { createMemory } from "./memory.ts";
import { createSessionMemory, type SessionMemory } from "./session-memory.ts";
import { createSession, type Farewell, type Session } from "./session-state.ts";

/** A browser with its storage, which forgets nothing by itself. */
function browser() {
  const values = new Map<string, string>();
  const storage = {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
  } as unknown as Storage;
  let eras = 0;
  return {
    values,
    memory: () =>
      createSessionMemory(
        createMemory(() => storage),
        () => `era ${(eras += 1)}`,
      ),
  };
}

function account(id: string, changes: Partial<OwnAccount> = {}): OwnAccount {
  return {
    id,
    handle: `handle_${id}`,
    name: `Name ${id}`,
    bio: "",
    avatarUrl: null,
    createdAt: "2026-01-01T00:00:00.000Z",
    counts: { stories: 0, friends: 0, followers: 0, following: 0 },
    locale: "ko",
    timeZone: "Asia/Seoul",
    privacy: "friends",
    ...changes,
  };
}

interface Page {
  readonly session: Session;
  readonly begun: (string | undefined)[];
  readonly told: (Farewell | null)[];
  readonly farewells: (Farewell | null)[];
  readonly timers: (() => void)[];
  /** Answers the question that is open. */
  readonly answer: (me: OwnAccount | null | Error) => Promise<void>;
  readonly questions: () => number;
  readonly clock: { ms: number };
}

function openPage(memory: SessionMemory): Page {
  const asked: PromiseWithResolvers<OwnAccount | null>[] = [];
  const begun: (string | undefined)[] = [];
  const told: (Farewell | null)[] = [];
  const farewells: (Farewell | null)[] = [];
  const timers: (() => void)[] = [];
  const clock = { ms: 0 };
  let answered = 0;
  const session = createSession({
    memory,
    readOwn() {
      const question = Promise.withResolvers<OwnAccount | null>();
      asked.push(question);
      return question.promise;
    },
    withChanges: (me) => me,
    beginAnew: (goTo) => begun.push(goTo),
    keepFarewell: (farewell) => farewells.push(farewell),
    tellOthers: (farewell) => told.push(farewell),
    later: (job) => timers.push(job),
    nowMs: () => clock.ms,
  });
  return {
    session,
    begun,
    told,
    farewells,
    timers,
    clock,
    questions: () => asked.length,
    async answer(me) {
      const question = asked[answered];
      answered += 1;
      if (me instanceof Error) {
        question?.reject(me);
      } else {
        question?.resolve(me);
      }
      await new Promise(setImmediate);
    },
  };
}

describe("a page that begins", () => {
  it("does not know who is there until the server has said so", async () => {
    const page = openPage(browser().memory());
    expect(page.session.begin()).toBeNull();
    expect(page.session.state()).toEqual({ me: undefined, away: null });
    await page.answer(account("1"));
    expect(page.session.state().me).toEqual(account("1"));
  });

  it("shows who was there last time at once, and asks all the same", async () => {
    const own = browser();
    own.memory().remember(account("1"));
    const page = openPage(own.memory());
    expect(page.session.begin()).toEqual(account("1"));
    await page.answer(account("1", { locale: "ja" }));
    expect(page.session.state().me?.locale).toBe("ja");
    expect(own.memory().me()?.locale).toBe("ja");
  });

  it("keeps who was there while the server is away, and asks again and again, never at once", async () => {
    const own = browser();
    own.memory().remember(account("1"));
    const page = openPage(own.memory());
    page.session.begin();
    await page.answer(new Error("away"));
    expect(page.session.state()).toEqual({ me: account("1"), away: "unreachable" });
    expect([page.questions(), page.timers.length]).toEqual([1, 1]);
    page.timers[0]?.();
    await page.answer(new Error("away"));
    expect([page.questions(), page.timers.length]).toEqual([2, 2]);
    page.timers[1]?.();
    await page.answer(account("1"));
    expect(page.session.state().away).toBeNull();
    expect(page.timers.length).toBe(2);
  });

  it("plans one more question however often it is looked at meanwhile", async () => {
    const page = openPage(browser().memory());
    page.session.begin();
    for (let i = 0; i < 4; i += 1) {
      await page.answer(new Error("away"));
      page.session.look();
    }
    expect([page.questions(), page.timers.length]).toEqual([5, 1]);
  });

  it("knows that the server is away where nobody was there before", async () => {
    const page = openPage(browser().memory());
    page.session.begin();
    await page.answer(new Error("away"));
    expect(page.session.state()).toEqual({ me: undefined, away: "unreachable" });
  });

  it("takes nothing from what an older build remembered in another shape", () => {
    const own = browser();
    for (const kept of [
      '{"era":"","me":{"id":"1"}}',
      "{",
      "7",
      "null",
      JSON.stringify(account("1")),
    ]) {
      own.values.set("maru.me", kept);
      expect(own.memory().me()).toBeNull();
    }
  });

  it("shows a visitor's page when nobody is there", async () => {
    const page = openPage(browser().memory());
    page.session.begin();
    await page.answer(null);
    expect(page.session.state().me).toBeNull();
    expect(page.begun).toEqual([]);
  });
});

describe("a session that has ended elsewhere", () => {
  it("lets the page begin anew where it is, and tells why there and in the other tabs", async () => {
    const own = browser();
    own.memory().remember(account("1"));
    const page = openPage(own.memory());
    page.session.begin();
    await page.answer(null);
    expect(page.begun).toEqual([undefined]);
    expect(page.farewells.at(-1)).toBe("ended");
    expect(page.told).toEqual(["ended"]);
    expect(own.memory().me()).toBeNull();
  });

  it("ends once, however many requests are refused", async () => {
    const page = openPage(browser().memory());
    page.session.begin();
    await page.answer(account("1"));
    page.session.refused();
    page.session.refused();
    expect(page.begun).toHaveLength(1);
  });

  it("is no news to a visitor", () => {
    const page = openPage(browser().memory());
    page.session.begin();
    page.session.refused();
    expect([page.begun, page.session.state().me]).toEqual([[], null]);
  });
});

describe("signing in and out", () => {
  it("begins all pages anew, the others where they are", async () => {
    const own = browser();
    const [here, there] = [openPage(own.memory()), openPage(own.memory())];
    for (const page of [here, there]) {
      page.session.begin();
      await page.answer(account("1"));
    }
    await here.session.leaveBy(() => Promise.resolve(), "/sign-in", "left");
    expect([here.begun, here.told]).toEqual([["/sign-in"], ["left"]]);
    there.session.checkEra("left");
    there.session.checkEra();
    expect([there.begun, there.farewells.at(-1)]).toEqual([[undefined], "left"]);
  });

  it("is not taken for a session that ended elsewhere while it is under way", async () => {
    const page = openPage(browser().memory());
    page.session.begin();
    await page.answer(account("1"));
    await page.session.leaveBy(async () => page.session.refused(), "/sign-in", "left");
    expect([page.begun, page.farewells.at(-1)]).toEqual([["/sign-in"], "left"]);
  });

  it("leaves everything as it is when it fails", async () => {
    const own = browser();
    const page = openPage(own.memory());
    page.session.begin();
    await page.answer(account("1"));
    await expect(
      page.session.leaveBy(() => Promise.reject(new Error("away")), "/"),
    ).rejects.toThrow();
    expect([page.begun, own.memory().me()?.id]).toEqual([[], "1"]);
    page.session.refused();
    expect(page.begun).toEqual([undefined]);
  });

  it("lets no answer that comes late bring back who has left", async () => {
    const own = browser();
    own.memory().remember(account("1"));
    const [here, there] = [openPage(own.memory()), openPage(own.memory())];
    here.session.begin();
    there.session.begin();
    await here.session.leaveBy(() => Promise.resolve(), "/sign-in", "left");
    await here.answer(account("1"));
    await there.answer(account("1"));
    expect(own.memory().me()).toBeNull();
  });

  it("is noticed by a page that was not told: it never shows two people", async () => {
    const own = browser();
    own.memory().remember(account("1"));
    const page = openPage(own.memory());
    page.session.begin();
    await page.answer(account("2"));
    expect(page.begun).toEqual([undefined]);
    expect(page.session.state().me?.id).toBe("1");
    expect(own.memory().me()).toBeNull();
  });

  it("is noticed by a page that the browser had put aside", async () => {
    const own = browser();
    const [aside, other] = [openPage(own.memory()), openPage(own.memory())];
    aside.session.begin();
    aside.session.returned();
    expect(aside.begun).toEqual([]);
    await other.session.leaveBy(() => Promise.resolve(), "/");
    aside.session.returned();
    expect(aside.begun).toEqual([undefined]);
    other.session.returned();
    expect(other.begun).toEqual(["/", undefined]);
  });
});

describe("a page that is looked at again", () => {
  it("asks who is there when it has not for long, or could not", async () => {
    const page = openPage(browser().memory());
    page.session.begin();
    await page.answer(account("1"));
    page.session.look();
    expect(page.questions()).toBe(1);
    page.clock.ms = 61_000;
    page.session.look();
    page.session.look();
    expect(page.questions()).toBe(2);
    await page.answer(new Error("away"));
    page.session.look();
    expect(page.questions()).toBe(3);
  });

  it("asks once more after it may have missed something, also while it asks", async () => {
    const page = openPage(browser().memory());
    page.session.begin();
    page.session.lookAgain();
    page.session.lookAgain();
    expect(page.questions()).toBe(1);
    await page.answer(account("1", { locale: "ko" }));
    expect(page.questions()).toBe(2);
    await page.answer(account("1", { locale: "ja" }));
    expect(page.session.state().me?.locale).toBe("ja");
    expect(page.questions()).toBe(2);
    page.session.lookAgain();
    expect(page.questions()).toBe(3);
  });

  it("lets an answer from before a change not undo the change", async () => {
    const page = openPage(browser().memory());
    page.session.begin();
    page.session.take(account("1", { name: "New" }));
    await page.answer(account("1", { name: "Old" }));
    expect(page.session.state().me?.name).toBe("New");
  });
});
