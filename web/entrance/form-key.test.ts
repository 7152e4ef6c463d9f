import { describe, expect, it } from "vitest";
import { createMemory } from "../data/memory.ts";
import { createFormKey } from "./form-key.ts";

const newMemory = () => {
  const forbidden = (): never => {
    throw new Error("no storage is needed");
  };
  return createMemory(forbidden);
};

describe("the key of a form", () => {
  it("stays the same while the form does, through a reload", () => {
    const memory = newMemory();
    const key = createFormKey(memory, "sign-up").keyOf({ handle: "a", name: "A" });
    expect(createFormKey(memory, "sign-up").keyOf({ handle: "a", name: "A" })).toBe(key);
    expect(key).toMatch(/^[0-9a-f]{32}$/u);
  });

  it("is another for another form, and after an answer", () => {
    const form = createFormKey(newMemory(), "sign-up");
    const first = form.keyOf({ handle: "a" });
    const second = form.keyOf({ handle: "b" });
    form.forget();
    const third = form.keyOf({ handle: "b" });
    expect(new Set([first, second, third]).size).toBe(3);
  });

  it("does not stumble over what it finds", () => {
    const memory = newMemory();
    for (const found of ["{", "7", '{"form":"{}","key":7}']) {
      memory.write("maru.key.sign-up", found);
      expect(createFormKey(memory, "sign-up").keyOf({})).toMatch(/^[0-9a-f]{32}$/u);
    }
  });
});
