import { fileTypeFromBuffer } from "file-type";
import { describe, expect, it } from "vitest";
import type { Person } from "../support/api-client.ts";
import { noFfmpeg } from "../support/media-corpus/ffmpeg.ts";
import { hostileMark, hostilePhotos } from "../support/media-corpus/hostile-photos.ts";
import { hostileVideos } from "../support/media-corpus/hostile-videos.ts";
import { notMedia } from "../support/media-corpus/not-media.ts";
import { formOf } from "../support/media-files.ts";
import { areSeveral, startedApi } from "./started-api.ts";
import { storytellers } from "./storytelling.ts";
import { addressesOf, made, readFile } from "./uploading.ts";

/** What was made to do harm, by the way that everybody's photos and videos take. */

const world = startedApi();
const newPerson = storytellers(world);
/** Where a test's own server would be; nothing listens there. */
const nowhere = "http://127.0.0.1:9";
const shownTypes = ["image/avif", "image/webp", "video/mp4"];

/** Under the name and type of a harmless photo. */
function send(person: Person, file: Buffer) {
  const { body, headers } = formOf([{ name: "file", value: file, filename: "holiday.jpg" }]);
  return person.post("/v1/media", body, headers);
}

/** Refused with a reason, now or when it was to be made; or shown as something that Maru made. */
async function expectHarmless(file: Buffer): Promise<void> {
  const person = await newPerson();
  const { status, body } = await send(person, file);
  if (status !== 201) {
    expect([400, 413, 415]).toContain(status);
    expect(body.code).toMatch(/^media\./);
    return;
  }
  const media = await made(person, body.media.id);
  if (media.state === "failed") {
    expect(media.problem).not.toBeNull();
    expect(addressesOf(media)).toEqual([]);
    return;
  }
  const addresses = addressesOf(media);
  expect(addresses.length).toBeGreaterThan(0);
  // The owner's story shows them, so that they may be read.
  await person.publish("", { mediaIds: [media.id] });
  for (const address of addressesOf(await made(person, media.id))) {
    const { status: read, headers, bytes } = await readFile(world.api, address);
    const type = headers.get("content-type") ?? "";
    expect([read, headers.get("x-content-type-options")]).toEqual([200, "nosniff"]);
    expect(shownTypes).toContain(type);
    expect((await fileTypeFromBuffer(bytes))?.mime).toBe(type);
    expect(headers.get("content-security-policy")).toContain("sandbox");
    expect(bytes.includes(hostileMark)).toBe(false);
  }
}

// Which of several nodes makes it changes nothing of what comes of it.
describe.skipIf(areSeveral)("a file that is sent as a photo", () => {
  it.each(notMedia)("and is none is refused: %s", async (_name, bytes) => {
    const { status, body } = await send(await newPerson(), bytes);
    const refusal = bytes.length === 0 ? [400, "media.no_file"] : [415, "media.unsupported"];
    expect([status, body.code]).toEqual(refusal);
  });

  it.each(hostilePhotos)("does no harm: $name", async ({ bytes }) => {
    await expectHarmless(await bytes());
  });

  it.skipIf(noFfmpeg !== null).each(hostileVideos)(
    "and is a video does no harm: $name",
    async ({ bytes }) => {
      await expectHarmless(await bytes(nowhere));
    },
  );
});
