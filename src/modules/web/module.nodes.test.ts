import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clientFiles, makeClient, rawGet, script } from "../../../test/support/client-folder.ts";
import { startTestNode, testVersion } from "../../../test/support/node.ts";
import { startTcpPostgres, type TcpPostgres } from "../../../test/support/tcp-postgres.ts";
import { locateBinaries } from "../../adapters/embedded/binaries.ts";
import { startNode, type RunningNode } from "../../compose.ts";
import { parseConfig } from "../../config.ts";

const folders: string[] = [];
let postgres: TcpPostgres;
let url: string;

beforeAll(async () => {
  postgres = await startTcpPostgres(dirname((await locateBinaries()).postgres));
  url = await postgres.createDatabase("web");
});
afterAll(async () => {
  await postgres.stop();
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
});

async function startWith(build: string): Promise<RunningNode & { readonly url: string }> {
  const clientFolder = await makeClient(clientFiles(build));
  folders.push(clientFolder);
  const config = parseConfig({
    MARU_DATABASE_URL: url,
    MARU_LOG_LEVEL: "error",
    MARU_HOST: "127.0.0.1",
    MARU_PORT: "0",
    MARU_ADMIN_PORT: "0",
    MARU_FEED_WINDOW_STORIES: "10000",
    MARU_FEED_ACCOUNTS_MAX: "10000",
  });
  const node = await startNode(config, { version: testVersion, isTracing: false, clientFolder });
  return { ...node, url: `http://127.0.0.1:${node.api.port}` };
}

describe("while one node after another gets a new build", () => {
  test("each page finds its files at every node", async () => {
    const before = await startWith("before");
    // Asked for and not there: the node does not hold on to that.
    expect((await rawGet(`${before.url}/assets/after.js`)).status).toBe(404);
    const after = await startWith("after");
    for (const node of [before, after]) {
      for (const build of ["before", "after"]) {
        const { status, bytes } = await rawGet(`${node.url}/assets/${build}.js`);
        expect([status, bytes.toString()]).toEqual([200, script(build)]);
      }
    }
    const pages = await Promise.all([before, after].map(({ url: at }) => rawGet(`${at}/`)));
    expect(pages.map(({ bytes }) => bytes.toString())).toEqual([
      clientFiles("before")["index.html"],
      clientFiles("after")["index.html"],
    ]);
    await Promise.all([before.stop(), after.stop()]);
  });
});

describe("without a built client", () => {
  test("the API is served, and the page says why it is not", async () => {
    const node = await startTestNode({ clientFolder: `${folders[0] ?? ""}/gone` });
    const page = await rawGet(`${node.url}/`);
    expect(page.status).toBe(503);
    expect(page.bytes.toString()).toContain("without its web client");
    const client = await rawGet(`${node.url}/client.json`);
    expect(JSON.parse(client.bytes.toString())).toMatchObject({ build: null, demo: null });
    expect((await rawGet(`${node.url}/docs`)).status).toBe(200);
    expect((await rawGet(`${node.url}/gone`, { accept: "text/html" })).status).toBe(404);
    await node.stop();
  });
});
