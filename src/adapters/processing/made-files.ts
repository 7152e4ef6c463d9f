import { lstat } from "node:fs/promises";
import path from "node:path";
import type { Made, MadeFile } from "../../ports/processing.ts";
import type { MadeFiles, NamedFile } from "./messages.ts";
import { sniff, sniffedBytes } from "./sniff.ts";
import { readStart } from "./start.ts";

/**
 * Looks for itself at what a process for media says that it has made: a file that took such a process over
 * cannot have another file of this machine shown to the world.
 */

const contentTypes: Readonly<Record<string, string>> = {
  webp: "image/webp",
  avif: "image/avif",
  mp4: "video/mp4",
};

const namePattern = /^(?:(?:preview-|still-|poster-)?\d{1,5}\.(?:webp|avif)|video\.mp4)$/u;
const blurhashPattern = /^[0-9A-Za-z#$%*+,\-.:;=?@[\]^_{|}~]{6,100}$/u;
const filesMax = 20;
const sideMax = 100_000;

/** Throws where anything is not as it is said. */
export async function checkMade(said: MadeFiles, folder: string): Promise<Made> {
  const { files, preview, blurhash, durationMs, width, height } = said;
  const isShown = files.some(({ name }) => name === preview);
  const isDuration = durationMs === null || (Number.isSafeInteger(durationMs) && durationMs >= 0);
  if (files.length > filesMax || !isShown || !isDuration || !blurhashPattern.test(blurhash)) {
    throw wrong("what it made");
  }
  checkSides(said);
  const made: MadeFile[] = [];
  for (const file of files) {
    made.push(await checkFile(file, folder));
  }
  return { width, height, durationMs, blurhash, files: made, preview };
}

async function checkFile(said: NamedFile, folder: string): Promise<MadeFile> {
  const { name, width, height } = said;
  const contentType = contentTypes[path.extname(name).slice(1)];
  if (!namePattern.test(name) || contentType === undefined) {
    throw wrong(name);
  }
  checkSides(said);
  const file = path.join(folder, name);
  const found = await lstat(file);
  if (!found.isFile() || found.nlink !== 1) {
    throw wrong(name);
  }
  if ((await sniff(await readStart(file, sniffedBytes)))?.contentType !== contentType) {
    throw wrong(name);
  }
  return { name, path: file, contentType, width, height, bytes: found.size };
}

function checkSides({ width, height }: { readonly width: number; readonly height: number }): void {
  for (const side of [width, height]) {
    if (!Number.isSafeInteger(side) || side < 1 || side > sideMax) {
      throw wrong("a size");
    }
  }
}

const wrong = (what: string): Error =>
  new Error(`a process for media says what is not so: ${what}`);
