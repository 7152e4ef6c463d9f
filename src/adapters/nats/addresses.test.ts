import { expect, it } from "vitest";
import { parseAddress } from "./addresses.ts";

it("reads host, port, encryption and credentials of an address", () => {
  expect(parseAddress("nats://n1.example")).toEqual({
    host: "n1.example:4222",
    tls: false,
    user: null,
    password: null,
  });
  expect(parseAddress("tls://maru:p%40ss%2Fword@[::1]:4333")).toEqual({
    host: "[::1]:4333",
    tls: true,
    user: "maru",
    password: "p@ss/word",
  });
});

it.each(["", "n1:4222", "http://n1:4222", "nats://maru:secret@", "nats://maru:secret@n1:port"])(
  "refuses %s, and does not repeat what may hold a password",
  (url) => {
    expect(() => parseAddress(url)).toThrow("an address of NATS is");
    expect(() => parseAddress(url)).not.toThrow("secret");
  },
);
