import { createServer, type Server } from "node:http";
import { connect, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createDoors, type Doors } from "./doors.ts";

const host = "127.0.0.1";
/** More than the system takes from a server whose client does not read. */
const largeBytes = 32 * 1024 ** 2;

interface Opened {
  readonly server: Server;
  readonly doors: Doors;
  readonly port: number;
}

async function open(
  connectionsMax: number,
  port = 0,
  sharing: "alone" | "first" | "another" = "alone",
  monotonicMs: () => number = () => performance.now(),
): Promise<Opened> {
  const server = createServer((request, response) => {
    if (request.url === "/large") response.end(Buffer.alloc(largeBytes, "a"));
    else if (request.url !== "/held") response.end("here");
  });
  const doors = createDoors(server, { connectionsMax, monotonicMs });
  onTestFinished(async () => {
    const closed = doors.close();
    server.closeAllConnections();
    await closed;
  });
  return { server, doors, port: await doors.open({ host, port }, sharing) };
}

function call(port: number): Socket {
  const socket = connect({ host, port });
  socket.on("error", () => undefined);
  onTestFinished(() => {
    socket.destroy();
  });
  return socket;
}

const connected = (socket: Socket): Promise<void> =>
  new Promise((resolve) => socket.once("connect", resolve));
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("many connections are taken in a turn of the loop", async () => {
  const { doors, port } = await open(1_000);
  await Promise.all(Array.from({ length: 3 }, () => connected(call(port))));
  await expect.poll(doors.connections).toBe(3);
  // The system completes connections while the thread does something else.
  const sockets = Array.from({ length: 200 }, () => call(port));
  await turn();
  const endMs = performance.now() + 200;
  while (performance.now() < endMs);
  let turns = 0;
  while (doors.connections() < 203) {
    turns += 1;
    await turn();
  }
  expect(turns).toBeLessThan(100);
  expect(sockets.every((socket) => !socket.destroyed)).toBe(true);
});

test("as many connections as may be are open, whichever door they came by", async () => {
  const { doors, port } = await open(20);
  const sockets = Array.from({ length: 60 }, () => call(port));
  const closed = (): number => sockets.filter((socket) => socket.closed).length;
  await expect.poll(closed).toBe(40);
  expect(doors.connections()).toBe(20);
  for (const socket of sockets) socket.destroy();
  await expect.poll(doors.connections).toBe(0);
  const answer = await fetch(`http://${host}:${port}/`);
  expect(await answer.text()).toBe("here");
});

/** Sends a request and gives what comes of it, until the connection ends or the answer is there. */
async function ask(socket: Socket, url: string): Promise<string> {
  socket.write(`GET ${url} HTTP/1.1\r\nhost: a\r\n\r\n`);
  let text = "";
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += String(chunk);
    if (text.includes("here")) break;
  }
  return text;
}

test("who has asked nothing for longest makes room for who comes", async () => {
  const { doors, port } = await open(20);
  const first = call(port);
  await connected(first);
  await expect.poll(doors.connections).toBe(1);
  const silent = Array.from({ length: 19 }, () => call(port));
  await expect.poll(doors.connections).toBe(20);
  // A head that never ends is no question.
  first.write("GET / HTTP/1.1\r\nhost: ");
  const newcomer = call(port);
  expect(await ask(newcomer, "/")).toContain("here");
  await expect.poll(() => first.closed).toBe(true);
  expect(silent.filter((socket) => socket.closed)).toEqual([]);
  expect(doors.connections()).toBe(20);
});

test("who has asked nothing for a second goes before who asks nothing any more, and newcomers go last", async () => {
  let nowMs = 0;
  const { doors, port } = await open(30, 0, "alone", () => nowMs);
  const come = async (count: number): Promise<readonly Socket[]> => {
    const before = doors.connections();
    const sockets = Array.from({ length: count }, () => call(port));
    await expect.poll(doors.connections).toBe(before + count);
    return sockets;
  };
  const idle = await come(10);
  for (const socket of idle) expect(await ask(socket, "/")).toContain("here");
  const silent = await come(10);
  nowMs += 1_500;
  const newcomers = await come(10);
  const gone = (sockets: readonly Socket[]): number =>
    sockets.filter((socket) => socket.closed).length;
  for (let n = 1; n <= 20; n += 1) {
    expect(await ask(call(port), "/")).toContain("here");
    await expect.poll(() => gone(silent) + gone(idle)).toBe(n);
    if (n === 10) expect(gone(silent)).toBe(10);
  }
  expect(gone(newcomers)).toBe(0);
});

test("who waits for an answer stays, and so does who is being sent one", async () => {
  const { server, doors, port } = await open(20);
  let asked = 0;
  server.on("request", () => {
    asked += 1;
  });
  const waiting = Array.from({ length: 19 }, () => call(port));
  for (const socket of waiting) socket.write("GET /held HTTP/1.1\r\nhost: a\r\n\r\n");
  const slow = call(port);
  slow.write("GET /large HTTP/1.1\r\nhost: a\r\n\r\n");
  await expect.poll(() => asked).toBe(20);
  const refused = call(port);
  await expect.poll(() => refused.closed).toBe(true);
  let bytes = 0;
  for await (const chunk of slow.iterator({ destroyOnReturn: false })) {
    bytes += (chunk as Buffer).length;
    if (bytes >= largeBytes) break;
  }
  expect(waiting.filter((socket) => socket.closed)).toEqual([]);
  expect(doors.connections()).toBe(20);
});

test("a port that is open is nobody else's, except of other threads where that is wanted", async () => {
  const alone = await open(10);
  await expect(open(10, alone.port)).rejects.toMatchObject({ code: "EADDRINUSE" });
  await expect(open(10, alone.port, "first")).rejects.toMatchObject({ code: "EADDRINUSE" });
  const first = await open(1_000, 0, "first");
  const another = await open(1_000, first.port, "another");
  await Promise.all(Array.from({ length: 200 }, () => connected(call(first.port))));
  await expect.poll(() => first.doors.connections() + another.doors.connections()).toBe(200);
  expect(first.doors.connections()).toBeGreaterThan(0);
  expect(another.doors.connections()).toBeGreaterThan(0);
});

test("closed doors take nobody, and wait for those who are in", async () => {
  const { server, doors, port } = await open(100);
  let requests = 0;
  server.on("request", () => {
    requests += 1;
  });
  const sockets = await Promise.all(
    Array.from({ length: 30 }, async () => {
      const socket = call(port);
      await connected(socket);
      // An idle connection would be ended.
      socket.write("GET /held HTTP/1.1\r\nhost: a\r\n\r\n");
      return socket;
    }),
  );
  await expect.poll(() => requests).toBe(30);
  let isClosed = false;
  const closing = doors.close().then(() => {
    isClosed = true;
  });
  const late = call(port);
  await expect.poll(() => late.closed).toBe(true);
  expect(isClosed).toBe(false);
  for (const socket of sockets) socket.destroy();
  await closing;
  await expect.poll(doors.connections).toBe(0);
});
