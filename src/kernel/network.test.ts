import { describe, expect, it } from "vitest";
import { isPrivate, networkOf } from "./network.ts";

describe("the network of an address", () => {
  it.each([
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["2001:db8:1:2ff:3:4:5:6", "2001:db8:1:200::/56"],
    ["2001:0DB8:0001:02AB:ffff::1", "2001:db8:1:200::/56"],
    ["2001:db8::1", "2001:db8:0:0::/56"],
    ["2001:db8:1:302::", "2001:db8:1:300::/56"],
    ["::1", "0:0:0:0::/56"],
    ["fe80::1%eth0", "fe80:0:0:0::/56"],
    ["64:ff9b::192.0.2.7", "64:ff9b:0:0::/56"],
    ["unknown", "unknown"],
  ])("%s is %s", (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  it.each([
    ["127.0.0.1", true],
    ["127.8.9.1", true],
    ["::1", true],
    ["::ffff:127.0.0.1", true],
    ["10.1.2.3", true],
    ["172.31.0.1", true],
    ["192.168.1.1", true],
    ["fd00::1", true],
    ["fe80::1%eth0", true],
    ["::2", false],
    ["172.32.0.1", false],
    ["192.0.2.7", false],
    ["2001:db8::1", false],
    ["unknown", false],
  ])("%s is private: %s", (address, isOwn) => {
    expect(isPrivate(address)).toBe(isOwn);
  });
});
