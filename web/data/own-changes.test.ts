import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { MaruProblem } from "../../sdk/problem.ts";
import type { OwnAccount } from "./client.ts";
import { createMemory, type Memory } from "./memory.ts";
import type { Changes, OwnChanges } from "./own-changes.ts";

/** The page's client asks where it is when it begins. */
vi.hoisted(() => {
  vi.stubGlobal("location", { origin: "http://maru.test" });
});
const { createOwnChanges } = await import("./own-changes.ts");

const me: OwnAccount = {
  id: "1",
  handle: "me",
  name: "Me",
  bio: "",
  avatarUrl: null,
  createdAt: "2026-01-01T00:00:00.000Z",
  counts: { stories: 0, friends: 0, followers: 0, following: 0 },
  locale: "ko",
  timeZone: "Asia/Seoul",
  privacy: "friends",
};

function newMemory(): Memory {
  const values = new Map<string, string>();
  return createMemory(
    () =>
      ({
        getItem: (key: string) => values.get(key) ?? null,
        setItem: (key: string, value: string) => void values.set(key, value),
        removeItem: (key: string) => void values.delete(key),
      }) as unknown as Storage,
  );
}

function refusal(status: number, paths: readonly string[] = []): MaruProblem {
  return new MaruProblem({
    type: "about:blank",
    title: "no",
    status,
    detail: "no",
    code: "request.invalid",
    requestId: "r",
    errors: paths.map((path) => ({ path, message: "no" })),
  });
}

/** Everything that follows from what has happened so far has happened. */
async function settled(): Promise<void> {
  await new Promise(setImmediate);
}

type Outcome = "kept" | "lost before" | "lost after" | Error;

/** The account on the server, and how its next answers turn out; then all are well. */
function newServer() {
  const server = {
    account: me,
    outcomes: [] as Outcome[],
    sent: [] as Changes[],
    send: async (changes: Changes): Promise<OwnAccount> => {
      server.sent.push(changes);
      const outcome = server.outcomes.shift() ?? "kept";
      if (outcome instanceof Error) {
        throw outcome;
      }
      if (outcome !== "lost before") {
        server.account = { ...server.account, ...changes };
      }
      if (outcome !== "kept") {
        throw new TypeError("network");
      }
      return server.account;
    },
  };
  return server;
}

function openTab(memory: Memory, send: (changes: Changes) => Promise<OwnAccount>) {
  const timers: (() => void)[] = [];
  const saved: OwnAccount[] = [];
  const changes: OwnChanges = createOwnChanges({
    memory,
    send,
    onSaved: (account) => saved.push(account),
    later: (job) => timers.push(job),
  });
  return { changes, timers, saved };
}

describe("a change of the own account", () => {
  it("is shown at once and saved", async () => {
    const server = newServer();
    const { changes, saved } = openTab(newMemory(), server.send);
    changes.change("1", { locale: "ja" });
    expect(changes.shown(me).locale).toBe("ja");
    expect(changes.progress("locale")).toEqual({ phase: "saving" });
    await vi.waitFor(() => {
      expect(changes.progress("locale")).toEqual({ phase: "saved" });
    });
    expect(saved.map(({ locale }) => locale)).toEqual(["ja"]);
    expect(changes.shown(me).locale).toBe("ko");
  });

  it("stays shown while the server is away, through a reload, and is saved then", async () => {
    const server = newServer();
    const memory = newMemory();
    server.outcomes = ["lost before"];
    const before = openTab(memory, server.send);
    before.changes.change("1", { timeZone: "Asia/Tokyo" });
    await vi.waitFor(() => {
      expect(before.changes.progress("timeZone")).toEqual({ phase: "waiting" });
    });
    const after = openTab(memory, server.send);
    expect(after.changes.shown(me).timeZone).toBe("Asia/Tokyo");
    after.changes.begin("1");
    await vi.waitFor(() => {
      expect(server.account.timeZone).toBe("Asia/Tokyo");
      expect(after.changes.shown(me).timeZone).toBe("Asia/Seoul");
    });
  });

  it("waits for the next sign-in when the session is over", async () => {
    const server = newServer();
    const memory = newMemory();
    server.outcomes = [refusal(401)];
    const { changes, timers } = openTab(memory, server.send);
    changes.change("1", { name: "New" });
    await vi.waitFor(() => {
      expect(server.sent).toHaveLength(1);
    });
    expect(timers).toEqual([]);
    expect(openTab(memory, server.send).changes.shown(me).name).toBe("New");
    expect(openTab(memory, server.send).changes.shown({ ...me, id: "2" }).name).toBe("Me");
  });

  it("is taken back when the server refuses it, and what it does not blame is saved", async () => {
    const server = newServer();
    server.outcomes = [refusal(400, ["/name"])];
    const { changes } = openTab(newMemory(), server.send);
    changes.change("1", { name: "Bad", bio: "good" });
    await vi.waitFor(() => {
      expect(changes.progress("bio")).toEqual({ phase: "saved" });
    });
    expect(changes.progress("name")).toMatchObject({ phase: "refused", wanted: "Bad" });
    expect(changes.shown(me).name).toBe("Me");
    expect(server.account).toMatchObject({ name: "Me", bio: "good" });
  });

  it("does not send what another tab has changed since", async () => {
    const server = newServer();
    const memory = newMemory();
    server.outcomes = ["lost before", "lost before"];
    const [one, two] = [openTab(memory, server.send), openTab(memory, server.send)];
    one.changes.change("1", { locale: "ja" });
    await vi.waitFor(() => {
      expect(one.changes.progress("locale")?.phase).toBe("waiting");
    });
    two.changes.change("1", { locale: "en" });
    await vi.waitFor(() => {
      expect(two.changes.progress("locale")?.phase).toBe("waiting");
    });
    one.changes.wake();
    await vi.waitFor(() => {
      expect(one.changes.progress("locale")?.phase).toBe("saved");
    });
    expect(server.sent.at(-1)).toEqual({ locale: "en" });
    expect(server.account.locale).toBe("en");
  });
});

it("ends with the server having what was chosen last, whatever is lost on the way", async () => {
  const step = fc.record({
    name: fc.option(fc.constantFrom("a", "b", "c"), { nil: undefined }),
    locale: fc.option(fc.constantFrom("ko" as const, "ja" as const, "en" as const), {
      nil: undefined,
    }),
    outcome: fc.constantFrom<Outcome>("kept", "lost before", "lost after"),
    reloads: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
      const server = newServer();
      const memory = newMemory();
      let tab = openTab(memory, server.send);
      const wanted = { name: me.name, locale: me.locale };
      for (const { name, locale, outcome, reloads } of steps) {
        server.outcomes = [outcome];
        const change: Changes = {
          ...(name === undefined ? {} : { name }),
          ...(locale === undefined ? {} : { locale }),
        };
        Object.assign(wanted, change);
        tab.changes.change("1", change);
        expect(tab.changes.shown(server.account)).toMatchObject(wanted);
        await Promise.resolve();
        if (reloads) {
          tab = openTab(memory, server.send);
          tab.changes.begin("1");
        }
      }
      server.outcomes = [];
      tab.changes.begin("1");
      tab.changes.wake();
      await settled();
      tab.timers.splice(0).forEach((run) => {
        run();
      });
      await settled();
      expect(server.account).toMatchObject(wanted);
      expect(tab.changes.shown(me)).toEqual(me);
    }),
  );
});
