import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bioFault,
  checkProfile,
  foldHandle,
  foldName,
  localeAccepted,
  nameFault,
  passwordFault,
  prefixEnd,
  timeZoneNamed,
} from "./rules.ts";

/** One character for people, many bytes. */
const family = "👨‍👩‍👧‍👦";

describe("a handle", () => {
  it("has 2 to 30 of a-z, 0-9 and _, with upper case folded", () => {
    expect(foldHandle("Kim_01")).toBe("kim_01");
    expect(foldHandle("ab")).toBe("ab");
    expect(foldHandle("a".repeat(30))).toBe("a".repeat(30));
  });

  it.each(["a", "a".repeat(31), "kim-01", "kim ", "김철수", "\u212Aim", "", "kim\n", "a\u0000b"])(
    "is not %j",
    (text) => {
      expect(foldHandle(text)).toBeNull();
    },
  );
});

describe("a name", () => {
  it("has up to 50 characters as people count them", () => {
    expect(nameFault("김".repeat(50))).toBeNull();
    expect(nameFault("é".normalize("NFD").repeat(50))).toBeNull();
    expect(nameFault("a".repeat(51))).toMatch("at most 50 characters");
  });

  it("has up to 200 bytes, however few characters they are", () => {
    expect(nameFault("a" + family.repeat(8))).toMatch("at most 200 bytes");
  });

  it.each([
    ["nothing", ""],
    ["blanks", " \u3000\u200b "],
    ["U+0000", "a\u0000b"],
    ["half a character", "a\ud83d"],
    ["a line break", "a\nb"],
    ["an escape", "a\u001b[31m"],
    ["a turn of direction", "abc\u202etxt.exe"],
  ])("does not have %s", (_what, name) => {
    expect(nameFault(name)).not.toBeNull();
  });
});

describe("a bio", () => {
  it("may have lines, and up to 500 characters", () => {
    expect(bioFault("")).toBeNull();
    expect(bioFault("one\n\ttwo\r\n")).toBeNull();
    expect(bioFault("a".repeat(500))).toBeNull();
    expect(bioFault("a".repeat(501))).toMatch("at most 500 characters");
    expect(bioFault(family.repeat(100))).toMatch("at most 2048 bytes");
  });

  it.each(["\u0000", "\u0007", "\u001b[0m", "\u202e", "\udc00"])("does not have %j", (text) => {
    expect(bioFault(`a${text}b`)).not.toBeNull();
  });
});

describe("a password", () => {
  it("has 8 to 200 characters of any script", () => {
    expect(passwordFault("12345678")).toBeNull();
    expect(passwordFault("1234567")).not.toBeNull();
    expect(passwordFault("🔑".repeat(8))).toBeNull();
    expect(passwordFault("🔑".repeat(7))).not.toBeNull();
    expect(passwordFault("🔑".repeat(200))).toBeNull();
    expect(passwordFault("a".repeat(201))).not.toBeNull();
    expect(passwordFault("1234567\ud83d")).not.toBeNull();
  });
});

describe("a time zone", () => {
  it("is an IANA name in its usual case", () => {
    expect(timeZoneNamed("Asia/Seoul")).toBe("Asia/Seoul");
    expect(timeZoneNamed("asia/seoul")).toBe("Asia/Seoul");
    expect(timeZoneNamed("UTC")).toBe("UTC");
  });

  it("keeps the alias that the person chose", () => {
    expect(timeZoneNamed("Asia/Kolkata")).toBe("Asia/Kolkata");
  });

  it.each(["+09:00", "", "Mars/Olympus", "Asia/Seoul\u0000", "../etc/passwd"])(
    "is not %j",
    (text) => {
      expect(timeZoneNamed(text)).toBeNull();
    },
  );
});

describe("the locale of a newcomer", () => {
  it("is the one of ours that the browser wants most", () => {
    expect(localeAccepted("ko-KR,ko;q=0.9,en-US;q=0.8")).toBe("ko");
    expect(localeAccepted("fr, en;q=0.5, ja;q=0.7")).toBe("ja");
    expect(localeAccepted("fr")).toBe("en");
    expect(localeAccepted("*")).toBe("en");
    expect(localeAccepted(undefined)).toBe("en");
    expect(localeAccepted(";;,q=,;q=x")).toBe("en");
  });
});

describe("changes of a profile", () => {
  it("are told apart with everything that is wrong, where it is", () => {
    const { errors } = checkProfile({ name: "\n", bio: "\u0007", timeZone: "x" });
    expect(errors.map(({ path }) => path)).toEqual(["/name", "/bio", "/timeZone"]);
  });

  it("are kept in NFC", () => {
    const { value, errors } = checkProfile({ name: "김".normalize("NFD") });
    expect(errors).toEqual([]);
    expect(value).toEqual({ name: "김" });
  });
});

describe("folding of names", () => {
  it("makes case, width and composition no matter", () => {
    expect(foldName("  ＫＩＭ Chul")).toBe("kim chul");
    expect(foldName("김".normalize("NFD"))).toBe("김");
  });

  it("is bounded where one character folds into many", () => {
    expect(foldName("ﷺ".repeat(60)).length).toBe(100);
  });
});

describe("the end of a prefix", () => {
  const inBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
  const text = fc.string({ unit: "binary", maxLength: 6 });
  const edges = fc.constantFrom(
    "a",
    "\ud7ff",
    "\uffff",
    "\u{10ffff}",
    "\u{10ffff}\u{10ffff}",
    "a\u{10ffff}",
  );

  it("bounds exactly the texts that begin so, in the order of the database", () => {
    fc.assert(
      fc.property(fc.oneof(text, edges), text, fc.boolean(), (prefix, other, follows) => {
        fc.pre(prefix !== "");
        const candidate = follows ? prefix + other : other;
        const end = prefixEnd(prefix);
        const isInside =
          inBytes(candidate, prefix) >= 0 && (end === null || inBytes(candidate, end) < 0);
        expect(isInside).toBe(candidate.startsWith(prefix));
      }),
      { numRuns: 2_000 },
    );
  });
});
