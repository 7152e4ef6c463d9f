import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import type { Sql } from "../../src/ports/record.ts";

/** Compares the files of a node's folder with the record that names them. */

/** Two rounds of the jobs that remove what is not needed. */
const sweptWithinMs = 60_000;
const marker = /^maru-store-/;

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}

/** The keys of all blobs that are whole. */
async function keysOnDisk(dataDir: string): Promise<string[]> {
  const folder = join(dataDir, "blobs");
  const files = (await filesBelow(folder)).filter((file) => !file.includes("/unfinished/"));
  const names = files.map((file) => file.slice(file.lastIndexOf("/") + 1));
  return names
    .filter((name) => !marker.test(name))
    .map((name) => name.replaceAll("+", "/"))
    .sort();
}

/** Of those in these states. */
async function keysInRecord(sql: Sql, ...states: string[]): Promise<string[]> {
  const rows = await sql<{ key: string }[]>`
    SELECT key FROM media.blobs WHERE state::text = ANY(${states}) ORDER BY key`;
  return rows.map(({ key }) => key);
}

/** Files that a node is taking in or working on, of any that has run in the folder. */
export const filesAtWork = (dataDir: string): Promise<string[]> =>
  filesBelow(join(dataDir, "work"));

/** No file is there that the record does not name, and each that it keeps is there. */
export async function compareBlobs(sql: Sql, dataDir: string): Promise<void> {
  // What is removed meanwhile is there first, and named last.
  const there = await keysOnDisk(dataDir);
  const named = new Set(await keysInRecord(sql, "pending", "kept", "doomed"));
  expect(there.filter((key) => !named.has(key))).toEqual([]);
  const kept = await keysInRecord(sql, "kept");
  const files = new Set(there);
  const before = new Set(named);
  expect(kept.filter((key) => before.has(key) && !files.has(key))).toEqual([]);
}

/**
 * As if the time had passed after which a blob that nobody has entered is forgotten: then only what is
 * kept is there, and each file of it belongs to a media item or an upload.
 */
export async function expectSwept(sql: Sql, dataDir: string): Promise<void> {
  await sql`UPDATE media.blobs SET since = since - interval '3 hours' WHERE state = 'pending'`;
  await expect
    .poll(() => keysInRecord(sql, "pending", "doomed"), { timeout: sweptWithinMs, interval: 200 })
    .toEqual([]);
  expect(await keysOnDisk(dataDir)).toEqual(await keysInRecord(sql, "kept"));
  const strays = await sql`
    SELECT key FROM media.blobs
    WHERE media_id NOT IN (SELECT id FROM media.media UNION ALL SELECT id FROM media.uploads)`;
  expect(strays).toEqual([]);
}
