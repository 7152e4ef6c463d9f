import { describe, expect, it } from "vitest";
import { MaruProblem } from "../../sdk/problem.ts";
import { createReporter, type ClientErrorReport, type Reporter } from "./report.ts";

interface World {
  readonly reporter: Reporter;
  readonly sent: ClientErrorReport[];
  /** The time of the page. */
  now: number;
}

function begin(): World {
  const sent: ClientErrorReport[] = [];
  const world = { sent, now: 0 } as { sent: ClientErrorReport[]; now: number; reporter: Reporter };
  world.reporter = createReporter({
    send: (report) => sent.push(report),
    build: "b1",
    path: () => "/@somebody",
    nowMs: () => world.now,
  });
  return world;
}

function problem(status: number): MaruProblem {
  const details = {
    type: "about:blank",
    title: "",
    status,
    detail: "",
    code: "a.b",
    requestId: "",
  };
  return new MaruProblem(details);
}

describe("the reporter of errors", () => {
  it("says what happened, in which build, and on what kind of page", () => {
    const { reporter, sent } = begin();
    reporter.report("render", new RangeError("too deep"));
    expect(sent).toMatchObject([
      { kind: "render", message: "RangeError: too deep", page: "/@-", build: "b1" },
    ]);
  });

  it("tells the same error once", () => {
    const { reporter, sent } = begin();
    const error = new Error("again");
    reporter.report("error", error);
    reporter.report("error", error);
    expect(sent).toHaveLength(1);
  });

  it("tells at most ten errors a minute", () => {
    const world = begin();
    const breakOften = (name: string): void => {
      for (let i = 0; i < 25; i += 1) {
        world.reporter.report("error", `${name} ${String(i)}`);
      }
    };
    breakOften("first");
    expect(world.sent).toHaveLength(10);
    world.now = 59_999;
    breakOften("second");
    expect(world.sent).toHaveLength(10);
    world.now = 60_000;
    breakOften("third");
    expect(world.sent).toHaveLength(20);
  });

  it.each([
    ["a request that the network lost", new TypeError("Failed to fetch")],
    ["the same in Firefox", new TypeError("NetworkError when attempting to fetch resource.")],
    ["the same in Safari", new TypeError("Load failed")],
    ["a request that was given up", new DOMException("gone", "AbortError")],
    ["what the server reports itself", problem(503)],
    ["a limit that was reached", problem(429)],
    [
      "a resize that leads to another",
      "ResizeObserver loop completed with undelivered notifications.",
    ],
  ])("does not tell of %s", (_, error) => {
    const { reporter, sent } = begin();
    reporter.report("rejection", error);
    expect(sent).toEqual([]);
  });

  it("does not tell of what an extension of the browser does", () => {
    const { reporter, sent } = begin();
    const error = new Error("not ours");
    error.stack = "Error: not ours\n    at run (chrome-extension://abc/content.js:1:1)";
    reporter.report("error", error);
    expect(sent).toEqual([]);
  });

  it("tells of a refusal that nobody handled by its code alone", () => {
    const { reporter, sent } = begin();
    reporter.report("rejection", problem(403));
    expect(sent).toMatchObject([{ message: "refused: a.b", kind: "rejection" }]);
  });

  it("tells what kind of thing was thrown that is no error", () => {
    const { reporter, sent } = begin();
    reporter.report("rejection", { text: "what somebody wrote" });
    expect(sent).toMatchObject([{ message: "object" }]);
  });
});
