import { expect, it, vi } from "vitest";
import { MaruProblem } from "../../sdk/problem.ts";

vi.hoisted(() => {
  vi.stubGlobal("location", { origin: "http://maru.test" });
});
const { refusalWords } = await import("./refusals.ts");

function problem(code: string, status: number): MaruProblem {
  return new MaruProblem({ code, status, title: "", detail: "", type: "", requestId: "" });
}

it.each([
  [problem("graph.friend_limit", 409), "people.refused.friends"],
  [problem("graph.request_limit", 409), "people.refused.requests"],
  [problem("graph.follow_limit", 409), "people.refused.follows"],
  [problem("graph.mute_limit", 409), "people.refused.mutes"],
  [problem("graph.block_limit", 409), "people.refused.blocks"],
  [problem("request.not_found", 404), "people.refused.gone"],
  [problem("server.overloaded", 503), "people.refused.passing"],
  [new TypeError("no network"), "people.refused.passing"],
])("what went wrong with %s is said as %s", (error, words) => {
  expect(refusalWords(error)).toBe(words);
});
