import { expect, it } from "vitest";
import { problemOf } from "../../sdk/problem.ts";
import { isBusy } from "./busy.ts";

it.each([
  [429, true],
  [503, true],
  [500, false],
  [502, false],
  [504, false],
])("an answer of %i is that of a busy server: %s", async (status, expected) => {
  expect(isBusy(await problemOf(new Response("", { status })))).toBe(expected);
});

it("no answer is not that of a busy server", () => {
  expect(isBusy(new TypeError("Failed to fetch"))).toBe(false);
});
