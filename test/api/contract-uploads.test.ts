import { describe, expect, it } from "vitest";
import { expectStatus, type Person, type Reply } from "../support/api-client.ts";
import { newLargePhoto, newPhoto, newVideo } from "../support/media-files.ts";
import { noFfmpeg } from "../support/media-corpus/ffmpeg.ts";
import { startedApi } from "./started-api.ts";
import { storytellers } from "./storytelling.ts";
import { made, readFile } from "./uploading.ts";

const imageBytesMax = 1_000_000;
const videoBytesMax = 3_000_000;
const world = startedApi({
  settings: {
    MARU_IMAGE_BYTES_MAX: String(imageBytesMax),
    MARU_VIDEO_BYTES_MAX: String(videoBytesMax),
  },
});
const newPerson = storytellers(world);

const replayed = "idempotency-replayed";
const tus = { "tus-resumable": "1.0.0" };
const bytesType = { "content-type": "application/offset+octet-stream" };

const encoded = (metadata: Readonly<Record<string, string>>): string =>
  Object.entries(metadata)
    .map(([name, value]) => `${name} ${Buffer.from(value).toString("base64")}`)
    .join(",");

function create(
  person: Person,
  bytes: number | string,
  { metadata = {}, body, headers = {} }: CreateOptions = {},
): Promise<Reply> {
  const told = Object.keys(metadata).length === 0 ? {} : { "upload-metadata": encoded(metadata) };
  return person.send("POST", "/v1/uploads", {
    headers: { ...tus, ...told, "upload-length": String(bytes), ...headers },
    ...(body === undefined ? {} : { body }),
  });
}

interface CreateOptions {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

async function begun(person: Person, bytes: number, options?: CreateOptions): Promise<string> {
  const reply = expectStatus(await create(person, bytes, options), 201);
  return reply.headers["location"] ?? "";
}

const patch = (
  person: Person,
  location: string,
  offset: number | string,
  body: Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> =>
  person.send("PATCH", location, {
    body,
    headers: { ...tus, ...bytesType, "upload-offset": String(offset), ...headers },
  });

const head = (person: Person, location: string): Promise<Reply> =>
  person.send("HEAD", location, { headers: tus });

const mediaIn = ({ headers }: Reply): { readonly id: string; readonly alt: string } =>
  JSON.parse(decodeURIComponent(headers["maru-media"] ?? "")) as { id: string; alt: string };

const codeOf = ({ status, body: { code } }: Reply) => [status, code];

describe("POST /v1/uploads with a key", () => {
  const rowsOf = (person: Person) =>
    world.node.sql`SELECT FROM media.uploads WHERE owner_id = ${person.id}`;

  it("begins one upload, however often it is asked", async () => {
    const person = await newPerson();
    const photo = await newPhoto();
    const options = { metadata: { alt: "a pond" }, headers: { "idempotency-key": "k" } };
    const first = expectStatus(await create(person, photo.length, options), 201);
    const { location = "" } = first.headers;
    expect(first.headers[replayed]).toBeUndefined();
    const again = async (): Promise<void> => {
      const { headers } = expectStatus(await create(person, photo.length, options), 201);
      expect([headers["location"], headers[replayed]]).toEqual([location, "true"]);
    };
    await again();
    expectStatus(await patch(person, location, 0, photo.subarray(0, 100)), 204);
    await again();
    expectStatus(await patch(person, location, 100, photo.subarray(100)), 204);
    await again();
    expect(await rowsOf(person)).toHaveLength(1);
    const other = await create(person, photo.length, { headers: options.headers });
    expect(codeOf(other)).toEqual([422, "idempotency.mismatch"]);
    expectStatus(await create(await newPerson(), photo.length, options), 201);
    const malformed = await create(person, 100, { headers: { "idempotency-key": "a b\u00e9" } });
    expect(malformed.status).toBe(400);
  });

  it("makes one media item of what comes with it, however often", async () => {
    const person = await newPerson();
    const body = await newPhoto();
    const options = { body, headers: { ...bytesType, "idempotency-key": "k" } };
    const replies = [
      expectStatus(await create(person, body.length, options), 201),
      expectStatus(await create(person, body.length, options), 201),
    ];
    const told = replies.map(({ headers }) => [headers["location"], headers["upload-offset"]]);
    expect(told[1]).toEqual(told[0]);
    expect(told[0]?.[1]).toBe(String(body.length));
    const ids = replies.map(({ headers }) => {
      const media = JSON.parse(decodeURIComponent(headers["maru-media"] ?? "{}")) as {
        id?: string;
      };
      return media.id;
    });
    expect(ids[0]).toBeDefined();
    expect(ids[1]).toBe(ids[0]);
    expect(await rowsOf(person)).toHaveLength(1);
    const made = await world.node.sql`SELECT FROM media.media WHERE owner_id = ${person.id}`;
    expect(made).toHaveLength(1);
  });
});

describe("an upload by tus", () => {
  it("comes in pieces, tells how far it is, and becomes a media item with its last one", async () => {
    const person = await newPerson();
    const file = await newLargePhoto(120_000);
    const metadata = { filename: "사진.jpg", filetype: "image/jpeg", alt: " 연못 " };
    const created = expectStatus(await create(person, file.length, { metadata }), 201);
    const location = created.headers["location"] ?? "";
    expect(location).toMatch(/^\/v1\/uploads\/\d+$/);
    expect(created.headers["tus-resumable"]).toBe("1.0.0");
    expect(Date.parse(created.headers["upload-expires"] ?? "")).toBeGreaterThan(Date.now());
    const cuts = [0, 1, 50_000, file.length];
    for (const [at, from] of cuts.slice(0, -1).entries()) {
      const state = expectStatus(await head(person, location), 200);
      expect(state.headers).toMatchObject({
        "upload-offset": String(from),
        "upload-length": String(file.length),
        "cache-control": "no-store",
      });
      const told = state.headers["upload-metadata"] ?? "";
      expect(told.split(",").sort()).toEqual(encoded(metadata).split(",").sort());
      const unfinished = await person.get(`${location}/media`);
      expect(codeOf(unfinished)).toEqual([409, "media.upload_unfinished"]);
      const to = cuts[at + 1] ?? 0;
      const reply = expectStatus(await patch(person, location, from, file.subarray(from, to)), 204);
      expect(reply.headers["upload-offset"]).toBe(String(to));
      if (to === file.length) {
        expect(mediaIn(reply)).toMatchObject({ kind: "image", state: "processing", alt: "연못" });
      }
    }
    const told = expectStatus(await person.get(`${location}/media`), 200).body.media;
    const media = await made(person, told.id);
    expect(media).toMatchObject({ state: "ready", alt: "연못" });
    expect((await readFile(world.api, media.url)).status).toBe(200);
    expect((await head(person, location)).headers["upload-offset"]).toBe(String(file.length));
    const { id } = await person.publish("", { mediaIds: [media.id] });
    expect((await person.get(`/v1/stories/${id}`)).body.story.media[0]?.id).toBe(media.id);
  });

  it("may come whole with its first request", async () => {
    const person = await newPerson();
    const file = await newPhoto();
    const reply = expectStatus(
      await create(person, file.length, { body: file, headers: bytesType }),
      201,
    );
    expect(reply.headers["upload-offset"]).toBe(String(file.length));
    expect((await made(person, mediaIn(reply).id)).state).toBe("ready");
  });

  it.skipIf(noFfmpeg !== null)("is a video of more than one part", async () => {
    const person = await newPerson();
    const video = newVideo();
    const file = Buffer.concat([video, Buffer.alloc(videoBytesMax - video.length)]);
    const location = await begun(person, file.length);
    const half = file.length >> 1;
    expectStatus(await patch(person, location, 0, file.subarray(0, half)), 204);
    const last = expectStatus(await patch(person, location, half, file.subarray(half)), 204);
    expect((await made(person, mediaIn(last).id)).state).toBe("ready");
  });

  it("gives the same media item however often it is asked what has become of it", async () => {
    const person = await newPerson();
    const file = await newPhoto();
    const location = await begun(person, file.length);
    expectStatus(await patch(person, location, 0, file), 204);
    const replies = await Promise.all([1, 2, 3].map(() => person.get(`${location}/media`)));
    expect(new Set(replies.map(({ body }) => body.media.id)).size).toBe(1);
    // There is nothing to go on with.
    expect(codeOf(await patch(person, location, 0, file))).toEqual([409, "media.upload_offset"]);
    const rows = await world.node.sql`SELECT FROM media.media WHERE owner_id = ${person.id}`;
    expect(rows).toHaveLength(1);
  });

  it("is told of what may be asked, to anybody", async () => {
    const reply = expectStatus(await world.api.send("OPTIONS", "/v1/uploads"), 204);
    expect(reply.headers).toMatchObject({
      "tus-version": "1.0.0",
      "tus-extension": "creation,creation-with-upload,termination,expiration",
      "tus-max-size": String(videoBytesMax),
    });
  });

  it("is taken whatever proxies say of themselves", async () => {
    const person = await newPerson();
    const headers = { "x-forwarded-proto": "https, http", "x-forwarded-for": "203.0.113.7" };
    const file = await newPhoto();
    const location = await begun(person, file.length, { headers });
    expectStatus(await patch(person, location, 0, file, headers), 204);
  });

  it("is nobody else's", async () => {
    const [person, other] = [await newPerson(), await newPerson()];
    const file = await newPhoto();
    const location = await begun(person, file.length);
    const replies = [
      await head(other, location),
      await patch(other, location, 0, file),
      await other.send("DELETE", location, { headers: tus }),
      await other.get(`${location}/media`),
      await world.api.send("HEAD", location, { headers: tus }),
      await head(person, "/v1/uploads/17"),
      await head(person, "/v1/uploads/x"),
      await head(person, `/v1/uploads/${"9".repeat(30)}`),
    ];
    expect(replies.map(({ status }) => status)).toEqual([404, 404, 404, 404, 401, 404, 404, 404]);
    expect((await head(person, location)).headers["upload-offset"]).toBe("0");
  });

  it("is given up by DELETE, and nothing of it stays", async () => {
    const person = await newPerson();
    const file = await newPhoto();
    const location = await begun(person, file.length);
    expectStatus(await patch(person, location, 0, file.subarray(0, 1_000)), 204);
    expectStatus(await person.send("DELETE", location, { headers: tus }), 204);
    expect((await head(person, location)).status).toBe(404);
    expect((await patch(person, location, 1_000, file.subarray(1_000))).status).toBe(404);
    const id = location.split("/").at(-1) ?? "";
    const kept = await world.node.sql`
      SELECT FROM media.blobs WHERE media_id = ${id} AND state <> 'doomed'`;
    expect(kept).toHaveLength(0);
  });
});

describe("what an upload by tus is refused for", () => {
  it("is a request that is not of the protocol", async () => {
    const person = await newPerson();
    const file = await newPhoto();
    const location = await begun(person, file.length);
    const create = (headers: Readonly<Record<string, string>>): Promise<Reply> =>
      person.send("POST", "/v1/uploads", { headers });
    const length = { "upload-length": "10" };
    const replies = [
      await create(length),
      await create({ ...length, "tus-resumable": "0.2.2" }),
      await create(tus),
      await create({ ...tus, "upload-length": "-1" }),
      await create({ ...tus, "upload-length": "ten" }),
      await create({ ...tus, "upload-defer-length": "1" }),
      await create({ ...tus, ...length, "upload-metadata": "alt ~~~" }),
      await create({ ...tus, ...length, "upload-concat": "partial" }),
      await patch(person, location, "x", file),
      await patch(person, location, 5, file.subarray(5)),
      await patch(person, location, 0, file, { "content-type": "image/jpeg" }),
      await person.send("PATCH", location, { body: file, headers: { ...tus, ...bytesType } }),
    ];
    expect(replies.map(codeOf)).toEqual([
      [412, "media.upload_protocol"],
      [412, "media.upload_protocol"],
      [400, "media.upload_invalid"],
      [400, "media.upload_invalid"],
      [400, "media.upload_invalid"],
      [400, "media.upload_invalid"],
      [400, "media.upload_invalid"],
      [400, "media.upload_invalid"],
      [400, "media.upload_invalid"],
      [409, "media.upload_offset"],
      [415, "http.media_type"],
      [400, "media.upload_invalid"],
    ]);
    for (const { headers } of replies.slice(0, 4)) {
      expect(headers).toMatchObject({ "tus-resumable": "1.0.0", "tus-version": "1.0.0" });
    }
    expect((await head(person, location)).headers["upload-offset"]).toBe("0");
  });

  it("is a length that nothing may have, before anything is sent", async () => {
    const person = await newPerson();
    const image = { metadata: { filetype: "image/png" } };
    const replies = [
      await create(person, videoBytesMax + 1),
      await create(person, imageBytesMax + 1, image),
      await create(person, "99999999999999999999"),
    ];
    expect(replies.map(codeOf)).toEqual([
      [413, "media.too_large"],
      [413, "media.too_large"],
      [400, "media.upload_invalid"],
    ]);
    expectStatus(await create(person, imageBytesMax, image), 201);
    expectStatus(await create(person, videoBytesMax), 201);
  });

  it("is its content, as soon as that is known, whatever it is said to be", async () => {
    const person = await newPerson();
    const photo = await newPhoto();
    const asVideo = { metadata: { filetype: "video/mp4" } };
    const large = await begun(person, imageBytesMax + 1, asVideo);
    const text = await begun(person, 100_000, { metadata: { filetype: "image/jpeg" } });
    const replies = [
      await patch(person, large, 0, Buffer.concat([photo, Buffer.alloc(5_000)])),
      await patch(person, text, 0, Buffer.alloc(5_000, "no photo ")),
    ];
    expect(replies.map(codeOf)).toEqual([
      [413, "media.too_large"],
      [415, "media.unsupported"],
    ]);
    // What is sent beyond its length is not taken.
    const short = await begun(person, 100);
    expect((await patch(person, short, 0, photo)).status).toBe(413);
  });

  it("is what it turns out to be when it is whole; then nothing of it is kept", async () => {
    const person = await newPerson();
    const broken = Buffer.concat([(await newPhoto()).subarray(0, 20), Buffer.alloc(100)]);
    for (const [file, status, code] of [
      [broken, 400, "media.broken"],
      [Buffer.from("hello"), 415, "media.unsupported"],
    ] as const) {
      const location = await begun(person, file.length);
      expect(codeOf(await patch(person, location, 0, file))).toEqual([status, code]);
      expect((await person.get(`${location}/media`)).status).toBe(404);
      expect((await head(person, location)).status).toBe(404);
    }
    const empty = await create(person, 0);
    expect([empty.status, empty.body.code]).toEqual([400, "media.no_file"]);
  });

  it("is words that nobody may say of it, before it is sent", async () => {
    const person = await newPerson();
    for (const alt of ["a".repeat(1501), "\u0000"]) {
      const reply = await create(person, 100, { metadata: { alt } });
      expect([reply.status, reply.body.errors[0]?.path]).toEqual([400, "/alt"]);
    }
    const named = await create(person, 100, { metadata: { filename: "a\u0000b" } });
    expect(codeOf(named)).toEqual([400, "media.upload_invalid"]);
    const long = "연".repeat(1500);
    const photo = await newPhoto();
    const location = await begun(person, photo.length, { metadata: { alt: long } });
    const reply = expectStatus(await patch(person, location, 0, photo), 204);
    // Longer than some proxies let headers be: who wants it asks for it.
    expect(reply.headers["maru-media"]).toBeUndefined();
    const { alt } = expectStatus(await person.get(`${location}/media`), 200).body.media;
    expect(alt).toBe(long);
  });

  it("is the number of those that are under way, of which the refused are none", async () => {
    const person = await newPerson();
    const wrong = Buffer.alloc(5_000, "no photo ");
    for (let n = 0; n < 55; n += 1) {
      const options = { body: wrong, headers: bytesType };
      expect((await create(person, wrong.length, options)).body.code).toBe("media.unsupported");
    }
    for (let n = 0; n < 50; n += 1) {
      expectStatus(await create(person, 100), 201);
    }
    expect(codeOf(await create(person, 100))).toEqual([409, "media.too_many_unused"]);
  });
});
