import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import type { MediaJson } from "../../src/modules/media/contract.ts";
import { startNetworkProxy } from "../cell/network-proxy.ts";
import { send, signUp, type Person } from "../support/client.ts";
import { temporaryFolder } from "../support/data-folder.ts";
import { fileSystem } from "../support/file-system.ts";
import { fileForm, newLargePhoto, newPhoto } from "../support/media-files.ts";
import { startTestNode, type TestNode, type TestNodeOptions } from "../support/node.ts";
import { startS3 } from "../support/s3.ts";

/** A store of files that is away, full or another one costs photos and videos alone, and only meanwhile. */

const mebibyte = 2 ** 20;
const patienceMs = 240_000;
/** What is away is looked for every 10 s, and what is there every 30 s; work waits 5 s at first. */
const noticed = { timeout: 60_000, interval: 50 };

interface Scene {
  readonly node: TestNode;
  readonly person: Person;
}

async function begin(options: TestNodeOptions): Promise<Scene> {
  const node = await startTestNode(options);
  onTestFinished(() => node.stop());
  return { node, person: await signUp(node.url, "photographer") };
}

interface Answer {
  readonly status: number;
  readonly code: string | null;
  readonly retryAfter: string | null;
  readonly media: MediaJson | null;
}

async function upload({ node, person }: Scene, file: Buffer): Promise<Answer> {
  const { body, headers } = fileForm(file);
  const response = await fetch(`${node.url}/v1/media`, {
    method: "POST",
    headers: { ...headers, authorization: `Bearer ${person.token}` },
    body,
  });
  const told = (await response.json()) as { code?: string; media?: MediaJson };
  return {
    status: response.status,
    code: told.code ?? null,
    retryAfter: response.headers.get("retry-after"),
    media: told.media ?? null,
  };
}

async function uploadedId(scene: Scene, file: Buffer): Promise<string> {
  const { media, status, code } = await upload(scene, file);
  if (media === null) throw new Error(`not taken: ${status} ${code ?? ""}`);
  return media.id;
}

async function mediaOf({ node, person }: Scene, id: string): Promise<MediaJson> {
  const call = { method: "GET", path: `/v1/media/${id}`, token: person.token } as const;
  return (await send<{ media: MediaJson }>(node.url, call)).body.media;
}

async function untilReady(scene: Scene, id: string): Promise<string> {
  await expect.poll(async () => (await mediaOf(scene, id)).state, noticed).toBe("ready");
  return (await mediaOf(scene, id)).url ?? "";
}

const statusOf = async ({ node }: Scene, url: string): Promise<number> => {
  const response = await fetch(new URL(url, node.url));
  await response.arrayBuffer();
  return response.status;
};

/** Whatever has nothing to do with files. */
async function expectTheRestWorks({ node, person }: Scene): Promise<void> {
  const { token } = person;
  const published = await send<{ story: { id: string } }>(node.url, {
    method: "POST",
    path: "/v1/stories",
    token,
    body: { text: "all is well" },
  });
  expect(published.status).toBe(201);
  const feed = await send<{ items: { id: string }[] }>(node.url, {
    method: "GET",
    path: "/v1/feed",
    token,
  });
  expect(feed.body.items[0]?.id).toBe(published.body.story.id);
}

interface Readiness {
  readonly status: string;
  readonly impaired: readonly { readonly name: string; readonly reason: string }[];
}

/** What the node does without; it is ready all the same. */
async function impairedOf({ node }: Scene): Promise<string> {
  const { status, body } = await send<Readiness>(node.adminUrl, { method: "GET", path: "/readyz" });
  expect([status, body.status]).toEqual([200, "ready"]);
  return body.impaired.map(({ name, reason }) => `${name}: ${reason}`).join("; ");
}

const noStore = { status: 503, code: "media.no_store", retryAfter: "2", media: null };
const full = { status: 507, code: "media.full", retryAfter: null, media: null };

describe("a folder of files", () => {
  it("that is full takes nothing more, shows what it has, and goes on with room", async (test) => {
    const root = await temporaryFolder();
    const folder = join(root, "small");
    await mkdir(folder);
    const disk = fileSystem(test, folder, "size=6m");
    const url = pathToFileURL(join(folder, "blobs")).href;
    const scene = await begin({ settings: { MARU_BLOB_URL: url } });
    const shown = await untilReady(scene, await uploadedId(scene, await newPhoto()));
    const waiting = await uploadedId(scene, await newLargePhoto(3 * mebibyte));
    await disk.fill();
    expect(await upload(scene, await newLargePhoto(mebibyte))).toEqual(full);
    expect(await statusOf(scene, shown)).toBe(200);
    await expectTheRestWorks(scene);
    await disk.empty();
    await untilReady(scene, waiting);
    expect((await upload(scene, await newPhoto())).status).toBe(201);
    const pending = await scene.node.sql`SELECT FROM media.blobs WHERE state = 'pending'`;
    expect(pending.length).toBeLessThanOrEqual(1);
  });

  it("that is full when the node starts shows what it has", async (test) => {
    const root = await temporaryFolder();
    const folder = join(root, "small");
    await mkdir(folder);
    const disk = fileSystem(test, folder, "size=6m");
    const settings = { MARU_BLOB_URL: pathToFileURL(join(folder, "blobs")).href };
    const scene = await begin({ settings });
    const shown = await untilReady(scene, await uploadedId(scene, await newPhoto()));
    await disk.fill();
    const again: Scene = { ...scene, node: await scene.node.restart() };
    onTestFinished(() => again.node.stop());
    expect(await statusOf(again, shown)).toBe(200);
    expect(await upload(again, await newPhoto())).toEqual(full);
  });

  it("that is gone is told to operators and to who sends and asks, and comes back by itself", async () => {
    const root = await temporaryFolder();
    const folder = join(root, "blobs");
    const settings = { MARU_BLOB_URL: pathToFileURL(folder).href };
    const scene = await begin({ settings });
    const shown = await untilReady(scene, await uploadedId(scene, await newPhoto()));
    const waiting = await uploadedId(scene, await newLargePhoto(6 * mebibyte));
    await rename(folder, `${folder}-away`);
    expect(await upload(scene, await newPhoto())).toEqual(noStore);
    expect(await statusOf(scene, shown)).toBe(503);
    await expectTheRestWorks(scene);
    await expect.poll(() => impairedOf(scene), noticed).toContain("media store: ");
    expect((await mediaOf(scene, waiting)).state).not.toBe("failed");
    await rename(`${folder}-away`, folder);
    await expect.poll(() => statusOf(scene, shown), noticed).toBe(200);
    await untilReady(scene, waiting);
    expect((await upload(scene, await newPhoto())).status).toBe(201);
    expect(await impairedOf(scene)).toBe("");
  });

  it("that is not the community's takes nothing and shows nothing", async () => {
    const root = await temporaryFolder();
    const settingsOf = (name: string) => ({
      MARU_BLOB_URL: pathToFileURL(join(root, name)).href,
    });
    const dataDir = await temporaryFolder();
    const own = { dataDir, keepsData: true, settings: settingsOf("ours") };
    const first = await startTestNode(own);
    const person = await signUp(first.url, "photographer");
    const shown = await untilReady(
      { node: first, person },
      await uploadedId({ node: first, person }, await newPhoto()),
    );
    await first.stop();
    const elsewhere = await startTestNode({ ...own, settings: settingsOf("empty") });
    const scene = { node: elsewhere, person };
    expect(await impairedOf(scene)).toMatch(
      /^media store: MARU_BLOB_URL names a store that the community's/,
    );
    expect(await upload(scene, await newPhoto())).toEqual(noStore);
    expect(await statusOf(scene, shown)).toBe(503);
    await expectTheRestWorks(scene);
    await elsewhere.stop();
    const back = await startTestNode(own);
    onTestFinished(() => back.stop());
    expect(await impairedOf({ node: back, person })).toBe("");
    expect(await statusOf({ node: back, person }, shown)).toBe(200);
  });
});

describe("a node's own disk", () => {
  it("that is full takes nothing more and makes nothing, and both go on with room", async (test) => {
    const dataDir = await temporaryFolder();
    const work = join(dataDir, "work");
    await mkdir(work);
    const disk = fileSystem(test, work, "size=40m");
    const scene = await begin({ dataDir, keepsData: true });
    const shown = await untilReady(scene, await uploadedId(scene, await newPhoto()));
    const waiting = await uploadedId(scene, await newLargePhoto(6 * mebibyte));
    await disk.fill();
    expect(await upload(scene, await newLargePhoto(mebibyte))).toEqual(full);
    expect(await statusOf(scene, shown)).toBe(200);
    await expectTheRestWorks(scene);
    await disk.empty();
    await untilReady(scene, waiting);
    expect((await upload(scene, await newPhoto())).status).toBe(201);
  });
});

describe("a store that speaks S3", { timeout: patienceMs }, () => {
  const ways = ["cut", "black hole"] as const;
  it.each(ways)(
    "that is gone (%s) costs uploads and files, and all goes on after",
    async (kind) => {
      const s3 = await startS3();
      onTestFinished(() => s3.stop());
      const proxy = await startNetworkProxy(() => ({ host: "127.0.0.1", port: s3.port }));
      onTestFinished(() => proxy.close());
      const url = `s3://S3RVER:S3RVER@127.0.0.1:${proxy.port}/maru-test/blobs?tls=false`;
      const scene = await begin({ settings: { MARU_BLOB_URL: url } });
      const shown = await untilReady(
        scene,
        await uploadedId(scene, await newLargePhoto(2 * mebibyte)),
      );
      const waiting = await uploadedId(scene, await newLargePhoto(6 * mebibyte));
      proxy.set({ kind });
      const [sent, status] = await Promise.all([
        upload(scene, await newPhoto()),
        statusOf(scene, shown),
      ]);
      expect(sent).toEqual(noStore);
      expect(status).toBe(503);
      await expectTheRestWorks(scene);
      expect((await mediaOf(scene, waiting)).state).not.toBe("failed");
      proxy.set({ kind: "fine" });
      await untilReady(scene, waiting);
      await expect.poll(() => statusOf(scene, shown), noticed).toBe(200);
      await expect
        .poll(async () => (await upload(scene, await newPhoto())).status, noticed)
        .toBe(201);
    },
  );
});
