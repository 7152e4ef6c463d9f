import { describe, expect, it } from "vitest";
import sharp from "sharp";
import { expectStatus, type Person, type Reply } from "../support/api-client.ts";
import { formOf, type FormPart, newPhoto, newVideo } from "../support/media-files.ts";
import { noFfmpeg } from "../support/media-corpus/ffmpeg.ts";
import { startedApi } from "./started-api.ts";
import { storytellers } from "./storytelling.ts";
import { addressesOf, made, mediaOf, readFile, readyPhoto, upload, uploaded } from "./uploading.ts";

const world = startedApi();
const newPerson = storytellers(world);

const mediaMembers = [
  "id",
  "kind",
  "state",
  "problem",
  "alt",
  "width",
  "height",
  "durationSeconds",
  "blurhash",
  "url",
  "previewUrl",
  "variants",
];

describe("POST /v1/media", () => {
  it("takes a photo at once, and shows what was made of it once that is done", async () => {
    const person = await newPerson();
    const reply = expectStatus(await upload(person, await newPhoto(), { alt: "a hill" }), 201);
    expect(Object.keys(reply.body)).toEqual(["media"]);
    const { media } = reply.body;
    expect(Object.keys(media)).toEqual(mediaMembers);
    expect(media).toMatchObject({ kind: "image", state: "processing", problem: null });
    expect(media).toMatchObject({ alt: "a hill", width: 320, height: 240, durationSeconds: null });
    expect([media.url, media.previewUrl, media.variants]).toEqual([null, null, []]);
    const ready = await made(person, media.id);
    const { id, kind, alt, width, height } = media;
    expect(ready).toMatchObject({ id, kind, alt, width, height, state: "ready", problem: null });
    expect(ready.blurhash).toMatch(/^.{6,}$/u);
    for (const { url, type, width } of ready.variants) {
      const file = await readFile(world.api, url);
      expect([file.status, file.headers.get("content-type")]).toEqual([200, type]);
      expect((await sharp(file.bytes).metadata()).width).toBe(width);
      expect(file.headers.get("x-content-type-options")).toBe("nosniff");
      expect(file.headers.get("content-security-policy")).toContain("sandbox");
    }
    expect(ready.variants.map(({ url }) => url)).toContain(ready.url);
  });

  it.skipIf(noFfmpeg !== null)("takes a video, with a poster", async () => {
    const person = await newPerson();
    const { id, kind } = await uploaded(person, newVideo());
    expect(kind).toBe("video");
    const media = await made(person, id);
    expect(media).toMatchObject({ state: "ready", width: 160, height: 120 });
    expect(media.durationSeconds).toBeCloseTo(1, 0);
    const [film, poster] = await Promise.all(
      [media.url, media.previewUrl].map((url) => readFile(world.api, url)),
    );
    expect(film?.headers.get("content-type")).toBe("video/mp4");
    expect(poster?.headers.get("content-type")).toBe("image/webp");
    const part = await readFile(world.api, media.url, { headers: { range: "bytes=10-19" } });
    expect(part.status).toBe(206);
    expect(part.bytes).toEqual(film?.bytes.subarray(10, 20));
  });

  it("takes the words for it before and after the file", async () => {
    const person = await newPerson();
    const file = async () => ({ name: "file", value: await newPhoto(), filename: "a.jpg" });
    const alt = { name: "alt", value: "  e\u0301t\u00e9  " };
    for (const parts of [
      [alt, await file()],
      [await file(), alt],
    ]) {
      const { body, headers } = formOf(parts);
      const reply = expectStatus(await person.post("/v1/media", body, headers), 201);
      expect(reply.body.media.alt).toBe("\u00e9t\u00e9");
    }
  });

  it("refuses a form with something that it would not take", async () => {
    const person = await newPerson();
    const file = async (name = "file") => ({ name, value: await newPhoto(), filename: "a.jpg" });
    const alt = { name: "alt", value: "a pond" };
    const forms: readonly (readonly [path: string, parts: readonly FormPart[]])[] = [
      ["/altText", [{ name: "altText", value: "x" }, await file()]],
      ["/altText", [await file(), { name: "altText", value: "x" }]],
      ["/a~1b~0", [{ name: "a/b~", value: "x" }, await file()]],
      ["/alt", [alt, await file(), alt]],
      ["/file", [await file(), await file()]],
      ["/photo", [await file("photo"), await file()]],
      ["/alt", [await file("alt")]],
      ["/file", [{ name: "file", value: "no file" }]],
    ];
    for (const [path, parts] of forms) {
      const { body, headers } = formOf(parts);
      const reply = await person.post("/v1/media", body, headers);
      expect([path, reply.status, reply.body.code, reply.body.errors[0]?.path]).toEqual([
        path,
        400,
        "request.invalid",
        path,
      ]);
    }
    const rows = await world.node.sql`SELECT FROM media.media WHERE owner_id = ${person.id}`;
    expect(rows).toHaveLength(0);
  });

  it("says by the content, and not by the name, what it does not take", async () => {
    const person = await newPerson();
    const photo = await newPhoto();
    const wrong: readonly (readonly [number, string, Buffer])[] = [
      [415, "media.unsupported", Buffer.from("no picture at all")],
      [415, "media.unsupported", Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>")],
      [400, "media.broken", photo.subarray(0, 20)],
      [400, "media.no_file", Buffer.alloc(0)],
    ];
    for (const [status, code, file] of wrong) {
      const { body, headers } = formOf([{ name: "file", value: file, filename: "photo.jpg" }]);
      const reply = await person.post("/v1/media", body, headers);
      expect([reply.status, reply.body.code]).toEqual([status, code]);
    }
  });

  it("answers a body that is no form with a problem", async () => {
    const person = await newPerson();
    const { body, headers } = formOf([{ name: "alt", value: "no file" }]);
    const post = (what: unknown, type: string): Promise<Reply> =>
      person.post("/v1/media", what, { "content-type": type });
    const answers = [
      await post(body, headers["content-type"]),
      await post(body.subarray(0, -10), headers["content-type"]),
      await post("not a form", headers["content-type"]),
      await post("", headers["content-type"]),
      await post(body, "multipart/form-data"),
      await post(body, "application/json"),
      await post(await newPhoto(), "image/jpeg"),
      await world.api.send("POST", "/v1/media", { body, headers }),
    ];
    expect(answers.map(({ status, body: { code } }) => [status, code])).toEqual([
      [400, "media.no_file"],
      [400, "media.no_file"],
      [400, "media.no_file"],
      [400, "media.no_file"],
      [400, "media.no_file"],
      [415, "http.media_type"],
      [415, "http.media_type"],
      [401, "request.unauthenticated"],
    ]);
  });

  it("takes 1,500 characters to say what it shows, and no more", async () => {
    const person = await newPerson();
    const photo = await newPhoto();
    const long = "\u1100\u1161".repeat(1500);
    const taken = expectStatus(await upload(person, photo, { alt: long }), 201);
    expect(taken.body.media.alt).toBe(long.normalize("NFC"));
    for (const alt of ["a".repeat(1501), "\u0000", "a".repeat(70_000)]) {
      const reply = await upload(person, photo, { alt });
      expect([reply.status, reply.body.errors[0]?.path]).toEqual([400, "/alt"]);
    }
  });
});

describe("GET, PATCH and DELETE /v1/media/{id}", () => {
  const ask = (person: Person, id: string): Promise<readonly Reply[]> =>
    Promise.all([
      person.get(`/v1/media/${id}`),
      person.patch(`/v1/media/${id}`, { alt: "mine now" }),
      person.delete(`/v1/media/${id}`),
    ]);

  it("are its owner's alone until a story shows it", async () => {
    const [owner, other] = [await newPerson(), await newPerson()];
    const { id } = await readyPhoto(owner);
    for (const unknown of [id, "17", "0", "x", "9".repeat(30)]) {
      const [got, patched, deleted] = await ask(other, unknown);
      const isId = [id, "17"].includes(unknown);
      const wanted = [404, 404, isId ? 204 : 404];
      expect([got?.status, patched?.status, deleted?.status]).toEqual(wanted);
    }
    expect((await world.api.send("GET", `/v1/media/${id}`)).status).toBe(404);
    const { id: storyId } = await owner.publish("look", { mediaIds: [id] });
    await expect.poll(async () => (await other.get(`/v1/media/${id}`)).status).toBe(200);
    expectStatus(await world.api.send("GET", `/v1/media/${id}`), 200);
    const [, patched, deleted] = await ask(other, id);
    expect([patched?.status, patched?.body.code]).toEqual([403, "media.not_owner"]);
    expect([deleted?.status, deleted?.body.code]).toEqual([403, "media.not_owner"]);
    const own = await owner.delete(`/v1/media/${id}`);
    expect([own.status, own.body.code]).toEqual([409, "media.in_use"]);
    expectStatus(await owner.delete(`/v1/stories/${storyId}`), 204);
    await expect.poll(async () => (await other.get(`/v1/media/${id}`)).status).toBe(404);
  });

  it("say what it shows, as often as the owner likes", async () => {
    const person = await newPerson();
    const { id } = await uploaded(person);
    const patch = (body: object): Promise<Reply> => person.patch(`/v1/media/${id}`, body);
    const described = expectStatus(await patch({ alt: " a\u0301 " }), 200).body.media;
    expect(described.alt).toBe("\u00e1");
    expect(expectStatus(await patch({ alt: "\u00e1" }), 200).body.media.alt).toBe("\u00e1");
    expect((await mediaOf(person, id)).alt).toBe("\u00e1");
    for (const body of [{ alt: "a".repeat(1501) }, { alt: "\u0000" }, { alt: 1 }, {}, { x: "" }]) {
      expect((await patch(body)).status).toBe(400);
    }
    expect(expectStatus(await patch({ alt: "" }), 200).body.media.alt).toBe("");
  });

  it("remove what nothing uses, with its files, again and again", async () => {
    const person = await newPerson();
    const media = await readyPhoto(person);
    for (let times = 0; times < 2; times += 1) {
      expectStatus(await person.delete(`/v1/media/${media.id}`), 204);
      expect((await person.get(`/v1/media/${media.id}`)).status).toBe(404);
      for (const address of addressesOf(media)) {
        expect((await readFile(world.api, address)).status).toBe(404);
      }
    }
    const story = await person.post("/v1/stories", { text: "gone", mediaIds: [media.id] });
    expect(story.body.code).toBe("stories.unknown_media");
  });
});
