import { expect, it } from "vitest";
import { isAlive, sendSignal } from "../../src/adapters/embedded/processes.ts";
import { temporaryFolder } from "../support/data-folder.ts";
import { freshMetrics } from "../support/metric.ts";
import { kill, startServer, type Server } from "../support/server-process.ts";

/** Operators and a node that stands still, or ends without a word. */

async function status({ adminUrl }: Server, path: string): Promise<unknown> {
  const answer = await fetch(adminUrl + path);
  return [answer.status, ((await answer.json()) as { status: unknown }).status];
}

async function operatorOf(server: Server): Promise<number> {
  const text = await freshMetrics(server);
  return Number(/^maru_operator_process_id (\d+)$/m.exec(text)?.[1]);
}

it("operators are answered while the node stands still, and told that it does", async () => {
  const server = await startServer({ dataDir: await temporaryFolder() });
  expect(await status(server, "/readyz")).toEqual([200, "ready"]);
  sendSignal(server.pid, "SIGSTOP");
  await expect.poll(() => status(server, "/readyz")).toEqual([503, "silent"]);
  await expect.poll(() => status(server, "/livez")).toEqual([503, "silent"]);
  const metrics = await (await fetch(`${server.adminUrl}/metrics`)).text();
  expect(metrics).toMatch(/^maru_http_main_connections \d+$/m);
  const letters = await fetch(`${server.adminUrl}/admin/v1/dead-letters`);
  expect([letters.status, await letters.json()]).toEqual([200, { items: [] }]);
  sendSignal(server.pid, "SIGCONT");
  await expect.poll(() => status(server, "/readyz")).toEqual([200, "ready"]);
  expect(await status(server, "/livez")).toEqual([200, "live"]);
});

it("a node that is killed takes its operators' process with it, and the next one has the port", async () => {
  const dataDir = await temporaryFolder();
  const server = await startServer({ dataDir });
  const operator = await operatorOf(server);
  await kill(server);
  await expect.poll(() => isAlive(operator)).toBe(false);
  const next = await startServer({
    dataDir,
    settings: { MARU_ADMIN_PORT: new URL(server.adminUrl).port },
  });
  expect(next.adminUrl).toBe(server.adminUrl);
  expect(await status(next, "/readyz")).toEqual([200, "ready"]);
});

it("an operators' process that is killed comes back, and the node goes on", async () => {
  const server = await startServer({ dataDir: await temporaryFolder() });
  const operator = await operatorOf(server);
  sendSignal(operator, "SIGKILL");
  expect((await fetch(`${server.url}/client.json`)).status).toBe(200);
  await expect.poll(() => operatorOf(server).catch(() => operator)).not.toBe(operator);
  expect(await status(server, "/readyz")).toEqual([200, "ready"]);
  server.child.kill("SIGTERM");
  expect((await server.ended).code).toBe(0);
});
