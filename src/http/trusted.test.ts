import { expect, test } from "vitest";
import { createTrust } from "./trusted.ts";

test("an address is trusted if it is named, or lies in a network that is", () => {
  const isTrusted = createTrust(["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"]);
  for (const address of ["10.1.2.3", "::ffff:10.1.2.3", "192.0.2.7", "2001:db8::1"]) {
    expect([address, isTrusted(address)]).toEqual([address, true]);
  }
  for (const address of ["11.1.2.3", "192.0.2.8", "2001:db9::1", "", "unknown", "10.0.0.1:80"]) {
    expect([address, isTrusted(address)]).toEqual([address, false]);
  }
  expect(createTrust([])("127.0.0.1")).toBe(false);
});
