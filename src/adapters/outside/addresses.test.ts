import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createReach } from "./addresses.ts";

const reach = createReach();

describe("what may be reached", () => {
  it.each([
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.0",
    "172.32.0.1",
    "198.17.255.255",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2a00:1450:4001::200e",
    "::ffff:8.8.8.8",
    "::ffff:808:808",
    "64:ff9b::808:808",
  ])("is %s", (address) => {
    expect(reach(address)).toBe(true);
  });

  it.each([
    ["this network", "0.0.0.0"],
    ["this network", "0.1.2.3"],
    ["loopback", "127.0.0.1"],
    ["loopback", "127.255.255.254"],
    ["private", "10.0.0.1"],
    ["private", "172.16.0.1"],
    ["private", "172.31.255.255"],
    ["private", "192.168.1.1"],
    ["shared", "100.64.0.1"],
    ["a cloud's description of the machine", "169.254.169.254"],
    ["for protocols", "192.0.0.8"],
    ["documentation", "192.0.2.1"],
    ["documentation", "198.51.100.1"],
    ["documentation", "203.0.113.1"],
    ["benchmarks", "198.18.0.1"],
    ["relays", "192.88.99.1"],
    ["multicast", "224.0.0.1"],
    ["reserved", "240.0.0.1"],
    ["everybody", "255.255.255.255"],
    ["nobody", "::"],
    ["loopback", "::1"],
    ["mapped", "::ffff:127.0.0.1"],
    ["mapped", "::ffff:7f00:1"],
    ["mapped", "::ffff:169.254.169.254"],
    ["compatible", "::127.0.0.1"],
    ["compatible", "::8.8.8.8"],
    ["translated", "64:ff9b::127.0.0.1"],
    ["translated", "64:ff9b::a9fe:a9fe"],
    ["translated here", "64:ff9b:1::808:808"],
    ["translated as once", "::ffff:0:808:808"],
    ["6to4", "2002:7f00:1::"],
    ["6to4", "2002:808:808::"],
    ["Teredo", "2001:0:4136:e378:8000:63bf:3fff:fdd2"],
    ["documentation", "2001:db8::1"],
    ["documentation", "3fff::1"],
    ["benchmarks", "2001:2::1"],
    ["identifiers", "2001:20::1"],
    ["unique local", "fd00::1"],
    ["unique local", "fc00::1"],
    ["link local", "fe80::1"],
    ["link local with a zone", "fe80::1%eth0"],
    ["with a zone", "2606:4700::1%eth0"],
    ["site local", "fec0::1"],
    ["multicast", "ff02::1"],
    ["to be discarded", "100::1"],
    ["not given out", "4000::1"],
    ["not as DNS writes it", "0177.0.0.1"],
    ["not as DNS writes it", "2130706433"],
    ["not as DNS writes it", "0x7f000001"],
    ["not as DNS writes it", "127.1"],
    ["not as DNS writes it", "[::1]"],
    ["a name", "localhost"],
    ["nothing", ""],
  ])("is not %s: %s", (_name, address) => {
    expect(reach(address)).toBe(false);
  });

  it("is what is allowed besides, and nothing near it", () => {
    const reachAllowed = createReach({ allow: ["10.1.0.0/16", "127.0.0.2", "fd00:1::/32"] });
    for (const address of ["10.1.2.3", "127.0.0.2", "fd00:1::5", "::ffff:10.1.2.3", "8.8.8.8"]) {
      expect(reachAllowed(address), address).toBe(true);
    }
    for (const address of ["10.2.0.1", "127.0.0.1", "127.0.0.3", "fd00:2::5", "::1"]) {
      expect(reachAllowed(address), address).toBe(false);
    }
  });

  it("is not what is forbidden, though it be public or allowed", () => {
    const reachForbidden = createReach({
      allow: ["10.0.0.0/8"],
      forbid: ["8.8.8.8", "10.9.0.0/16"],
    });
    expect(reachForbidden("8.8.4.4")).toBe(true);
    expect(reachForbidden("10.8.0.1")).toBe(true);
    for (const address of ["8.8.8.8", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "10.9.0.1"]) {
      expect(reachForbidden(address), address).toBe(false);
    }
  });

  it("is said in networks", () => {
    expect(() => createReach({ allow: ["nowhere"] })).toThrow();
    expect(() => createReach({ forbid: ["10.0.0.0/64"] })).toThrow();
  });
});

/** The registries of IANA, by arithmetic: first address and bits of what is not for everybody. */
const special4 = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.31.196.0", 24],
  ["192.52.193.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["192.175.48.0", 24],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const;
const special6 = [
  [0x2001n << 112n, 23],
  [(0x2001n << 112n) | (0x0db8n << 96n), 32],
  [0x2002n << 112n, 16],
  [(0x2620n << 112n) | (0x004fn << 96n) | (0x8000n << 80n), 48],
  [0x3fffn << 112n, 20],
] as const;
const bits4 = 32n;
const bits6 = 128n;

const value4 = (text: string): bigint =>
  text.split(".").reduce((value, part) => value * 256n + BigInt(part), 0n);
const isWithin = (value: bigint, first: bigint, prefix: number, bits: bigint): boolean =>
  value >> (bits - BigInt(prefix)) === first >> (bits - BigInt(prefix));
const isPublic4 = (value: bigint): boolean =>
  !special4.some(([first, prefix]) => isWithin(value, value4(first), prefix, bits4));

function isPublic6(value: bigint): boolean {
  const [head, tail] = [value >> bits4, value & 0xffff_ffffn];
  if (head === 0xffffn || head === 0x64_ff9bn << 64n) {
    return isPublic4(tail);
  }
  const isGivenOut = value >> 125n === 1n;
  return isGivenOut && !special6.some(([first, prefix]) => isWithin(value, first, prefix, bits6));
}

const text4 = (value: bigint): string =>
  [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join(".");
const groups = (value: bigint): string[] =>
  [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n].map((at) => ((value >> at) & 0xffffn).toString(16));
/** Short, long, in capitals, and with its end as IPv4. */
const spellings: readonly ((value: bigint) => string)[] = [
  (value) => groups(value).join(":"),
  (value) =>
    groups(value)
      .map((group) => group.padStart(4, "0").toUpperCase())
      .join(":"),
  (value) => `${groups(value).slice(0, 6).join(":")}:${text4(value & 0xffff_ffffn)}`,
  (value) =>
    groups(value)
      .join(":")
      .replace(/(?:^|:)0(?::0)+(?::|$)/, "::"),
  (value) => {
    const head = groups(value).slice(0, 6).join(":");
    return `${head}:${text4(value & 0xffff_ffffn)}`.replace(/(?:^|:)0(?::0)+:/, "::");
  },
];

/** Any at all, and those on both sides of each edge. */
const edges = (
  firsts: readonly (readonly [bigint, number])[],
  bits: bigint,
): fc.Arbitrary<bigint> =>
  fc
    .tuple(fc.constantFrom(...firsts), fc.boolean(), fc.integer({ min: -2, max: 2 }))
    .map(([[first, prefix], isEnd, by]) => {
      const edge = isEnd ? first + (1n << (bits - BigInt(prefix))) : first;
      return BigInt.asUintN(Number(bits), edge + BigInt(by));
    });
const firsts4 = special4.map(([first, prefix]) => [value4(first), prefix] as const);
const any4 = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** bits4 - 1n }), edges(firsts4, bits4));
const firsts6 = [
  ...special6,
  [1n << 125n, 3],
  [0xfc00n << 112n, 7],
  [0xfe80n << 112n, 10],
  [0xff00n << 112n, 8],
  [0n, 96],
  [0xffffn << bits4, 96],
  [0x64_ff9bn << 96n, 96],
] as const;
const any6 = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** bits6 - 1n }),
  edges(firsts6, bits6),
  any4,
  any4.map((value) => (0xffffn << bits4) | value),
  any4.map((value) => (0x64_ff9bn << 96n) | value),
);

describe("this machine's own addresses", () => {
  let own: readonly string[] = ["8.8.8.8", "2a00:1450::1", "fe80::1", "127.0.0.1"];
  const options = { own: () => own };

  it("are not reached, however they are written, and others are", () => {
    const reach = createReach(options);
    for (const address of ["8.8.8.8", "::ffff:8.8.8.8", "64:ff9b::808:808", "2a00:1450:0::1"]) {
      expect(reach(address), address).toBe(false);
    }
    expect(reach("8.8.8.9")).toBe(true);
    expect(reach("2a00:1450::2")).toBe(true);
  });

  it("are those of now", () => {
    const reach = createReach(options);
    own = ["1.1.1.1"];
    expect([reach("1.1.1.1"), reach("8.8.8.8")]).toEqual([false, true]);
  });

  it("are reached where they are allowed, and not forbidden", () => {
    own = ["1.1.1.1"];
    expect(createReach({ ...options, allow: ["1.1.1.1"] })("1.1.1.1")).toBe(true);
    const both = { allow: ["1.1.1.1"], forbid: ["1.1.1.0/24"] };
    expect(createReach({ ...options, ...both })("1.1.1.1")).toBe(false);
  });
});

describe("by the registries", () => {
  it("IPv4 is reached where it is public", () => {
    fc.assert(
      fc.property(any4, (value) => {
        expect(reach(text4(value)), text4(value)).toBe(isPublic4(value));
      }),
      { numRuns: 3_000 },
    );
  });

  it("IPv6 is reached where it is public, however it is written", () => {
    fc.assert(
      fc.property(any6, fc.constantFrom(...spellings), (value, spell) => {
        expect(reach(spell(value)), spell(value)).toBe(isPublic6(value));
      }),
      { numRuns: 3_000 },
    );
  });
});
