import { chmod, chown, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  isAlive,
  postgresProcessesIn,
  recordedServer,
  sendSignal,
} from "../../src/adapters/embedded/processes.ts";
import { password, readAll, send, signUp, type SignedUp } from "../support/client.ts";
import { temporaryFolder } from "../support/data-folder.ts";
import { fileSystem } from "../support/file-system.ts";
import { inFlight, kill, runMaru, spawnServer, startServer } from "../support/server-process.ts";

const isRoot = process.getuid?.() === 0;
/** The user and group that own nothing on common systems. */
const nobody = 65_534;
/** "Within seconds", on a machine that is busy with other tests. */
const orderlyMs = 15_000;

const postgresOf = (dataDir: string): Promise<readonly number[]> =>
  postgresProcessesIn(join(dataDir, "postgres"));

async function publish(url: string, token: string, text: string): Promise<void> {
  const call = { method: "POST", path: "/v1/stories", token, body: { text } } as const;
  expect(await send(url, call)).toMatchObject({ status: 201 });
}

async function listen(url: string, token: string): Promise<{ whole: Promise<string> }> {
  const response = await fetch(`${url}/v1/feed/live`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(response.status).toBe(200);
  const whole = response.text();
  whole.catch(() => undefined);
  return { whole };
}

describe.each(["SIGTERM", "SIGINT"] as const)("%s", (signal) => {
  it("ends the server in order: requests under way are answered, streams end, PostgreSQL too", async () => {
    const dataDir = await temporaryFolder();
    const server = await startServer({ dataDir });
    const { token } = await signUp(server.url, "listener");
    const stream = await listen(server.url, token);
    const handles = Array.from({ length: 8 }, (_, i) => `late_${i}`);
    let answered = 0;
    const answers = handles.map(async (handle) => {
      const reply = await send<SignedUp>(server.url, {
        method: "POST",
        path: "/v1/accounts",
        body: { handle, name: handle, password },
      });
      answered += 1;
      return reply;
    });
    // Each of them and the stream have arrived; passwords are hashed two at a time, so that most wait.
    const arrived = async (): Promise<number> => answered + (await inFlight(server));
    await expect.poll(arrived, { interval: 1 }).toBeGreaterThan(handles.length);
    const signalledAtMs = performance.now();
    sendSignal(server.pid, signal);
    // An impatient person, npm and an orchestrator say it again.
    sendSignal(server.pid, signal);
    sendSignal(server.pid, "SIGTERM");

    const accepted = await Promise.allSettled(answers);
    const broken = accepted.filter(({ status }) => status === "rejected");
    expect(broken).toEqual([]);
    expect(accepted).toMatchObject(handles.map(() => ({ value: { status: 201 } })));
    expect(await stream.whole).toMatch(/: the server is stopping; connect again\n\n$/);
    expect(await server.ended).toEqual({ code: 0, signal: null });
    expect(performance.now() - signalledAtMs).toBeLessThan(orderlyMs);
    expect(await postgresOf(dataDir)).toEqual([]);

    const again = await startServer({ dataDir });
    for (const handle of handles) {
      expect(
        await send(again.url, { method: "GET", path: `/v1/accounts/@${handle}` }),
      ).toMatchObject({ status: 200 });
    }
    console.log(
      `start ${Math.round(server.startMs)} ms with a new folder, ${Math.round(again.startMs)} ms later`,
    );
  });
});

it("a signal during the start ends that too, and leaves no PostgreSQL", async () => {
  const dataDir = await temporaryFolder();
  const starting = spawnServer({ dataDir });
  await expect.poll(() => postgresOf(dataDir), { timeout: orderlyMs, interval: 5 }).not.toEqual([]);
  sendSignal(starting.pid, "SIGTERM");
  const { code } = await starting.ended;
  expect([0, 143]).toContain(code);
  await expect.poll(() => postgresOf(dataDir), { timeout: orderlyMs }).toEqual([]);
  await startServer({ dataDir });
});

it("a second node on the same folder is refused, and the first goes on", async () => {
  const dataDir = await temporaryFolder();
  const first = await startServer({ dataDir });
  const { token } = await signUp(first.url, "somebody");
  const second = await runMaru(["serve"], { dataDir });
  expect(second.code).toBe(1);
  expect(second.output).toMatch(
    new RegExp(`A running node \\(pid ${first.pid}, since .*\\) uses the data folder ${dataDir}`),
  );
  expect(second.output).not.toMatch(/^ {4}at /m);
  await publish(first.url, token, "still here");
});

describe("a port that is in use", () => {
  it.each([
    ["--port", "MARU_PORT"],
    ["--admin-port", "MARU_ADMIN_PORT"],
  ])("stops the start with a sentence that names it and %s", async (flag, variable) => {
    const occupant = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void occupant.close());
    await expect.poll(() => occupant.listening).toBe(true);
    const { port } = occupant.address() as { port: number };
    const dataDir = await temporaryFolder();
    const { code, output } = await runMaru(["serve", flag, String(port)], { dataDir });
    expect(code).toBe(1);
    expect(output).toContain(`127.0.0.1:${port}: the port is in use by another program`);
    expect(output).toContain(`${flag} (${variable})`);
    expect(output).not.toMatch(/^ {4}at /m);
    expect(await postgresOf(dataDir)).toEqual([]);
  });
});

it("a PostgreSQL that a killed node left behind makes way, and what it held is there", async () => {
  const dataDir = await temporaryFolder();
  const first = await startServer({ dataDir });
  const { token } = await signUp(first.url, "somebody");
  await publish(first.url, token, "before the fall");
  await kill(first);
  const orphan = await recordedServer(join(dataDir, "postgres"));
  expect(isAlive(orphan!)).toBe(true);
  const second = await startServer({ dataDir });
  expect(await postgresOf(dataDir)).not.toContain(orphan);
  const feed = await readAll(second.url, "/v1/feed", token);
  expect(feed.map(({ story }) => story.text)).toEqual(["before the fall"]);
});

describe("a data folder that cannot be used stops the start with one sentence:", () => {
  async function refusal(
    dataDir: string,
    options: { readonly uid?: number } = {},
  ): Promise<string> {
    const { code, output } = await runMaru(["serve"], { dataDir, ...options });
    expect(code).toBe(1);
    expect(output).not.toMatch(/^ {4}at /m);
    expect(await postgresOf(dataDir)).toEqual([]);
    // The log comes by another stream, before or after.
    const sentences = output
      .trim()
      .split("\n")
      .filter((line) => !line.startsWith("{"));
    expect(sentences).toHaveLength(1);
    return sentences[0]!;
  }

  it("on a read-only file system", async (test) => {
    const dataDir = await temporaryFolder();
    const mounted = fileSystem(test, dataDir, "size=100m");
    mounted.remount("ro");
    expect(await refusal(dataDir)).toContain(`${dataDir} is on a read-only file system`);
  });

  it("through a file", async () => {
    const parent = await temporaryFolder();
    await writeFile(join(parent, "file"), "");
    expect(await refusal(join(parent, "file", "data"))).toContain("is a file");
  });

  it("of another user", async (test) => {
    test.skip(!isRoot, "only root can act as another user");
    const dataDir = await temporaryFolder();
    expect(await refusal(dataDir, { uid: nobody })).toContain("belongs to the user root");
    await chown(dataDir, nobody, nobody);
    await chmod(dataDir, 0o555);
    expect(await refusal(dataDir, { uid: nobody })).toContain("permission denied");
  });

  it("of another version of PostgreSQL, or of another user's PostgreSQL", async (test) => {
    const dataDir = await temporaryFolder();
    const server = await startServer({ dataDir });
    sendSignal(server.pid, "SIGTERM");
    await server.ended;
    const versionFile = join(dataDir, "postgres", "PG_VERSION");
    await writeFile(versionFile, "17\n");
    expect(await refusal(dataDir)).toContain(
      "was written by PostgreSQL 17, and this is PostgreSQL 18",
    );
    await writeFile(versionFile, "18\n");
    test.skip(!isRoot, "only root can give a folder to root");
    await chown(join(dataDir, "postgres"), 0, 0);
    expect(await refusal(dataDir)).toContain("Change the owner with: chown -R");
  });
});

it("npm start passes its flags on, and a SIGTERM to npm ends all of it in order", async () => {
  const dataDir = await temporaryFolder();
  const npm: [string, ...string[]] = ["npm", "start", "--"];
  const flags = ["--port", "0", "--admin-port", "0", "--data", dataDir];
  const first = await startServer({ command: npm, flags });
  expect((await fetch(`${first.adminUrl}/readyz`)).status).toBe(200);
  sendSignal(first.pid, "SIGTERM");
  await first.ended;
  await expect.poll(() => postgresOf(dataDir), { timeout: orderlyMs }).toEqual([]);
  expect(first.output()).not.toContain("left behind");
  const second = await startServer({ command: npm, flags });
  expect(second.output()).not.toContain("left behind");
  sendSignal(second.pid, "SIGTERM");
  expect(await second.ended).toEqual({ code: 0, signal: null });
  console.log(
    `npm start to ready: ${Math.round(first.startMs)} ms with a new folder, ${Math.round(second.startMs)} ms later`,
  );
});
