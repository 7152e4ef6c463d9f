/** The generated balancer in front of a node's HTTP host, and clients that mean no good. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { balancerConfig } from "../../tools/cell/haproxy.ts";
import { choosePorts } from "../../tools/cell/ports.ts";
import { findHaproxy } from "../../tools/programs.ts";
import { getRoute, postRoute, startTestHost, type TestHost } from "../support/http.ts";

const haproxy = findHaproxy();
const listenMs = 300;

const smuggled = "GET /v1/smuggled HTTP/1.1\r\nHost: a\r\nX-Pad: ";
const withBoth = (transferEncoding: string): string =>
  `POST /v1/things HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${5 + smuggled.length}\r\n${transferEncoding}\r\n\r\n0\r\n\r\n${smuggled}`;
const withLength = (...lengths: readonly string[]): string =>
  `POST /v1/things HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${lengths.map((length) => `Content-Length: ${length}\r\n`).join("")}\r\n{}${smuggled}`;
const withChunk = (size: string): string =>
  `POST /v1/things HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${size}\r\n{}\r\n0\r\n\r\n${smuggled}`;

const attempts: readonly (readonly [what: string, bytes: string])[] = [
  ...[
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: xchunked",
    "Transfer-Encoding : chunked",
    "X: a\r\n Transfer-Encoding: chunked",
    "Transfer-Encoding:\u000bchunked",
    "Transfer-Encoding: chunked, identity",
    "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
    "X: a\nTransfer-Encoding: chunked",
    "X: a\rTransfer-Encoding: chunked",
    "Transfer-Encoding\u0000: chunked",
  ].map((line) => [`a length and ${JSON.stringify(line)}`, withBoth(line)] as const),
  ...[
    ["2", "40"],
    ["+2"],
    ["0x2"],
    ["-1"],
    ["2, 40"],
    ["2 40"],
    ["2e1"],
    ["99999999999999999999"],
  ].map((lengths) => [`lengths ${lengths.join(" and ")}`, withLength(...lengths)] as const),
  ...["0x2", "+2", "2 ;a=\n", '2;a="\n"', "-2", "ffffffffffffffff2", "2\u0000"].map(
    (size) => [`a chunk of ${JSON.stringify(size)}`, withChunk(size)] as const,
  ),
  ["HTTP/0.9", "GET /v1/smuggled\r\n"],
  ["HTTP/1.0 in chunks", withBoth("Transfer-Encoding: chunked").replace("HTTP/1.1", "HTTP/1.0")],
  ["two hosts", "GET /v1/quick HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"],
  [
    "an upgrade that nobody asked for",
    `GET /v1/quick HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n${smuggled}`,
  ],
  [
    "a body behind a GET",
    `GET /v1/quick HTTP/1.1\r\nHost: a\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
  ],
  ["a name with a space", "GET /v1/quick HTTP/1.1\r\nHost: a\r\nX Y: chunked\r\n\r\n"],
];

/** Says it, listens for a moment, and goes. */
async function attempt(port: number, bytes: string): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.resume();
  socket.write(Buffer.from(bytes, "latin1"));
  await Promise.race([pause(listenMs), new Promise((resolve) => socket.once("close", resolve))]);
  socket.destroy();
}

describe.skipIf(haproxy === undefined)("behind the balancer", () => {
  let folder: string;
  let balancer: ChildProcess;
  let node: TestHost;
  let admin: Server;
  let port: number;
  let url: string;
  /** Of each request that reached the node, from whom the balancer says that it is. */
  const seen: (string | undefined)[] = [];

  beforeAll(async () => {
    const answer = (status: number) => (call: { readonly headers: unknown }) => {
      const headers = call.headers as Record<string, string | undefined>;
      seen.push(headers["x-forwarded-for"]);
      return { status, body: { n: headers["x-n"] ?? null } };
    };
    node = await startTestHost([
      getRoute("/v1/quick", answer(200)),
      getRoute("/v1/smuggled", answer(200)),
      postRoute("/v1/things", answer(201)),
    ]);
    admin = createServer((_request, response) => response.end("{}")).listen(0, "127.0.0.1");
    await new Promise((resolve) => admin.once("listening", resolve));
    folder = await mkdtemp(path.join(tmpdir(), "maru-balancer-"));
    const portOf = await choosePorts(path.join(folder, "ports.json"), ["public", "admin"]);
    port = portOf("public");
    url = `http://127.0.0.1:${port}`;
    const file = path.join(folder, "haproxy.cfg");
    await writeFile(
      file,
      balancerConfig({
        bind: `127.0.0.1:${port}`,
        adminBind: `127.0.0.1:${portOf("admin")}`,
        nodes: [
          {
            name: "node-1",
            address: `127.0.0.1:${node.port}`,
            adminPort: (admin.address() as AddressInfo).port,
          },
        ],
      }),
    );
    balancer = spawn(haproxy ?? "", ["-db", "-f", file], { stdio: "ignore" });
    await vi.waitFor(
      async () => {
        expect((await fetch(`${url}/v1/quick`)).status).toBe(200);
      },
      { timeout: 10_000 },
    );
  });

  afterAll(async () => {
    balancer.kill("SIGKILL");
    admin.closeAllConnections();
    admin.close();
    await node.host.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("a request that it did not see is told from others", async () => {
    seen.length = 0;
    await fetch(`${node.url}/v1/smuggled`);
    expect(seen).toEqual([undefined]);
  });

  it.each(attempts)("%s brings nothing past it", async (_, bytes) => {
    seen.length = 0;
    await attempt(port, bytes);
    // Whoever comes next over the same connection to the node gets their own answer.
    for (let i = 0; i < 3; i += 1) {
      const next = await fetch(`${url}/v1/quick`, { headers: { "x-n": String(i) } });
      expect([next.status, await next.json()]).toEqual([200, { n: String(i) }]);
    }
    // The balancer says of all that it has let through from whom it is; what it did not see, nobody says that of.
    expect(seen).toEqual(seen.map(() => "127.0.0.1"));
  });

  it("slow senders of headers and of bodies are kept from the node, answered 408 and closed", async () => {
    seen.length = 0;
    const heads = [
      "GET /v1/quick HTTP/1.1\r\nHost: a\r\nX-Slow: ",
      "POST /v1/things HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{",
    ];
    const sockets: Socket[] = [];
    const ends = Array.from({ length: 200 }, (_, i) => {
      const socket = connect(port, "127.0.0.1");
      sockets.push(socket);
      let text = "";
      socket.write(heads[i % heads.length] ?? "");
      socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
      socket.on("error", () => undefined);
      return new Promise<string>((resolve) => socket.once("close", () => resolve(text)));
    });
    const dripping = setInterval(() => {
      for (const socket of sockets) if (socket.writable) socket.write("a");
    }, 500);
    await pause(1_000);
    expect(seen).toEqual([]);
    for (let i = 0; i < 50; i += 1) {
      expect((await fetch(`${url}/v1/quick`)).status).toBe(200);
    }
    const texts = await Promise.all(ends);
    clearInterval(dripping);
    expect(texts.filter((text) => !text.startsWith("HTTP/1.1 408"))).toEqual([]);
    expect(seen).toHaveLength(50);
  });
});
