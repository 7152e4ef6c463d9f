import { mkdir, open, realpath } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { codeOf } from "./failure.ts";

/** Blobs are nobody else's business on the machine. */
const folderMode = 0o700;

/** File systems of other machines may know no flushing of folders: they are up to date by themselves. */
const unsupported = new Set(["EINVAL", "ENOTSUP"]);

/** Makes the folder if it is missing, and tells where it really is. */
export async function openFolder(folder: string): Promise<string> {
  const path = resolve(folder);
  const first = await mkdir(path, { recursive: true, mode: folderMode });
  if (first !== undefined) {
    for (let at = path; at.length >= first.length; at = dirname(at)) await syncFolder(dirname(at));
  }
  return await realpath(path);
}

/** In a folder that must be there: a disk that is no longer mounted gets no new folders in its place. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: folderMode });
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
}

/** So that what has been named, renamed or removed in it outlasts a power cut. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } catch (error) {
    if (!unsupported.has(codeOf(error) ?? "")) throw error;
  } finally {
    await folder.close();
  }
}

/** A symbolic link on the way would lead out of the store. */
export async function refuseDetour(folder: string): Promise<void> {
  if ((await realpath(folder)) !== folder) throw new Error(`${folder} leads somewhere else`);
}
