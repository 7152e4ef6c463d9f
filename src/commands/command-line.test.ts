import { describe, expect, it } from "vitest";
import { parseCommandLine } from "./command-line.ts";

const switches = new Set(["--demo"]);

function flagsOf(...parts: string[]): [string, string | null][] {
  return [...parseCommandLine(parts, switches).flags];
}

describe("the command line", () => {
  it("takes a flag's value from the next word or after an equals sign", () => {
    expect(flagsOf("serve", "--port", "8081", "--data=a=b")).toEqual([
      ["--port", "8081"],
      ["--data", "a=b"],
    ]);
  });

  it("leaves the word after a switch alone", () => {
    const { command, words, flags } = parseCommandLine(["serve", "--demo", "now"], switches);
    expect([command, words, [...flags]]).toEqual(["serve", ["now"], [["--demo", "true"]]]);
    expect(flagsOf("--demo", "--port", "1")).toEqual([
      ["--demo", "true"],
      ["--port", "1"],
    ]);
  });

  it("lets a switch be set to what is written after an equals sign", () => {
    expect(flagsOf("serve", "--demo=false")).toEqual([["--demo", "false"]]);
  });

  it("knows a flag whose value is missing", () => {
    expect(flagsOf("serve", "--port")).toEqual([["--port", null]]);
  });

  it("hears a call for help anywhere, and gives help where nothing is asked", () => {
    expect(parseCommandLine(["import", "-h"], switches)).toMatchObject({ wantsHelp: true });
    expect(parseCommandLine([], switches)).toMatchObject({ command: "help" });
  });
});
