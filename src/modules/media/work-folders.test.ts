import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { systemClock } from "../../adapters/system/clock.ts";
import { createWorkFolders } from "./work-folders.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "maru-work-"));
});
afterEach(() => rm(root, { recursive: true }));

const own = `${hostname()}+${String(process.pid)}`;
const hourMs = 3_600_000;
/** None has it: Linux counts to four millions. */
const deadPid = "4999999";

async function leave(name: string, ageMs: number): Promise<void> {
  const folder = path.join(root, name);
  await mkdir(path.join(folder, "work-x"), { recursive: true });
  await writeFile(path.join(folder, "work-x", "upload"), "half");
  const at = new Date(Date.now() - ageMs);
  await utimes(folder, at, at);
}

it("a start removes what dead processes left, and of other machines what is old, and nothing else", async () => {
  const kept = [`${hostname()}+1`, "elsewhere+7", "somebody's"];
  const left = [own, `${hostname()}+${deadPid}`];
  for (const name of [...kept, ...left]) await leave(name, hourMs);
  // A container has another name each time.
  for (const name of ["gone+7", `${hostname()}+1+x`]) await leave(name, 72 * hourMs);
  await leave("gone+8", 72 * hourMs);
  await createWorkFolders(root, systemClock).start();
  expect((await readdir(root)).sort()).toEqual([...kept, own, `${hostname()}+1+x`].sort());
  expect(await readdir(path.join(root, own))).toEqual([]);
});

it("each piece of work has a folder of its own, made anew where somebody took all away", async () => {
  const folders = createWorkFolders(root, systemClock);
  await folders.start();
  const [first, second] = [await folders.open(), await folders.open()];
  expect(first.path).not.toBe(second.path);
  await writeFile(path.join(first.path, "a"), "a");
  await first.remove();
  await first.remove();
  expect(await readdir(path.join(root, own))).toEqual([path.basename(second.path)]);
  await rm(path.join(root, own), { recursive: true });
  const third = await folders.open();
  expect(await readdir(third.path)).toEqual([]);
});
