import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { readAll, send, signUp, type Person, type Reply } from "../support/client.ts";
import { killServerOf, temporaryFolder } from "../support/data-folder.ts";
import { fileSystem } from "../support/file-system.ts";
import { connectToNode } from "../support/record-of-node.ts";
import { missing, startServer } from "../support/server-process.ts";

const fileSystemSize = "size=140m";
/** Long texts, so that a disk without room is met soon; of random letters, because PostgreSQL packs. */
const textBytes = 3_000;
const writers = 4;
const refusalsMin = 20;
const backMs = 60_000;

it("a full disk costs writes a 503 and readers nothing; with room again service comes back, and nothing is lost", async (test) => {
  const dataDir = await temporaryFolder();
  const disk = fileSystem(test, dataDir, fileSystemSize);
  const server = await startServer({ dataDir });
  const author = await signUp(server.url, "author");
  const reader = await signUp(server.url, "reader");
  const acknowledged: string[] = [];

  async function publish(by: Person): Promise<Reply> {
    const text = randomBytes(textBytes).toString("base64");
    const reply = await send<{ story: { id: string } }>(server.url, {
      method: "POST",
      path: "/v1/stories",
      token: by.token,
      key: text.slice(0, 20),
      body: { text },
    });
    if (reply.status === 201) acknowledged.push(reply.body.story.id);
    return reply;
  }
  const follow = { method: "PUT", path: `/v1/follows/${author.id}`, token: reader.token } as const;
  expect(await send(server.url, follow)).toMatchObject({ status: 204 });
  await publish(author);
  const feedOfReader = async (): Promise<string[]> =>
    (await readAll(server.url, "/v1/feed", reader.token)).map(({ id }) => id);
  expect(await feedOfReader()).toEqual(acknowledged);
  const seen = [...acknowledged];

  let refusals = 0;
  await disk.fill();
  await Promise.all(
    Array.from({ length: writers }, async () => {
      while (refusals < refusalsMin) {
        const reply = await publish(author);
        if (reply.status === 201) continue;
        refusals += 1;
        expect(reply.status).toBe(503);
        expect(reply.headers.get("content-type")).toContain("application/problem+json");
        expect(Number(reply.headers.get("retry-after"))).toBeGreaterThan(0);
        // What a rollback or a restart gave free is taken as well.
        await disk.fill();
        expect(await feedOfReader()).toEqual(expect.arrayContaining(seen));
      }
    }),
  );
  await expect.poll(() => missing(server), { timeout: backMs }).toMatch(/disk: .* is full/);
  // Whether a PostgreSQL that ends now can start again depends on how its last log file was filled
  // (that it says why it cannot: postgres-server.obstacles.test.ts). Readers must not depend on it.
  await killServerOf(dataDir);
  await expect
    .poll(() => missing(server), { timeout: backMs })
    .toMatch(/database: .*disk: .* is full/);
  await disk.fill();
  expect([201, 503]).toContain((await publish(author)).status);
  expect(await feedOfReader()).toEqual(expect.arrayContaining(seen));

  const emptiedAtMs = performance.now();
  await disk.empty();
  await expect.poll(async () => (await publish(author)).status, { timeout: backMs }).toBe(201);
  console.log(
    `service again ${Math.round(performance.now() - emptiedAtMs)} ms after there was room`,
  );
  await expect.poll(() => missing(server), { timeout: backMs }).toBe("");
  expect(server.child.exitCode).toBeNull();
  // Two that were published at once may have been answered in the other order.
  const newestFirst = acknowledged.sort((a, b) => Number(BigInt(b) - BigInt(a)));
  expect(await feedOfReader()).toEqual(newestFirst);
  const record = await connectToNode(dataDir);
  const rows = await record.sql<{ id: bigint }[]>`SELECT id FROM stories.stories ORDER BY id DESC`;
  expect(rows.map(({ id }) => String(id))).toEqual(newestFirst);
  await record.close();
});
