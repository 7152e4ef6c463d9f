/** The generated balancer in front of two stand-ins for nodes, which fail in the ways that nodes do. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import {
  Agent,
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { balancerConfig } from "../../tools/cell/haproxy.ts";
import { choosePorts } from "../../tools/cell/ports.ts";
import { ask } from "../../tools/cell/probes.ts";
import { findHaproxy } from "../../tools/programs.ts";
import { send } from "../support/cell-load.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

interface StandIn {
  readonly api: Server;
  readonly admin: Server;
  /** What it answers at /readyz; null: nothing at all. */
  ready: number | null;
  live: number | null;
  handle: Handler;
  /** "METHOD path" of what reached it. */
  readonly seen: string[];
}

const withinMs = { timeout: 10_000 };
const haproxy = findHaproxy();
if (haproxy === undefined)
  console.log("The tests of the balancer are left out: HAProxy is missing.");

const listen = (server: Server): Promise<void> =>
  new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const portOf = (server: Server): number => (server.address() as AddressInfo).port;

async function startStandIn(name: string): Promise<StandIn> {
  const api = createServer((request, response) => {
    standIn.seen.push(`${request.method ?? ""} ${request.url ?? ""}`);
    request.resume().once("end", () => {
      standIn.handle(request, response);
    });
  });
  const admin = createServer((request, response) => {
    const status = request.url === "/livez" ? standIn.live : standIn.ready;
    if (status !== null) response.writeHead(status).end(name);
  });
  const standIn: StandIn = { api, admin, ready: 200, live: 200, handle: () => undefined, seen: [] };
  await Promise.all([listen(api), listen(admin)]);
  return standIn;
}

describe.skipIf(haproxy === undefined)("the balancer", () => {
  let folder: string;
  let balancer: ChildProcess;
  let nodes: readonly [StandIn, StandIn];
  let url: string;
  let adminUrl: string;

  const answering: Handler = (request, response) => response.end(JSON.stringify(request.headers));
  const cutting: Handler = (request) => request.socket.destroy();

  async function usable(count: number): Promise<void> {
    await vi.waitFor(async () => {
      const table = (await ask(`${adminUrl}/;csv`, 1_000))?.text ?? "";
      expect(table.match(/^nodes,node-.*,UP,/gmu) ?? []).toHaveLength(count);
    }, withinMs);
  }

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "maru-balancer-"));
    nodes = [await startStandIn("node-1"), await startStandIn("node-2")];
    const port = await choosePorts(path.join(folder, "ports.json"), ["public", "admin"]);
    url = `http://127.0.0.1:${port("public")}`;
    adminUrl = `http://127.0.0.1:${port("admin")}`;
    const text = balancerConfig({
      bind: `127.0.0.1:${port("public")}`,
      adminBind: `127.0.0.1:${port("admin")}`,
      nodes: nodes.map(({ api, admin }, at) => ({
        name: `node-${at + 1}`,
        address: `127.0.0.1:${portOf(api)}`,
        adminPort: portOf(admin),
      })),
    });
    const file = path.join(folder, "haproxy.cfg");
    await writeFile(file, text);
    balancer = spawn(haproxy ?? "", ["-db", "-f", file], { stdio: "ignore" });
  });

  afterAll(async () => {
    balancer.kill("SIGKILL");
    for (const { api, admin } of nodes) {
      for (const server of [api, admin]) {
        server.closeAllConnections();
        server.close();
      }
    }
    await rm(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    for (const node of nodes) {
      node.handle = answering;
      node.ready = 200;
      node.live = 200;
      node.seen.length = 0;
    }
    await usable(2);
  });

  const seen = (): string[] => nodes.flatMap((node) => node.seen);

  it("tells nodes where a client is, and not what it says of itself", async () => {
    const reply = await fetch(`${url}/v1/feed`, {
      headers: {
        "x-forwarded-for": "9.9.9.9",
        "x-forwarded-proto": "https",
        "x-forwarded-host": "elsewhere.example",
        forwarded: "for=9.9.9.9",
      },
    });
    const headers = (await reply.json()) as Record<string, string>;
    expect(headers).toMatchObject({ "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "http" });
    expect(headers).not.toHaveProperty("forwarded");
    expect(headers).not.toHaveProperty("x-forwarded-host");
  });

  it.each([
    ["a read", { method: "GET" }],
    ["what sets", { method: "PUT", body: {} }],
    ["what removes", { method: "DELETE" }],
    ["a command with a key", { method: "POST", body: { text: "hello" }, key: "one" }],
  ])("sends %s again to the other node when it was lost", async (_, sent) => {
    let isFirst = true;
    for (const node of nodes) {
      node.handle = (request, response) => {
        (isFirst ? cutting : answering)(request, response);
        isFirst = false;
      };
    }
    const reply = await send(url, { ...sent, path: "/v1/things" });
    expect(reply.status).toBe(200);
    expect(nodes.map((node) => node.seen.length)).toEqual([1, 1]);
  });

  it("sends a new password once: the second time the old one would be wrong", async () => {
    for (const node of nodes) node.handle = cutting;
    const agent = new Agent({ keepAlive: false });
    const request = { agent, method: "PUT", path: "/v1/accounts/me/password", body: {} };
    expect([(await send(url, request)).status, seen().length]).toEqual([502, 1]);
  });

  it.each([
    ["POST without a key", "POST", undefined],
    ["PATCH without a key", "PATCH", undefined],
    ["PATCH with a key, which nodes do not know", "PATCH", "two"],
  ])("sends a %s once, and says that it was lost", async (_, method, key) => {
    for (const node of nodes) node.handle = cutting;
    // On a connection that it had answered on before, HAProxy would close it without a word, as HTTP has it.
    const agent = new Agent({ keepAlive: false });
    const request = { agent, method, path: "/v1/things", body: { text: "hello" } };
    const reply = await send(url, key === undefined ? request : { ...request, key });
    expect([reply.status, seen().length]).toEqual([502, 1]);
    expect(JSON.parse(reply.body)).toMatchObject({ code: "cell.node_lost", status: 502 });
  });

  it("gives a node that is not ready nothing new, and leaves it what it has", async () => {
    const { promise: under, resolve: isUnder } = Promise.withResolvers<ServerResponse>();
    const [first, second] = nodes;
    second.ready = 503;
    await usable(1);
    first.handle = (_, response) => {
      isUnder(response);
    };
    const slow = send(url, { method: "POST", path: "/v1/slow", body: {} });
    const response = await under;
    second.ready = 200;
    await usable(2);
    first.ready = 503;
    await usable(1);
    for (let turn = 0; turn < 8; turn += 1) await send(url, { method: "GET", path: "/v1/feed" });
    expect([first.seen, second.seen.length]).toEqual([["POST /v1/slow"], 8]);
    response.end("done");
    expect(await slow).toEqual({ status: 200, body: "done" });
  });

  it("takes from a node that hangs what it has", async () => {
    const [first, second] = nodes;
    second.ready = 503;
    await usable(1);
    first.handle = () => undefined;
    const agent = new Agent({ keepAlive: false });
    const hanging = [
      send(url, { agent, method: "GET", path: "/v1/feed" }),
      send(url, { agent, method: "POST", path: "/v1/things", body: {}, key: "three" }),
      send(url, { agent, method: "POST", path: "/v1/things", body: {} }),
    ];
    await vi.waitFor(() => expect(first.seen).toHaveLength(3), withinMs);
    second.ready = 200;
    await usable(2);
    first.ready = null;
    first.live = null;
    const replies = await Promise.all(hanging);
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 502]);
    expect(second.seen).toHaveLength(2);
  });

  it("asks nodes that live while none is ready, and says so when none lives", async () => {
    for (const node of nodes) node.ready = 503;
    await usable(0);
    expect((await send(url, { method: "GET", path: "/v1/feed" })).status).toBe(200);
    expect((await ask(`${adminUrl}/readyz`, 1_000))?.status).toBe(503);
    for (const node of nodes) {
      node.ready = null;
      node.live = null;
    }
    await vi.waitFor(async () => {
      const reply = await fetch(`${url}/v1/feed`);
      expect(reply.status).toBe(503);
      expect(reply.headers.get("retry-after")).toBe("1");
      expect(await reply.json()).toMatchObject({ code: "cell.no_node" });
    }, withinMs);
    expect((await ask(`${adminUrl}/livez`, 1_000))?.status).toBe(200);
  });
});
