import { describe, expect, it } from "vitest";
import { createKeyReader, type Command } from "./shortcuts-keys.ts";

const press = (key: string, code = "", shiftKey = false) => ({ key, code, shiftKey });

/** What the keys of a text do when they are pressed one after the other, so many ms apart. */
function commandsOf(keys: string, apartMs = 100): readonly Command[] {
  const read = createKeyReader();
  return Array.from(keys).flatMap((key, i) => read(press(key), i * apartMs) ?? []);
}

describe("the keys", () => {
  it.each([
    ["jk", ["next", "previous"]],
    ["/?", ["search", "help"]],
    ["gh", ["feed"]],
    ["gp", ["me"]],
  ])("%j do %j", (keys, expected) => {
    expect(commandsOf(keys)).toEqual(expected);
  });

  it("after g go somewhere, and alone do what they do", () => {
    expect(commandsOf("sgss")).toEqual(["reshare", "settings", "reshare"]);
  });

  it("of a pair that came to nothing are forgotten", () => {
    expect(commandsOf("gxs")).toEqual(["reshare"]);
    expect(commandsOf("gs", 1_501)).toEqual(["reshare"]);
  });

  it("that begin no command do nothing", () => {
    expect(commandsOf("xyz JK")).toEqual([]);
  });

  it("are where they are on the board when another script is typed", () => {
    const read = createKeyReader();
    expect(read(press("ㅓ", "KeyJ"), 0)).toBe("next");
    expect(read(press("ㅎ", "KeyG"), 1)).toBeNull();
    expect(read(press("ㄴ", "KeyS"), 2)).toBe("settings");
    expect(read(press("Process", "Slash", true), 3)).toBe("help");
    expect(read(press("ㅒ", "KeyO", true), 4)).toBeNull();
  });

  it("of a Latin layout are what is written on them", () => {
    // On a Dvorak board the key that gives j is where others have c.
    expect(createKeyReader()(press("j", "KeyC"), 0)).toBe("next");
  });
});
