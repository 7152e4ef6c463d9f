import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as server from "../../src/modules/accounts/rules.ts";
import * as client from "../../web/data/account-rules.ts";

/** The web client says while someone types what the server would say: the two must agree. */
const odd = fc.constantFrom(
  ..."\u0000\u0007\n\t\r \u00a0\u3000\u200b\u200e\u202e\u2066\ud83d".split(""),
  "👨‍👩‍👧‍👦",
  "é".normalize("NFD"),
  "김".normalize("NFD"),
  "🔑",
);
const character = fc.oneof(odd, fc.string({ unit: "binary", maxLength: 3 }), fc.constant("a"));
const text = (max: number): fc.Arbitrary<string> =>
  fc
    .tuple(fc.array(character, { maxLength: 6 }), fc.nat(max), character)
    .map(([start, count, repeated]) => start.join("") + repeated.repeat(count));

describe("what the page and the server take", () => {
  it("as a name is the same", () => {
    fc.assert(
      fc.property(text(220), (name) => {
        expect(client.nameFault(name) === null).toBe(
          server.nameFault(name.normalize("NFC")) === null,
        );
      }),
    );
  });

  it("as a bio is the same", () => {
    fc.assert(
      fc.property(text(2_100), (bio) => {
        expect(client.bioFault(bio) === null).toBe(server.bioFault(bio.normalize("NFC")) === null);
      }),
    );
  });

  it("as a password is the same", () => {
    fc.assert(
      fc.property(text(210), (password) => {
        // JSON and the schema of the route have their own say about U+0000.
        fc.pre(!password.includes("\u0000"));
        expect(client.passwordFault(password) === null).toBe(
          server.passwordFault(password) === null,
        );
      }),
    );
  });

  it("as a handle is the same, once it is written as handles are", () => {
    const typed = fc.oneof(
      text(40),
      fc.stringMatching(/^[ @]?[A-Za-z0-9_]{0,32} ?$/),
      fc.string({ maxLength: 8 }),
    );
    fc.assert(
      fc.property(typed, (handle) => {
        const folded = server.foldHandle(client.handleOf(handle));
        expect(client.handleFault(handle) === null).toBe(folded !== null);
        expect(folded ?? client.handleOf(handle)).toBe(client.handleOf(handle));
      }),
    );
  });
});

describe("what is wrong is named", () => {
  it.each([
    ["", "empty"],
    ["@", "empty"],
    ["a", "short"],
    ["김철수", "characters"],
    ["a-b", "characters"],
    ["a".repeat(31), "long"],
    ["@Kim_01 ", null],
  ])("in the handle %j", (handle, fault) => {
    expect(client.handleFault(handle)).toBe(fault);
  });

  it("in names, bios and passwords", () => {
    expect(client.nameFault(" ")).toBe("empty");
    expect(client.nameFault("a\nb")).toBe("characters");
    expect(client.nameFault("a".repeat(51))).toBe("long");
    expect(client.bioFault("")).toBeNull();
    expect(client.bioFault("a".repeat(501))).toBe("long");
    expect(client.passwordFault("")).toBe("empty");
    expect(client.passwordFault("🔑".repeat(7))).toBe("short");
    expect(client.passwordFault("a".repeat(201))).toBe("long");
  });
});
