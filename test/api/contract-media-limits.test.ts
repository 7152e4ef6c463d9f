import { describe, expect, it } from "vitest";
import sharp from "sharp";
import { expectStatus, type Person, type Reply } from "../support/api-client.ts";
import { fileForm, newLargePhoto, newPhoto, newVideo } from "../support/media-files.ts";
import { noFfmpeg } from "../support/media-corpus/ffmpeg.ts";
import { headOf, openRaw } from "../support/raw-client.ts";
import { startedApi } from "./started-api.ts";
import { storytellers } from "./storytelling.ts";
import { made, upload, uploaded } from "./uploading.ts";

const unusedMax = 10;
const imageBytesMax = 200_000;
const world = startedApi({
  settings: {
    MARU_IMAGE_BYTES_MAX: String(imageBytesMax),
    MARU_IMAGE_PIXELS_MAX: "1000000",
    MARU_IMAGE_FRAMES_MAX: "3",
    MARU_VIDEO_BYTES_MAX: "400000",
    MARU_VIDEO_PIXELS_MAX: "100000",
    MARU_VIDEO_SECONDS_MAX: "2",
    MARU_MEDIA_UNUSED_MAX: String(unusedMax),
  },
});
const newPerson = storytellers(world);
const replayed = "idempotency-replayed";

const codesOf = (replies: readonly Reply[]) =>
  replies.map(({ status, body: { code } }) => [status, code]);

describe("an upload", () => {
  it("is as large as a photo may be, and no larger", async () => {
    const person = await newPerson();
    const photo = await newPhoto();
    const largest = Buffer.concat([photo, Buffer.alloc(imageBytesMax - photo.length)]);
    expectStatus(await upload(person, largest), 201);
    const replies = [
      await upload(person, Buffer.concat([largest, Buffer.alloc(1)])),
      await upload(person, await newLargePhoto(300_000)),
      // More than anything may be: it is not even read.
      await upload(person, Buffer.concat([photo, Buffer.alloc(1_000_000)])),
    ];
    expect(codesOf(replies)).toEqual([
      [413, "media.too_large"],
      [413, "media.too_large"],
      [413, "http.body_too_large"],
    ]);
  });

  it("that is too large is refused before the rest of it has come", async () => {
    const person = await newPerson();
    const { body, headers } = fileForm(await newLargePhoto(360_000));
    const head = headOf("POST", "/v1/media", {
      ...headers,
      authorization: `Bearer ${person.token}`,
      "content-length": String(body.length),
    });
    const client = openRaw(Number(new URL(world.api.url).port), head);
    await client.write(body.subarray(0, imageBytesMax + 50_000));
    await client.until("media.too_large");
    expect(client.text()).toMatch(/^HTTP\/1\.1 413 /u);
  });

  it("has as many pixels and frames as a photo may have", async () => {
    const person = await newPerson();
    const frames = await Promise.all([1, 2, 3, 4].map(() => newPhoto()));
    const moving = (of: readonly Buffer[]): Promise<Buffer> =>
      sharp([...of], { join: { animated: true } })
        .gif()
        .toBuffer();
    expectStatus(await upload(person, await newPhoto({ width: 1000, height: 1000 })), 201);
    expectStatus(await upload(person, await moving(frames.slice(1))), 201);
    const replies = [
      await upload(person, await newPhoto({ width: 1001, height: 1000 })),
      await upload(person, await moving(frames)),
    ];
    expect(codesOf(replies)).toEqual([
      [400, "media.too_many_pixels"],
      [400, "media.too_many_frames"],
    ]);
  });

  it.skipIf(noFfmpeg !== null)("is as long and as wide as a video may be", async () => {
    const person = await newPerson();
    expectStatus(await upload(person, newVideo({ seconds: 2 })), 201);
    const replies = [
      await upload(person, newVideo({ seconds: 3 })),
      await upload(person, newVideo({ size: "400x300" })),
    ];
    expect(codesOf(replies)).toEqual([
      [400, "media.too_long"],
      [400, "media.too_many_pixels"],
    ]);
  });

  it("is refused while too many of theirs wait to be used, also of those sent at once", async () => {
    const person = await newPerson();
    const photo = await newPhoto();
    const replies = await Promise.all(
      Array.from({ length: unusedMax + 5 }, () => upload(person, photo)),
    );
    const taken = replies.filter(({ status }) => status === 201);
    expect(taken).toHaveLength(unusedMax);
    const refused = replies.filter(({ status }) => status !== 201);
    expect(codesOf(refused)).toEqual(Array(5).fill([409, "media.too_many_unused"]));
    expectStatus(await upload(await newPerson(), photo), 201);
    const [first, second] = taken.map(({ body }) => body.media.id);
    expectStatus(await person.delete(`/v1/media/${first ?? ""}`), 204);
    expectStatus(await upload(person, photo), 201);
    await person.publish("used", { mediaIds: [second] });
    await expect.poll(async () => (await upload(person, photo)).status).toBe(201);
  });
});

describe("the same key", () => {
  /** How many blobs are not of a media item that is there. */
  async function strayBlobs(): Promise<number> {
    const [row] = await world.node.sql<{ count: number }[]>`
      SELECT count(*)::int AS count FROM media.blobs
      WHERE state <> 'doomed' AND media_id NOT IN (SELECT id FROM media.media)`;
    return row?.count ?? -1;
  }

  it("with the same file gives the same media item, and keeps nothing of the second", async () => {
    const person = await newPerson();
    const photo = await newPhoto();
    const first = expectStatus(await upload(person, photo, { alt: "once", key: "k1" }), 201);
    const { id } = first.body.media;
    await made(person, id);
    for (let times = 0; times < 2; times += 1) {
      const again = expectStatus(await upload(person, photo, { alt: "once", key: "k1" }), 201);
      expect([again.text, again.headers[replayed]]).toEqual([first.text, "true"]);
    }
    expect(first.headers[replayed]).toBeUndefined();
    const rows = await world.node.sql`SELECT FROM media.media WHERE owner_id = ${person.id}`;
    expect(rows).toHaveLength(1);
    expect(await strayBlobs()).toBe(0);
  });

  it("with another file, or other words, is a mismatch, and keeps nothing of it", async () => {
    const person = await newPerson();
    const photo = await newPhoto();
    expectStatus(await upload(person, photo, { alt: "once", key: "k1" }), 201);
    const replies = [
      await upload(person, await newPhoto(), { alt: "once", key: "k1" }),
      await upload(person, photo, { alt: "twice", key: "k1" }),
    ];
    expect(codesOf(replies)).toEqual(Array(2).fill([422, "idempotency.mismatch"]));
    expectStatus(await upload(person, photo, { alt: "once", key: "k2" }), 201);
    expectStatus(await upload(await newPerson(), photo, { alt: "once", key: "k1" }), 201);
    expect(await strayBlobs()).toBe(0);
  });

  it("with the same file in another form is the same, whatever separates its parts", async () => {
    const person: Person = await newPerson();
    const photo = await newPhoto();
    const first = await upload(person, photo, { key: "k1" });
    const { body, headers } = fileForm(photo, "");
    const again = await person.post("/v1/media", body, { ...headers, "idempotency-key": "k1" });
    expect(again.text).toBe(first.text);
  });

  it("has one effect when several come at once, and may be used again after a refusal", async () => {
    const person = await newPerson();
    const photo = await newPhoto();
    const send = (): Promise<Reply> => upload(person, photo, { key: "k1" });
    expect((await upload(person, Buffer.from("x"), { key: "k1" })).status).toBe(415);
    const replies = await Promise.all(Array.from({ length: 5 }, send));
    const made = replies.filter(({ status }) => status === 201);
    expect(new Set(made.map(({ text }) => text)).size).toBe(1);
    for (const { status, body } of replies.filter((reply) => !made.includes(reply))) {
      expect([status, body.code]).toEqual([409, "idempotency.in_progress"]);
    }
    expect((await send()).text).toBe(made[0]?.text);
    expect(await strayBlobs()).toBe(0);
  });
});

describe("what is refused", () => {
  it("leaves no blob, whatever it is", async () => {
    const person = await newPerson();
    const { id } = await uploaded(person);
    await made(person, id);
    const wrong = [Buffer.from("x"), (await newPhoto()).subarray(0, 30), Buffer.alloc(0)];
    for (const file of wrong) {
      expect((await upload(person, file)).status).toBeGreaterThanOrEqual(400);
    }
    const pending = await world.node.sql`SELECT FROM media.blobs WHERE state = 'pending'`;
    expect(pending).toHaveLength(0);
  });
});
