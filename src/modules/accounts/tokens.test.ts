import { describe, expect, it } from "vitest";
import { idMax } from "../../kernel/id.ts";
import { hashToken, isToken, mintToken, sessionKey, sessionOfKey } from "./tokens.ts";

const name = { accountId: 17n, sessionId: idMax };

describe("a session's token", () => {
  it("leads to its session, and is another one each time", () => {
    const token = mintToken(name);
    expect(isToken(token)).toBe(true);
    expect(token.startsWith(sessionKey(name))).toBe(true);
    expect(sessionOfKey(sessionKey(name))).toEqual(name);
    expect(mintToken(name)).not.toBe(token);
    expect(hashToken(token)).toHaveLength(32);
  });

  it.each([
    ["nothing", ""],
    ["a word", "secret"],
    ["one character less", mintToken(name).slice(1)],
    ["one character more", `${mintToken(name)}A`],
    ["another alphabet", mintToken(name).slice(0, -1) + "+"],
    ["another format", `AAA${mintToken(name).slice(3)}`],
    ["ids that cannot be", mintToken({ accountId: 0n, sessionId: 1n })],
    ["negative ids", mintToken({ accountId: -1n, sessionId: 1n })],
    ["control characters", "\u0000".repeat(68)],
  ])("is not %s", (_what, text) => {
    expect(isToken(text)).toBe(false);
  });
});
