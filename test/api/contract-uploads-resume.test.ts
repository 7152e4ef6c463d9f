import { readdir, stat } from "node:fs/promises";
import { Agent, request, type ClientRequest } from "node:http";
import { basename, join } from "node:path";
import { Upload, type DetailedError } from "tus-js-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Person } from "../support/api-client.ts";
import { newLargePhoto, newPhoto } from "../support/media-files.ts";
import { startNetworkProxy, type NetworkProxy } from "../cell/network-proxy.ts";
import { areSeveral, startedApi } from "./started-api.ts";
import { storytellers } from "./storytelling.ts";
import { made } from "./uploading.ts";

const world = startedApi();
const newPerson = storytellers(world);

const tus = { "tus-resumable": "1.0.0" };
const kibibyte = 1024;

async function begun(person: Person, bytes: number): Promise<string> {
  const headers = { ...tus, "upload-length": String(bytes) };
  const reply = await person.send("POST", "/v1/uploads", { headers });
  expect(reply.status).toBe(201);
  return reply.headers["location"] ?? "";
}

async function offsetOf(person: Person, location: string): Promise<number> {
  const reply = await person.send("HEAD", location, { headers: tus });
  expect(reply.status).toBe(200);
  return Number(reply.headers["upload-offset"]);
}

interface Sending {
  readonly sent: ClientRequest;
  readonly answer: Promise<{ readonly status: number; readonly offset: string }>;
}

/** Sends this much of the file from the offset on, announces all the rest, and leaves the connection open. */
function sendPart(
  person: Person,
  location: string,
  { file, from, to }: { readonly file: Buffer; readonly from: number; readonly to: number },
): Sending {
  const agent = new Agent();
  const sent = request(new URL(location, world.node.url), {
    agent,
    method: "PATCH",
    headers: {
      ...tus,
      authorization: `Bearer ${person.token}`,
      "content-type": "application/offset+octet-stream",
      "content-length": String(file.length - from),
      "upload-offset": String(from),
    },
  });
  sent.write(file.subarray(from, to));
  const answer = new Promise<{ status: number; offset: string }>((resolve, reject) => {
    sent.on("response", (response) => {
      response.resume();
      const { statusCode: status = 0, headers } = response;
      resolve({ status, offset: String(headers["upload-offset"] ?? "") });
    });
    sent.on("error", reject);
  });
  answer.catch(() => undefined);
  return { sent, answer };
}

/** The parts that are in the record. */
async function partsOf(location: string): Promise<number> {
  const id = location.split("/").at(-1) ?? "";
  const [row] = await world.node.sql<{ parts: number }[]>`
    SELECT jsonb_array_length(parts) AS parts FROM media.uploads WHERE id = ${id}`;
  return row?.parts ?? -1;
}

/** Bytes of parts that lie on the node's disk and are not whole yet. */
async function bytesUnderWay(): Promise<number> {
  const folder = join(world.node.dataDir, "work");
  const names = await readdir(folder, { recursive: true });
  const parts = names.filter((name) => basename(name).startsWith("part-"));
  const sizes = await Promise.all(
    parts.map((name) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

describe("an upload whose connection is lost", () => {
  // Of several nodes it is not known which one it is.
  it.skipIf(areSeveral)("has kept what came before, and is gone on with from there", async () => {
    const person = await newPerson();
    const file = await newLargePhoto(600 * kibibyte);
    const location = await begun(person, file.length);
    const { sent } = sendPart(person, location, { file, from: 0, to: 300 * kibibyte });
    await expect.poll(bytesUnderWay).toBeGreaterThan(100 * kibibyte);
    sent.destroy();
    await expect.poll(() => offsetOf(person, location)).toBeGreaterThan(0);
    const from = await offsetOf(person, location);
    expect(from).toBeLessThanOrEqual(300 * kibibyte);
    const rest = sendPart(person, location, { file, from, to: file.length });
    rest.sent.end();
    expect(await rest.answer).toEqual({ status: 204, offset: String(file.length) });
    const { id } = (await person.get(`${location}/media`)).body.media;
    expect((await made(person, id)).state).toBe("ready");
  });

  it("goes on also while the server does not know that the connection is dead", async () => {
    const person = await newPerson();
    const file = await newLargePhoto(600 * kibibyte);
    const location = await begun(person, file.length);
    const silent = sendPart(person, location, { file, from: 0, to: 200 * kibibyte });
    // Whoever asks ends the one before, which keeps what it has; another node tells what is kept by then.
    await expect.poll(() => offsetOf(person, location)).toBeGreaterThan(0);
    const from = await offsetOf(person, location);
    const rest = sendPart(person, location, { file, from, to: file.length });
    rest.sent.end();
    expect(await rest.answer).toEqual({ status: 204, offset: String(file.length) });
    silent.sent.destroy();
    const { id } = (await person.get(`${location}/media`)).body.media;
    expect((await made(person, id)).state).toBe("ready");
  });

  it("takes each byte once, whoever sends it at the same time", async () => {
    const person = await newPerson();
    const file = await newLargePhoto(100 * kibibyte);
    const location = await begun(person, file.length);
    const all = [1, 2, 3, 4].map(() => {
      const sending = sendPart(person, location, { file, from: 0, to: file.length });
      sending.sent.end();
      return sending.answer;
    });
    const answers = (await Promise.all(all)).map(({ status }) => status);
    expect(answers.filter((status) => status === 204)).toHaveLength(1);
    expect(answers.filter((status) => status === 409)).toHaveLength(3);
    const { id } = (await person.get(`${location}/media`)).body.media;
    expect((await made(person, id)).state).toBe("ready");
    expect(await partsOf(location)).toBe(0);
  });
});

describe("tus-js-client", () => {
  let proxy: NetworkProxy;
  beforeAll(async () => {
    const { hostname, port } = new URL(world.node.url);
    proxy = await startNetworkProxy(() => ({ host: hostname, port: Number(port) }));
  });
  afterAll(() => proxy.close());

  interface Sent {
    readonly upload: Upload;
    readonly done: Promise<string>;
  }

  function send(person: Person, file: Buffer, options: Upload["options"] = {}): Sent {
    const { promise: done, resolve, reject } = Promise.withResolvers<string>();
    const upload = new Upload(file, {
      endpoint: `http://127.0.0.1:${proxy.port}/v1/uploads`,
      headers: { authorization: `Bearer ${person.token}` },
      metadata: { filename: "a.jpg", filetype: "image/jpeg", alt: "by tus" },
      retryDelays: [0, 100, 100, 100, 100, 100],
      onSuccess: ({ lastResponse }) => {
        resolve(lastResponse.getHeader("Maru-Media") ?? "");
      },
      onError: reject,
      ...options,
    });
    done.catch(() => undefined);
    upload.start();
    return { upload, done };
  }

  const idIn = (told: string): string =>
    (JSON.parse(decodeURIComponent(told)) as { readonly id: string }).id;

  it("sends a file whole, and in pieces", async () => {
    const person = await newPerson();
    for (const chunkSize of [Number.POSITIVE_INFINITY, 20 * kibibyte]) {
      const { done } = send(person, await newLargePhoto(100 * kibibyte), { chunkSize });
      const media = await made(person, idIn(await done));
      expect(media).toMatchObject({ state: "ready", alt: "by tus" });
    }
    const { done } = send(person, await newPhoto(), { uploadDataDuringCreation: true });
    expect((await made(person, idIn(await done))).state).toBe("ready");
  });

  it("goes on by itself when its connections are cut again and again", async () => {
    const person = await newPerson();
    const file = await newLargePhoto(1_500 * kibibyte);
    let cuts = 0;
    const { done } = send(person, file, {
      chunkSize: 100 * kibibyte,
      onChunkComplete(_size, accepted) {
        if (accepted > (cuts + 1) * 300 * kibibyte && cuts < 3) {
          cuts += 1;
          proxy.set({ kind: "cut" });
          proxy.set({ kind: "fine" });
        }
      },
    });
    expect((await made(person, idIn(await done))).state).toBe("ready");
    expect(cuts).toBe(3);
  });

  it("may be stopped and gone on with by another one", async () => {
    const person = await newPerson();
    const file = await newLargePhoto(500 * kibibyte);
    const stopped = Promise.withResolvers<string>();
    const first = send(person, file, {
      chunkSize: 50 * kibibyte,
      onChunkComplete(_size, accepted) {
        if (accepted > 150 * kibibyte) {
          void first.upload.abort().then(() => {
            stopped.resolve(first.upload.url ?? "");
          });
        }
      },
    });
    const uploadUrl = await stopped.promise;
    const offsets: number[] = [];
    const second = send(person, file, {
      uploadUrl,
      chunkSize: 50 * kibibyte,
      onChunkComplete: (_size, accepted) => void offsets.push(accepted),
    });
    const told = await second.done;
    expect(offsets[0]).toBeGreaterThan(150 * kibibyte);
    expect((await made(person, idIn(told))).state).toBe("ready");
  });

  it("is told the problem, and does not try again what is of no use", async () => {
    const person = await newPerson();
    const { done } = send(person, Buffer.alloc(10 * kibibyte, "no photo "));
    const error: DetailedError = await done.then(
      () => Promise.reject(new Error("it was taken")),
      (reason: unknown) => reason as DetailedError,
    );
    expect(error.originalResponse?.getStatus()).toBe(415);
    expect(JSON.parse(error.originalResponse?.getBody() ?? "")).toMatchObject({
      code: "media.unsupported",
    });
  });

  it("gives an upload up, of which nothing stays", async () => {
    const person = await newPerson();
    const { upload, done } = send(person, await newLargePhoto(100 * kibibyte), {
      chunkSize: 20 * kibibyte,
      onChunkComplete: () => void upload.abort(true),
    });
    const location = (): string => new URL(upload.url ?? "", world.node.url).pathname;
    await expect
      .poll(async () => upload.url !== null && (await person.get(`${location()}/media`)).status)
      .toBe(404);
    void done;
  });
});
