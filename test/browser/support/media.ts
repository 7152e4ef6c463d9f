import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import sharp from "sharp";
import { expect } from "vitest";
import type { Person, Story } from "../../support/api-client.ts";
import { photoOf } from "./photos.ts";

/** Photos and videos for tests: made here, and brought to the server as any client would. */

/** A file as somebody chooses it. */
export interface TestFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

const run = promisify(execFile);

export async function photoFile(seed: number, width = 1_200, height = 900): Promise<TestFile> {
  const buffer = await photoOf({ seed, width, height });
  return { name: `photo-${seed}.jpg`, mimeType: "image/jpeg", buffer };
}

/** One that begins as a photo does, and ends too early: that is found out when it is prepared. */
export async function halfPhoto(seed: number): Promise<TestFile> {
  const { buffer, ...file } = await photoFile(seed);
  return { ...file, buffer: buffer.subarray(0, buffer.length / 2) };
}

/** A slow look over a landscape, with a tone. */
export async function videoFile(seed: number, seconds = 4): Promise<TestFile> {
  const folder = await mkdtemp(path.join(tmpdir(), "maru-video-"));
  try {
    const [still, film] = [path.join(folder, "still.jpg"), path.join(folder, "film.mp4")];
    await writeFile(still, await photoOf({ seed, width: 800, height: 450 }));
    const zoom = `zoompan=z='1+on/400':d=${seconds * 25}:s=640x360:fps=25`;
    const sound = ["-f", "lavfi", "-i", "sine=frequency=330"];
    const codecs = [
      "-c:v",
      "libx264",
      "-preset",
      "ultrafast",
      "-pix_fmt",
      "yuv420p",
      "-c:a",
      "aac",
    ];
    const input = ["-y", "-loglevel", "error", "-loop", "1", "-i", still, ...sound];
    await run("ffmpeg", [...input, "-t", String(seconds), "-vf", zoom, ...codecs, film]);
    return { name: `video-${seed}.mp4`, mimeType: "video/mp4", buffer: await readFile(film) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A picture that moves: a square that goes from left to right. */
export async function movingFile(frames = 6): Promise<TestFile> {
  const [width, height] = [320, 200];
  const pictures = Array.from({ length: frames }, (_, at) => {
    const x = Math.round(((width - 60) * at) / (frames - 1));
    return Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="#dcecf5"/><rect x="${x}" y="70" width="60" height="60" rx="12" fill="#1f6f54"/></svg>`,
    );
  });
  const stills = await Promise.all(pictures.map((svg) => sharp(svg).png().toBuffer()));
  const buffer = await sharp(stills, { join: { animated: true } })
    .gif({ delay: Array.from({ length: frames }, () => 200) })
    .toBuffer();
  return { name: "moving.gif", mimeType: "image/gif", buffer };
}

/** Where the server is, without a slash at the end. */
type Place = { readonly url: string };

interface Media {
  readonly id: string;
  readonly state: string;
}

/** Brings a file to the server, without the page. */
export async function upload(
  place: Place,
  person: Person,
  file: TestFile,
  alt = "",
): Promise<string> {
  const form = new FormData();
  form.append("alt", alt);
  const bytes = new Blob([Uint8Array.from(file.buffer)], { type: file.mimeType });
  form.append("file", bytes, file.name);
  const headers = { authorization: `Bearer ${person.token}` };
  const response = await fetch(`${place.url}/v1/media`, { method: "POST", headers, body: form });
  expect(response.status, await response.clone().text()).toBe(201);
  return ((await response.json()) as { readonly media: Media }).media.id;
}

/** What is shown of them has been made. */
export async function prepared(person: Person, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    await expect
      .poll(
        async () => {
          const { text } = await person.get(`/v1/media/${id}`);
          return (JSON.parse(text) as { readonly media: Media }).media.state;
        },
        { timeout: preparedWithinMs },
      )
      .toBe("ready");
  }
}

const preparedWithinMs = 60_000;

interface WithMedia {
  readonly text?: string;
  readonly alts?: readonly string[];
  readonly visibility?: string;
}

/** A story with these, once all of them can be seen. */
export async function publishWith(
  place: Place,
  person: Person,
  files: readonly TestFile[],
  { text = "", alts = [], ...more }: WithMedia = {},
): Promise<Story> {
  const mediaIds: string[] = [];
  for (const [at, file] of files.entries()) {
    mediaIds.push(await upload(place, person, file, alts[at]));
  }
  const story = await person.publish(text, { mediaIds, ...more });
  await prepared(person, mediaIds);
  return story;
}
