import { randomUUID } from "node:crypto";
import { readdir, utimes, writeFile } from "node:fs/promises";
import { request, type ClientRequest } from "node:http";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { MediaJson } from "../../src/modules/media/contract.ts";
import type { Sql } from "../../src/ports/record.ts";
import { send, signUp, type Person } from "../support/client.ts";
import { temporaryFolder } from "../support/data-folder.ts";
import { noFfmpeg } from "../support/media-corpus/ffmpeg.ts";
import { descendantsOf, type SeenProcess } from "../support/media-corpus/processes.ts";
import { fileForm, newLargePhoto, newPhoto, newVideo, type Form } from "../support/media-files.ts";
import { connectToNode, type RecordOfNode } from "../support/record-of-node.ts";
import { randomFrom } from "../support/random.ts";
import { kill, startServer, type Server } from "../support/server-process.ts";
import { compareBlobs, expectSwept, filesAtWork } from "./media-audit.ts";

/** A node that is killed at any moment of an upload leaves nothing half-made, and goes on where it was. */

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;
const soon = { timeout: 60_000, interval: 20 };
const patienceMs = 300_000;
const rounds = 5;
const tus = { "tus-resumable": "1.0.0" };
const ofMedia = /media-process\.ts|ffmpeg|ffprobe/u;

const seed = Number(process.env["MARU_TEST_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

interface Scene {
  readonly dataDir: string;
  server: Server;
  person: Person;
  record: RecordOfNode;
}

async function begin(settings: Readonly<Record<string, string>> = {}): Promise<Scene> {
  const dataDir = await temporaryFolder();
  const server = await startServer({ dataDir, settings });
  const person = await signUp(server.url, "photographer");
  return { dataDir, server, person, record: await connectToNode(dataDir) };
}

async function end({ server, record }: Scene): Promise<void> {
  await record.close();
  await kill(server);
}

const workers = ({ server }: Scene): readonly SeenProcess[] =>
  descendantsOf(server.pid).filter(({ command }) => ofMedia.test(command));

const isThere = ({ pid, command }: SeenProcess): boolean =>
  descendantsOf(1).some((other) => other.pid === pid && other.command === command);

/** Kills the node with -9, sees that what it had started for media is gone, and starts another on the same data. */
async function killAndStart(scene: Scene): Promise<void> {
  const started = workers(scene);
  await kill(scene.server);
  await expect.poll(() => started.filter(isThere), soon).toEqual([]);
  await scene.record.close();
  scene.server = await startServer({ dataDir: scene.dataDir });
  scene.record = await connectToNode(scene.dataDir);
}

async function upload({ server, person }: Scene, file: Buffer, key: string): Promise<MediaJson> {
  const { body, headers } = fileForm(file);
  const response = await fetch(`${server.url}/v1/media`, {
    method: "POST",
    headers: { ...headers, authorization: `Bearer ${person.token}`, "idempotency-key": key },
    body,
  });
  if (response.status !== 201) throw new Error(`not taken: ${response.status}`);
  return ((await response.json()) as { media: MediaJson }).media;
}

/** Sends so much, and nothing more. */
function sendPart(
  scene: Scene,
  form: Form & { path: string; method: string },
  bytes: number,
): ClientRequest {
  const sent = request(new URL(form.path, scene.server.url), {
    agent: false,
    method: form.method,
    headers: {
      ...form.headers,
      authorization: `Bearer ${scene.person.token}`,
      "content-length": String(form.body.length),
    },
  });
  sent.on("error", () => undefined);
  sent.write(form.body.subarray(0, bytes));
  return sent;
}

async function mediaOf({ server, person }: Scene, id: string): Promise<MediaJson> {
  const call = { method: "GET", path: `/v1/media/${id}`, token: person.token } as const;
  const { body } = await send<{ media: MediaJson }>(server.url, call);
  return body.media;
}

/** Ready, and each of its files is there to be read. */
async function expectReady(scene: Scene, id: string): Promise<void> {
  let media = await mediaOf(scene, id);
  await expect
    .poll(async () => (media = await mediaOf(scene, id)).state, { timeout: 120_000, interval: 50 })
    .not.toBe("processing");
  expect([media.state, media.problem]).toEqual(["ready", null]);
  for (const { url } of media.variants) {
    const file = await fetch(new URL(url, scene.server.url));
    expect(file.status).toBe(200);
    expect((await file.arrayBuffer()).byteLength).toBeGreaterThan(100);
  }
}

async function publish({ server, person }: Scene, mediaId: string): Promise<string> {
  const { status, body } = await send<{ story: { id: string } }>(server.url, {
    method: "POST",
    path: "/v1/stories",
    token: person.token,
    body: { text: "soon", mediaIds: [mediaId] },
  });
  expect(status).toBe(201);
  return body.story.id;
}

/**
 * Reads a story as everybody may, again and again, also while the node is away and after it has come back: either
 * nothing is told of the files of what it shows, or all of them are whole. Gives the states that it saw.
 */
function watchAsAnybody(scene: Scene, storyId: string) {
  const states: string[] = [];
  const over = new AbortController();
  async function look(): Promise<void> {
    const call = { method: "GET", path: `/v1/stories/${storyId}` } as const;
    const { status, body } = await send<{ story: { media: MediaJson[] } }>(scene.server.url, call);
    if (status !== 200) return;
    const [media] = body.story.media;
    states.push(media?.state ?? "none");
    const { url, previewUrl, variants } = media!;
    if (media?.state !== "ready") {
      expect([url, previewUrl, variants]).toEqual([null, null, []]);
      return;
    }
    for (const address of [url!, previewUrl!, ...variants.map((variant) => variant.url)]) {
      const file = await fetch(new URL(address, scene.server.url));
      expect(file.status).toBe(200);
      const length = Number(file.headers.get("content-length"));
      expect((await file.arrayBuffer()).byteLength).toBe(length);
    }
  }
  const watching = (async () => {
    while (!over.signal.aborted) {
      // The node is away now and then.
      await look().catch((error: unknown) => {
        if (error instanceof Error && error.name === "AssertionError") throw error;
      });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await look();
  })();
  watching.catch(() => undefined);
  return {
    async end(): Promise<readonly string[]> {
      over.abort();
      await watching;
      return states;
    },
  };
}

const count = async (sql: Sql): Promise<number> => {
  const [row] = await sql<{ count: number }[]>`SELECT count(*)::int AS count FROM media.media`;
  return row?.count ?? -1;
};

describe("kill -9", () => {
  it("in the middle of an upload as a form leaves nothing of it; it is sent again by its key", async () => {
    const scene = await begin();
    const photo = await newLargePhoto(800 * kibibyte);
    const form = { ...fileForm(photo), path: "/v1/media", method: "POST" };
    sendPart(scene, form, 500 * kibibyte);
    await expect.poll(() => filesAtWork(scene.dataDir), soon).toHaveLength(1);
    await killAndStart(scene);
    expect(await filesAtWork(scene.dataDir)).toEqual([]);
    expect(await readdir(join(scene.dataDir, "work"))).toHaveLength(1);
    expect(await count(scene.record.sql)).toBe(0);
    const { id } = await upload(scene, photo, "again");
    await expectReady(scene, id);
    await expectSwept(scene.record.sql, scene.dataDir);
    await end(scene);
  });

  it.skipIf(noFfmpeg !== null)(
    "in the middle of a resumable upload loses one part at most",
    async () => {
      const scene = await begin();
      const video = newVideo();
      const file = Buffer.concat([video, Buffer.alloc(20 * mebibyte - video.length)]);
      const created = await fetch(`${scene.server.url}/v1/uploads`, {
        method: "POST",
        headers: {
          ...tus,
          authorization: `Bearer ${scene.person.token}`,
          "upload-length": String(file.length),
        },
      });
      const path = created.headers.get("location") ?? "";
      const partOf = (offset: number) => ({
        body: file.subarray(offset),
        headers: {
          ...tus,
          "content-type": "application/offset+octet-stream",
          "upload-offset": String(offset),
        },
        path,
        method: "PATCH",
      });
      sendPart(scene, partOf(0), 19 * mebibyte);
      const received = async (): Promise<number> => {
        const [row] = await scene.record.sql<
          { received: string }[]
        >`SELECT received::text FROM media.uploads`;
        return Number(row?.received);
      };
      await expect.poll(received, soon).toBeGreaterThanOrEqual(8 * mebibyte);
      await killAndStart(scene);
      await compareBlobs(scene.record.sql, scene.dataDir);
      const asked = await fetch(new URL(path, scene.server.url), {
        method: "HEAD",
        headers: { ...tus, authorization: `Bearer ${scene.person.token}` },
      });
      const offset = Number(asked.headers.get("upload-offset"));
      expect(offset).toBe(await received());
      expect(offset).toBeGreaterThanOrEqual(8 * mebibyte);
      const rest = partOf(offset);
      const done = await fetch(new URL(path, scene.server.url), {
        method: "PATCH",
        headers: { ...rest.headers, authorization: `Bearer ${scene.person.token}` },
        body: rest.body,
      });
      expect(done.status).toBe(204);
      const told = JSON.parse(
        decodeURIComponent(done.headers.get("maru-media") ?? ""),
      ) as MediaJson;
      await expectReady(scene, told.id);
      await expectSwept(scene.record.sql, scene.dataDir);
      await end(scene);
    },
  );

  const files = [
    ["photo", () => newLargePhoto(9 * mebibyte)],
    ["video", async () => newVideo({ seconds: 20, size: "1280x720" })],
  ] as const;
  it.each(noFfmpeg === null ? files : files.slice(0, 1))(
    "while a %s is made ends what makes it; another one makes it",
    async (kind, newFile) => {
      const scene = await begin();
      const { id } = await upload(scene, await newFile(), "once");
      const storyId = await publish(scene, id);
      const seen = watchAsAnybody(scene, storyId);
      const isMade = (): boolean =>
        workers(scene).some(({ command }) => kind === "photo" || command.includes("ffmpeg"));
      const atWork = async (): Promise<boolean> =>
        (await filesAtWork(scene.dataDir)).some((file) => file.endsWith("/original")) && isMade();
      await expect.poll(atWork, soon).toBe(true);
      expect((await mediaOf(scene, id)).state).toBe("processing");
      await killAndStart(scene);
      await expectReady(scene, id);
      const looks = await seen.end();
      // Before the kill, after it, and when it was there.
      expect(looks.filter((state) => state === "processing").length).toBeGreaterThan(1);
      expect(looks.at(-1)).toBe("ready");
      expect(await filesAtWork(scene.dataDir)).toEqual([]);
      await expectSwept(scene.record.sql, scene.dataDir);
      await end(scene);
    },
  );

  it("between what is kept in the store and in the record leaves nothing that is not named", async () => {
    const scene = await begin();
    const photo = await newPhoto();
    const { id: first } = await upload(scene, photo, "first");
    await expectReady(scene, first);
    // The transaction that enters the upload waits for this one, and its blob is whole by then.
    const held = Promise.withResolvers<undefined>();
    const locked = Promise.withResolvers<undefined>();
    const holding = scene.record.sql
      .begin(async (sql) => {
        await sql`LOCK TABLE media.media IN ACCESS EXCLUSIVE MODE`;
        locked.resolve(undefined);
        await held.promise;
      })
      .catch(() => undefined);
    await locked.promise;
    const lost = upload(scene, photo, "second").catch(() => "lost");
    const pending = async (): Promise<number> =>
      (await scene.record.sql`SELECT FROM media.blobs WHERE state = 'pending'`).length;
    await expect.poll(pending, soon).toBe(1);
    await expect
      .poll(
        async () => (await scene.record.sql`SELECT FROM pg_locks WHERE NOT granted`).length,
        soon,
      )
      .toBeGreaterThan(0);
    await kill(scene.server);
    expect(await lost).toBe("lost");
    held.resolve(undefined);
    await holding;
    await scene.record.close();
    scene.server = await startServer({ dataDir: scene.dataDir });
    scene.record = await connectToNode(scene.dataDir);
    expect(await count(scene.record.sql)).toBe(1);
    await compareBlobs(scene.record.sql, scene.dataDir);
    const { id } = await upload(scene, photo, "second");
    await expectReady(scene, id);
    await expectSwept(scene.record.sql, scene.dataDir);
    await end(scene);
  });

  it(
    `at any moment, again and again, loses no upload that was answered, and no file (seed ${seed})`,
    async () => {
      const random = randomFrom(seed);
      const scene = await begin({ MARU_MEDIA_UNUSED_MAX: "1000" });
      const taken = new Set<string>();
      const photos = await Promise.all(
        Array.from({ length: 4 }, () => newLargePhoto(100 * kibibyte)),
      );
      for (let round = 0; round < rounds; round += 1) {
        let isOver = false;
        const sending = photos.map(async (photo, at) => {
          for (let n = 0; !isOver; n += 1) {
            const key = `${round}-${at}-${n}`;
            const media = await upload(scene, photo, key).catch(() => null);
            if (media === null) return;
            taken.add(media.id);
          }
        });
        const goal = taken.size + 1 + random.below(8);
        await expect.poll(() => taken.size, { ...soon, interval: 1 }).toBeGreaterThanOrEqual(goal);
        await new Promise((resolve) => setTimeout(resolve, random.below(150)));
        isOver = true;
        await killAndStart(scene);
        await Promise.all(sending);
        await compareBlobs(scene.record.sql, scene.dataDir);
      }
      for (const id of taken) await expectReady(scene, id);
      await expectSwept(scene.record.sql, scene.dataDir);
      // What was being written is of no name, and is removed by its age; here is one for sure.
      const unfinished = join(scene.dataDir, "blobs", "unfinished");
      await writeFile(join(unfinished, `${randomUUID()}.part`), "half");
      const longAgo = new Date(Date.now() - 2 * 3_600_000);
      for (const name of await readdir(unfinished))
        await utimes(join(unfinished, name), longAgo, longAgo);
      await killAndStart(scene);
      expect(await readdir(unfinished)).toEqual([]);
      expect(await filesAtWork(scene.dataDir)).toEqual([]);
      await end(scene);
    },
    patienceMs,
  );
});
