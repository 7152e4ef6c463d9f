import { setTimeout as pause } from "node:timers/promises";
import sharp from "sharp";
import type { MediaJson } from "../../src/modules/media/contract.ts";
import type { Upload } from "../load/upload-plan.ts";
import { ReadBackError } from "./read-back.ts";
import type { Served } from "./served-community.ts";

/** That what was answered as taken is shown in the end. */

const pollMs = 50;
/** With nothing done for so long, nothing will be. */
const stuckMs = 600_000;
const readAtOnce = 4;
/** Of a file of MP4, after the length of its first box. */
const mp4Mark = { at: 4, text: "ftyp" } as const;

/** Until the files of all of them are made; when the last was, in milliseconds since 1970. */
export async function untilReady(
  { sql }: Pick<Served, "sql">,
  uploads: readonly Pick<Upload, "id">[],
): Promise<number> {
  const ids = `{${uploads.map(({ id }) => id).join(",")}}`;
  let before = -1;
  let changedMs = performance.now();
  for (;;) {
    const rows = await sql<{ id: bigint; state: string; problem: string | null }[]>`
      SELECT id, state, problem FROM media.media WHERE id = ANY (${ids}::bigint[])`;
    const failed = rows.find(({ state }) => state === "failed");
    if (failed !== undefined || rows.length < uploads.length) {
      const what = failed === undefined ? "is gone" : `failed: ${String(failed.problem)}`;
      throw new ReadBackError(`media that was acknowledged ${what}`);
    }
    const ready = rows.filter(({ state }) => state === "ready").length;
    if (ready === uploads.length) {
      return performance.timeOrigin + performance.now();
    }
    changedMs = ready === before ? changedMs : performance.now();
    before = ready;
    if (performance.now() - changedMs > stuckMs) {
      throw new ReadBackError(`${ready} of ${uploads.length} uploads were made, and no more`);
    }
    await pause(pollMs);
  }
}

export async function askForMedia(url: string, token: string, id: string): Promise<MediaJson> {
  const answer = await fetch(`${url}/v1/media/${id}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  if (!answer.ok) {
    throw new ReadBackError(`media ${id}: ${String(answer.status)} ${await answer.text()}`);
  }
  return ((await answer.json()) as { media: MediaJson }).media;
}

/**
 * Reads every file of every upload by the address that its owner is given, each as a browser would. Throws
 * ReadBackError at the first that is not what it is said to be; returns how many files there are.
 */
export async function readBackMedia(
  { node }: Pick<Served, "node">,
  tokens: (person: number) => string,
  uploads: readonly Upload[],
): Promise<number> {
  let files = 0;
  let next = 0;
  async function readSome(): Promise<void> {
    for (let upload = uploads[next]; upload !== undefined; upload = uploads[next]) {
      next += 1;
      const media = await askForMedia(node.url, tokens(upload.owner), upload.id);
      if (media.state !== "ready" || media.variants.length === 0) {
        throw new ReadBackError(`media ${upload.id} is ${media.state}, and has no files`);
      }
      for (const variant of media.variants) {
        await readFile(node.url, variant);
        files += 1;
      }
    }
  }
  await Promise.all(Array.from({ length: readAtOnce }, readSome));
  return files;
}

async function readFile(base: string, variant: MediaJson["variants"][number]): Promise<void> {
  const { url, type, width } = variant;
  const answer = await fetch(new URL(url, base));
  const bytes = Buffer.from(await answer.arrayBuffer());
  const isAsSaid =
    answer.status === 200 &&
    answer.headers.get("content-type") === type &&
    answer.headers.get("content-length") === String(bytes.length);
  const isWhole =
    isAsSaid &&
    (type === "video/mp4"
      ? bytes.toString("latin1", mp4Mark.at, mp4Mark.at + mp4Mark.text.length) === mp4Mark.text
      : (await sharp(bytes).metadata()).width === width);
  if (!isWhole) {
    throw new ReadBackError(
      `${url} is not the ${type} that it is said to be: ${String(answer.status)}, ${bytes.length} bytes`,
    );
  }
}
