import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Person } from "../support/api-client.ts";
import { fileForm, newLargePhoto, newPhoto, type Form } from "../support/media-files.ts";
import { areSeveral, startedApi } from "./started-api.ts";
import { storytellers } from "./storytelling.ts";
import { uploaded } from "./uploading.ts";

const world = startedApi();
const newPerson = storytellers(world);
const kibibyte = 1024;
const descriptors = "/proc/self/fd";

const workFolder = (): string => join(world.node.dataDir, "work");

/** Files below the folder in which uploads lie until they are taken. */
async function filesAtWork(): Promise<string[]> {
  const entries = await readdir(workFolder(), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

/** Those of them that this process has open, where the system tells. */
function openAtWork(): string[] {
  if (!existsSync(descriptors)) return [];
  return readdirSync(descriptors).flatMap((name) => {
    try {
      const file = readlinkSync(join(descriptors, name));
      return file.startsWith(workFolder()) ? [file] : [];
    } catch {
      return [];
    }
  });
}

/** Sends so much of the form and hangs up once some of it has arrived. */
async function sendAndHangUp(
  person: Person,
  { body, headers }: Form,
  bytes: number,
): Promise<void> {
  const sent = request(new URL("/v1/media", world.node.url), {
    agent: false,
    method: "POST",
    headers: {
      ...headers,
      authorization: `Bearer ${person.token}`,
      "content-length": String(body.length),
    },
  });
  sent.on("error", () => undefined);
  sent.write(body.subarray(0, bytes));
  await expect.poll(filesAtWork).toHaveLength(1);
  sent.destroy();
}

describe.skipIf(areSeveral)("an upload that is not whole", () => {
  it("leaves no file, none open, and nothing in the record, whoever ends it", async () => {
    const person = await newPerson();
    await uploaded(person);
    const form = fileForm(await newLargePhoto(400 * kibibyte));
    for (let times = 0; times < 3; times += 1) {
      await sendAndHangUp(person, form, 200 * kibibyte);
      await expect.poll(filesAtWork).toEqual([]);
      await expect.poll(openAtWork).toEqual([]);
    }
    const endsEarly = await person.post("/v1/media", form.body.subarray(0, -50), form.headers);
    const huge = fileForm(Buffer.concat([await newPhoto(), Buffer.alloc(33 * kibibyte ** 2)]));
    const isHuge = await person.post("/v1/media", huge.body, huge.headers);
    expect([endsEarly.body.code, isHuge.body.code]).toEqual(["media.no_file", "media.too_large"]);
    await expect.poll(filesAtWork).toEqual([]);
    await expect.poll(openAtWork).toEqual([]);
    const [row] = await world.node.sql`
      SELECT count(*)::int AS media, (SELECT count(*)::int FROM media.blobs WHERE state = 'pending') AS pending
      FROM media.media WHERE owner_id = ${person.id}`;
    expect(row).toEqual({ media: 1, pending: 0 });
  });
});
