import { expect, it } from "vitest";
import { matches } from "./name-filter.ts";

const person = {
  id: "1",
  handle: "mina_k",
  name: "Ｍina 김민아",
  bio: "",
  avatarUrl: null,
  createdAt: "2026-01-01T00:00:00.000Z",
};

it.each([
  ["mina", true],
  ["MINA", true],
  ["@mina_k", true],
  ["민아", true],
  ["김민아".normalize("NFD"), true],
  ["  mina   김 ", true],
  ["", true],
  ["minsu", false],
  ["mina minsu", false],
])("a person is found by %j: %s", (typed, isFound) => {
  expect(matches(person, typed)).toBe(isFound);
});
