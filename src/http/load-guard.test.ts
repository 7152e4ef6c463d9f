import type { IncomingMessage } from "node:http";
import { expect, onTestFinished, test, vi } from "vitest";
import { getRoute, postRoute, streamRoute } from "../../test/support/http.ts";
import { Problem } from "../kernel/problem.ts";
import { soon } from "../kernel/turns.ts";
import type { Route } from "../ports/routes.ts";
import {
  createLoadGuard,
  loadOf,
  loadsOf,
  partsOf,
  unguarded,
  type LoadSettings,
} from "./load-guard.ts";

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A guard with a clock that the test sets, and whose own timer does not tick. */
function guardAt(settings: Partial<LoadSettings>, routes: readonly Route[] = []) {
  let nowMs = 0;
  vi.useFakeTimers({ toFake: ["setInterval"] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const refused: string[] = [];
  const guard = createLoadGuard({
    settings: { ...unguarded, ...settings },
    trustedProxies: [],
    loads: loadsOf(routes),
    parts: partsOf(routes),
    monotonicMs: () => nowMs,
    onRefused: (of, why) => refused.push(`${of} ${why}`),
  });
  onTestFinished(guard.stop);
  const asked = (method: string, url: string, headers = {}, complete = true): IncomingMessage =>
    ({ method, url, headers, complete, socket: { remoteAddress: "127.0.0.1" } }) as never;
  return {
    guard,
    refused,
    asked,
    at(ms: number): void {
      nowMs = ms;
    },
  };
}

test("a thread that something else makes late, while hardly anybody asks, refuses nothing", () => {
  const { guard, asked, at } = guardAt({ loopDelayMs: 50 });
  for (let ms = 0; ms < 60_000; ms += 500) {
    at(ms);
    expect(guard.atTheDoor(asked("POST", "/v1/stories"))).toBe("others");
  }
  let isRefused = false;
  for (let ms = 60_000; ms < 70_000; ms += 500) {
    at(ms);
    for (let i = 0; i < 20; i += 1) {
      isRefused ||= guard.atTheDoor(asked("POST", "/v1/stories")) instanceof Problem;
    }
  }
  expect(isRefused).toBe(true);
});

test("a request does what has waited for the end of the turn for too long", () => {
  const { guard, asked, at } = guardAt({});
  const done: string[] = [];
  soon(() => done.push("waited"));
  guard.atTheDoor(asked("GET", "/v1/feed"));
  at(11);
  guard.atTheDoor(asked("GET", "/v1/feed"));
  expect(done).toEqual(["waited"]);
});

test("a request is counted once for its account, and a write as one", () => {
  const { guard, refused, asked } = guardAt({ accountRate: 1 });
  const read = asked("GET", "/v1/feed");
  guard.counted(read);
  for (let i = 0; i < 30; i += 1) {
    expect(guard.ofAccount(1n, read)).toBeNull();
  }
  for (let i = 0; i < 10; i += 1) {
    expect(guard.ofAccount(1n, asked("POST", "/v1/stories"))).toBeNull();
  }
  expect(guard.ofAccount(1n, asked("POST", "/v1/stories"))?.kind.status).toBe(429);
  expect(refused).toEqual(["write account"]);
});

test("at the door a request is what its route says, by method and path", () => {
  const answer = { status: 201, body: 1 };
  const { guard, asked } = guardAt({ adaptiveLimit: true }, [
    postRoute("/v1/sessions", () => answer, { load: "apart" }),
    postRoute("/v1/reports", () => answer, { load: "batch" }),
  ]);
  while (!(guard.enter("write") instanceof Problem));
  const code = (method: string, url: string): string => {
    const request = asked(method, url);
    const line = guard.atTheDoor(request);
    const refusal = line === "commands" ? guard.roomFor(request) : null;
    return refusal === null ? String(line) : refusal.kind.code;
  };
  expect(code("POST", "/v1/stories")).toBe("http.overloaded");
  expect(code("DELETE", "/v1/sessions")).toBe("http.overloaded");
  expect(code("POST", "/v1/sessions?from=app")).toBe("others");
  expect(code("POST", "/v1/reports")).toBe("commands");
  while (!(guard.enter("batch") instanceof Problem));
  expect(code("POST", "/v1/reports")).toBe("http.overloaded");
  expect(code("GET", "/v1/feed")).toBe("others");
});

test("a thread for which many wait is late, however punctual its timers are", () => {
  const { guard, refused, asked, at } = guardAt({ loopDelayMs: 100 });
  for (let ms = 0; ms < 3_000; ms += 10) {
    at(ms);
    for (let i = 0; i < 20; i += 1) guard.atTheDoor(asked("GET", "/v1/feed"));
    guard.waited(ms < 1_500 ? 90 : 300);
    vi.advanceTimersByTime(10);
    if (ms < 1_500) expect(refused).toEqual([]);
  }
  expect(guard.readings.loopDelayMs()).toBeGreaterThan(250);
  expect(refused).toContain("read pressure");
  // Nobody waits any more.
  const before = refused.length;
  for (let i = 0; i < 100; i += 1) guard.atTheDoor(asked("GET", "/v1/feed"), true);
  expect(refused).toHaveLength(before);
});

test("of many writes that come in one turn as many are let in as there are places", async () => {
  const { guard, asked } = guardAt({ adaptiveLimit: true });
  const letIn = (count: number, isComplete: boolean): number => {
    const writes = Array.from({ length: count }, () =>
      asked("POST", "/v1/stories", {}, isComplete),
    );
    return writes.filter((write) => guard.roomFor(write) === null).length;
  };
  const places = guard.readings.writes.limit();
  expect(letIn(3 * places, true)).toBe(places);
  // Whoever does not come for their place keeps it from others for this turn only.
  await nextTurn();
  const write = asked("POST", "/v1/stories");
  expect(guard.roomFor(write)).toBeNull();
  const leave = guard.enter("write", write);
  expect(letIn(2 * places, true)).toBe(places - 1);
  // A promise is taken by whom it was given to.
  guard.enter("write", asked("POST", "/v1/stories"));
  expect(letIn(1, true)).toBe(0);
  await nextTurn();
  // Of who sends slowly nobody knows when they come.
  expect(letIn(3 * places, false)).toBe(3 * places);
  expect(leave).not.toBeInstanceOf(Problem);
  for (let n = 2; n < places; n += 1) guard.enter("write");
  expect(letIn(1, false)).toBe(0);
});

test("a thread that forwards what it does not answer counts no places, which are the main thread's", () => {
  const { guard, asked, refused } = guardAt({ adaptiveLimit: false });
  const places = guard.readings.writes.limit();
  const lines = Array.from({ length: 3 * places }, () =>
    guard.atTheDoor(asked("POST", "/v1/stories")),
  );
  expect(new Set(lines)).toEqual(new Set(["others"]));
  for (let n = 0; n < 3 * places; n += 1) {
    expect(guard.enter("write")).not.toBeInstanceOf(Problem);
  }
  expect(refused).toEqual([]);
});

test("whoever is let in to a page gets its parts, while others are refused", () => {
  const { guard, refused, asked, at } = guardAt({ loopDelayMs: 100 }, [
    getRoute("/assets/{file*}", () => ({ status: 200, body: 1 }), { load: "part" }),
  ]);
  // Late by as much as makes it refuse reads, and no more.
  for (let ms = 0; guard.readings.pressure() < 1.5; ms += 220) {
    at(ms);
    for (let i = 0; i < 20; i += 1) guard.atTheDoor(asked("GET", "/v1/feed"));
  }
  const letIn = (request: IncomingMessage): boolean =>
    !(guard.atTheDoor(request) instanceof Problem);
  const parts = (count: number): number =>
    Array.from({ length: count }, () => letIn(asked("GET", "/assets/index-1.js"))).filter(Boolean)
      .length;
  const page = asked("GET", "/sign-in", { accept: "text/html,*/*;q=0.8" });
  expect(parts(100)).toBeLessThan(70);
  const pages = Array.from({ length: 10 }, () => letIn(page)).filter(Boolean);
  expect(pages.length).toBeGreaterThan(0);
  expect(pages.length).toBeLessThan(10);
  expect(parts(24 * pages.length)).toBe(24 * pages.length);
  expect(parts(100)).toBeLessThan(70);
  expect(refused.length).toBeGreaterThan(60);
});

test("places are for what waits for the database, by method or as the route says", () => {
  const answer = (): { status: number } => ({ status: 200 });
  expect(loadOf(getRoute("/v1/a", answer))).toBe("read");
  expect(loadOf(getRoute("/v1/a", answer, { method: "HEAD" }))).toBe("read");
  expect(loadOf(getRoute("/v1/a", answer, { method: "OPTIONS" }))).toBe("read");
  expect(loadOf(postRoute("/v1/a", answer))).toBe("write");
  expect(loadOf(postRoute("/v1/a", answer, { load: "batch" }))).toBe("batch");
  expect(loadOf(postRoute("/v1/a", answer, { load: "apart" }))).toBeNull();
  expect(loadOf(getRoute("/v1/a", answer, { answers: { 200: "event-stream" } }))).toBeNull();
  expect(loadOf(streamRoute("/v1/a", answer))).toBeNull();
  expect(loadOf(streamRoute("/v1/a", answer, { load: "batch" }))).toBeNull();
});
