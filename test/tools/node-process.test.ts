import { describe, expect, it } from "vitest";
import { isNodeServing } from "../../tools/cell/node-process.mjs";

const line = (...words: readonly string[]): string => words.map((word) => `${word}\0`).join("");

describe("the process that serves, in a container", () => {
  it("is the one that runs main.ts, and not the init around it", () => {
    expect(isNodeServing(line("node_modules/.bin/node", "src/main.ts", "serve"))).toBe(true);
    const init = ["/sbin/docker-init", "--", "node_modules/.bin/node", "src/main.ts", "serve"];
    expect(isNodeServing(line(...init))).toBe(false);
    expect(isNodeServing(line("node", "tools/cell/check-node.mjs"))).toBe(false);
    expect(isNodeServing("")).toBe(false);
  });
});
