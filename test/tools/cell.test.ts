/** Starts whole cells, as `npm run cell` does, and takes parts of them away. */
import { spawn, type ChildProcess } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { endProcessesIn, isAlive, sendSignal } from "../../src/adapters/embedded/processes.ts";
import { startCell } from "../../tools/cell/cell.ts";
import { startTimeOf } from "../../tools/cell/leftovers.ts";
import type { Cell, NodeName } from "../../tools/cell/types.ts";
import { cellPrograms, explainMissing } from "../../tools/programs.ts";
import { projectRoot } from "../../tools/steps.ts";
import { send, signUp, startLoad } from "../support/cell-load.ts";

const missing = explainMissing(cellPrograms);
if (missing !== undefined) console.log(`The tests of a cell are left out. ${missing}`);

const traversableMode = 0o711;
const privateMode = 0o600;
const permissionBits = 0o777;
const nodes: readonly NodeName[] = ["node-1", "node-2", "node-3"];
/** Everything runs on few cores here; what is promised is 5 s of silence, and a start. */
const backWithinMs = 30_000;
const within = { timeout: backWithinMs };

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "maru-cell-"));
  await chmod(folder, traversableMode);
  return folder;
}

async function removeFolder(folder: string): Promise<void> {
  await endProcessesIn(path.join(folder, "postgres"));
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

const runs = (pid: number): boolean => isAlive(pid) && startTimeOf(pid) !== null;

describe.skipIf(missing !== undefined)("a cell", () => {
  let folder: string;
  let cell: Cell;
  const events: string[] = [];

  beforeAll(async () => {
    folder = await makeFolder();
    cell = await startCell({
      dataDir: folder,
      postgresSettings: { shared_buffers: "32MB", fsync: "off" },
      onEvent: (text) => events.push(text),
    });
  });

  afterAll(async () => {
    const pids = cell.processes.map(({ pid }) => pid ?? 0);
    await cell.close();
    await cell.close();
    expect(pids.filter((pid) => pid > 0 && runs(pid))).toEqual([]);
    await removeFolder(folder);
  });

  it("serves people through both balancers", async () => {
    const [first, second] = cell.balancerUrls;
    const author = await signUp(first, "author");
    const reader = await signUp(second, "reader");
    const follow = { method: "PUT", path: `/v1/follows/${author.id}`, token: reader.token };
    expect((await send(second, follow)).status).toBeLessThan(300);
    const story = { method: "POST", path: "/v1/stories", token: author.token };
    expect((await send(first, { ...story, body: { text: "Hello, cell" } })).status).toBe(201);
    await vi.waitFor(async () => {
      for (const url of cell.balancerUrls) {
        const feed = await send(url, { method: "GET", path: "/v1/feed", token: reader.token });
        expect(feed.body).toContain("Hello, cell");
      }
    }, within);
  });

  it("keeps to itself who may reach it", async () => {
    const secrets = await stat(path.join(folder, "secrets.json"));
    expect(secrets.mode & permissionBits).toBe(privateMode);
    expect(cell.process("postgres").url).not.toContain("@");
  });

  it("brings back a node that was killed, and answers everybody meanwhile", async () => {
    const person = await signUp(cell.balancerUrls[0], "killed");
    const load = startLoad(cell.balancerUrls, person, 25);
    const before = cell.process("node-2").starts;
    cell.kill("node-2");
    await vi.waitFor(() => expect(cell.process("node-2").starts).toBe(before + 1), within);
    await cell.untilReady("node-2", backWithinMs);
    await cell.untilRouted("node-2", backWithinMs);
    const { failures, published } = await load.stop();
    expect(failures).toEqual([]);
    expect(new Set(published).size).toBe(published.length);
    const me = { method: "GET", path: "/v1/accounts/me", token: person.token };
    await vi.waitFor(async () => {
      const { body } = await send(cell.balancerUrls[1], me);
      expect(JSON.parse(body)).toMatchObject({
        account: { counts: { stories: published.length } },
      });
    }, within);
    expect(events.join()).toContain("node-2 has ended unasked (SIGKILL); it is started again");
  });

  it("ends a node that hangs from outside, and answers everybody meanwhile", async () => {
    const person = await signUp(cell.balancerUrls[0], "stopped");
    const load = startLoad(cell.balancerUrls, person, 25);
    const before = cell.process("node-3").starts;
    cell.kill("node-3", "SIGSTOP");
    await vi.waitFor(() => expect(cell.process("node-3").starts).toBe(before + 1), within);
    await cell.untilReady("node-3", backWithinMs);
    await cell.untilRouted("node-3", backWithinMs);
    const { failures } = await load.stop();
    expect(failures).toEqual([]);
    expect(events.join()).toContain("node-3 has not answered for 5 s; it is killed");
  });

  it("restarts its nodes one after another without one failed request", async () => {
    const person = await signUp(cell.balancerUrls[0], "rolling");
    const load = startLoad(cell.balancerUrls, person, 25);
    const before = nodes.map((name) => cell.process(name).pid);
    await cell.restartNodes();
    const { failures, requests } = await load.stop();
    expect(failures).toEqual([]);
    expect(requests).toBeGreaterThan(100);
    for (const [at, name] of nodes.entries()) expect(cell.process(name).pid).not.toBe(before[at]);
  });

  it.each(["nats-1", "redis", "balancer-1", "postgres"] as const)(
    "brings back %s",
    async (name) => {
      const before = cell.process(name).starts;
      cell.kill(name);
      await vi.waitFor(() => expect(cell.process(name).starts).toBeGreaterThan(before), within);
      await cell.untilReady(name, backWithinMs);
      for (const node of nodes) await cell.untilReady(node, backWithinMs);
    },
  );

  it("leaves away what is not supervised, and what was stopped, until it is started", async () => {
    const node = cell.process("node-1");
    node.supervised = false;
    const before = node.starts;
    cell.kill("node-1");
    await vi.waitFor(() => expect([node.state, node.pid]).toEqual(["ended", null]), within);
    await cell.start("node-1");
    expect([node.state, node.starts]).toEqual(["ready", before + 1]);
    node.supervised = true;
    await cell.stop("node-1");
    expect([node.state, node.pid]).toEqual(["stopped", null]);
    await cell.start("node-1");
    await cell.untilRouted("node-1", backWithinMs);
    expect(node.starts).toBe(before + 2);
  });

  it("is alone in its folder", async () => {
    await expect(startCell({ dataDir: folder })).rejects.toThrow(/runs in .*cell -- stop/u);
  });
});

describe.skipIf(missing !== undefined)("npm run cell", () => {
  let folder: string;
  const started: ChildProcess[] = [];

  afterEach(async () => {
    for (const child of started.splice(0)) child.kill("SIGKILL");
    for (const pid of await recordedPids()) if (runs(pid)) sendSignal(pid, "SIGKILL");
    await removeFolder(folder);
  });

  async function recordedPids(): Promise<number[]> {
    const text = await readFile(path.join(folder, "processes.json"), "utf8").catch(() => "[]");
    return (JSON.parse(text) as { pid: number }[]).map(({ pid }) => pid);
  }

  function runTool(...words: readonly string[]) {
    const tool = path.join(projectRoot, "tools", "cell.ts");
    const child = spawn(process.execPath, [tool, ...words, "--data", folder], {
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    started.push(child);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    }
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    return { child, ended, output: () => output };
  }

  async function runToEnd(word: string) {
    const { ended, output } = runTool(word);
    return { code: await ended, output: output() };
  }

  it("ends what a killed one left behind, tells of itself, and stops in order", async () => {
    folder = await makeFolder();
    expect(await runToEnd("status")).toMatchObject({ code: 1 });
    const port = 20_000 + (process.pid % 10_000);
    const first = runTool("--port", String(port));
    await vi.waitFor(() => expect(first.output()).toContain("The cell is ready"), 90_000);
    const left = await recordedPids();
    expect(left).toHaveLength(9);
    first.child.kill("SIGKILL");
    await first.ended;
    expect(left.every(runs)).toBe(true);

    // So that a node is restarted on schedule every five seconds.
    const second = runTool("--port", String(port), "--recycle-hours", "0.004");
    await vi.waitFor(() => expect(second.output()).toContain("The cell is ready"), 90_000);
    expect(second.output()).toContain("node-1 was left behind by an earlier run");
    expect(left.filter(runs)).toEqual([]);

    const status = await runToEnd("status");
    expect(status).toMatchObject({ code: 0 });
    expect(status.output).toMatch(/node-3 +ready +http:\/\/127\.0\.0\.1:\d+/u);
    const socket = await stat(path.join(folder, "control.sock"));
    expect(socket.mode & permissionBits).toBe(privateMode);

    await vi.waitFor(() => expect(second.output()).toContain("node-1 serves again"), within);
    const running = await recordedPids();
    expect(await runToEnd("stop")).toMatchObject({ code: 0 });
    expect(await second.ended).toBe(0);
    expect(second.output()).toContain("no process of it is left");
    expect(running.filter(runs)).toEqual([]);
    expect(await endProcessesIn(path.join(folder, "postgres"))).toBe(false);
  });
});
