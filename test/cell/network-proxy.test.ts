import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startNetworkProxy, type NetworkProxy } from "./network-proxy.ts";

/** An echo behind a proxy. */

let echo: Server;
let proxy: NetworkProxy;
let client: Client;

interface Client {
  readonly socket: Socket;
  heard(): string;
  readonly closed: Promise<void>;
}

function open(): Client {
  const socket = connect(proxy.port, "127.0.0.1");
  let heard = "";
  socket.setEncoding("utf8");
  socket.on("data", (text: string) => (heard += text));
  socket.on("error", () => undefined);
  const closed = new Promise<void>((resolve) => {
    socket.on("close", () => {
      resolve();
    });
  });
  return { socket, heard: () => heard, closed };
}

const silenceMs = 150;
const silence = (): Promise<void> => pause(silenceMs);

beforeEach(async () => {
  echo = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.pipe(socket);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => echo.once("listening", resolve));
  const { port } = echo.address() as AddressInfo;
  proxy = await startNetworkProxy(() => ({ host: "127.0.0.1", port }));
  client = open();
});

afterEach(async () => {
  client.socket.destroy();
  await proxy.close();
  echo.close();
});

it("passes bytes on both ways, and counts connections", async () => {
  client.socket.write("one");
  await expect.poll(client.heard).toBe("one");
  expect(proxy.connections()).toBe(1);
});

it("delays each way, and keeps the order when the delay ends", async () => {
  client.socket.write("a");
  await expect.poll(client.heard).toBe("a");
  proxy.set({ kind: "slow", delayMs: 100 });
  const sentMs = performance.now();
  client.socket.write("b");
  await expect.poll(client.heard, { interval: 2 }).toBe("ab");
  expect(performance.now() - sentMs).toBeGreaterThan(190);
  client.socket.write("c");
  await pause(20);
  proxy.set({ kind: "fine" });
  client.socket.write("d");
  await expect.poll(client.heard).toBe("abcd");
});

it("cuts what there is, refuses what comes, and lets in again", async () => {
  client.socket.write("one");
  await expect.poll(client.heard).toBe("one");
  proxy.set({ kind: "cut" });
  await client.closed;
  await open().closed;
  proxy.set({ kind: "fine" });
  client = open();
  client.socket.write("two");
  await expect.poll(client.heard).toBe("two");
});

it("swallows everything in silence, and ends those connections when it is over", async () => {
  client.socket.write("one");
  await expect.poll(client.heard).toBe("one");
  proxy.set({ kind: "black hole" });
  const late = open();
  client.socket.write("two");
  late.socket.write("three");
  await silence();
  expect([client.heard(), late.heard()]).toEqual(["one", ""]);
  expect([client.socket.destroyed, late.socket.destroyed]).toEqual([false, false]);
  proxy.set({ kind: "fine" });
  await Promise.all([client.closed, late.closed]);
});

it("cuts connections one after the other where they get lost", async () => {
  const others = Array.from({ length: 3 }, open);
  client.socket.write("one");
  await expect.poll(client.heard).toBe("one");
  proxy.set({ kind: "lossy", cutEveryMs: 5 });
  await Promise.all([client.closed, ...others.map(({ closed }) => closed)]);
});
