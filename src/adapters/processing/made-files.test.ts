import { link, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkMade } from "./made-files.ts";
import type { MadeFiles } from "./messages.ts";

let root: string;
let folder: string;
let webp: Buffer;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "maru-made-"));
  folder = path.join(root, "work");
  await mkdir(folder);
  webp = await sharp({ create: { width: 64, height: 48, channels: 3, background: "#357" } })
    .webp()
    .toBuffer();
  await writeFile(path.join(folder, "64.webp"), webp);
  await writeFile(path.join(root, "64.webp"), webp);
});
afterEach(() => rm(root, { recursive: true }));

const file = { name: "64.webp", width: 64, height: 48 };
const good: MadeFiles = {
  ...{ width: 64, height: 48, durationMs: null, blurhash: "LEHV6nWB2yk8pyo0adR*" },
  ...{ files: [file], preview: file.name },
};
const named = (name: string): MadeFiles => ({ ...good, files: [{ ...file, name }], preview: name });

describe("what a process says that it has made", () => {
  it("is handed on when it is so", async () => {
    expect(await checkMade(good, folder)).toEqual({
      ...good,
      files: [
        {
          ...file,
          path: path.join(folder, file.name),
          contentType: "image/webp",
          bytes: webp.length,
        },
      ],
    });
  });

  it.each([
    "../64.webp",
    "../work/64.webp",
    "/etc/passwd",
    "sub/64.webp",
    ".webp",
    "64.webp\0",
    "64.html",
    "64.webp.js",
    "page.webp",
    "",
  ])("is not when a file has another name than those that are made: %j", async (name) => {
    await expect(checkMade(named(name), folder)).rejects.toThrow(/says what is not so/u);
  });

  it("is not when the file is no plain file of the folder", async () => {
    await symlink(path.join(root, "64.webp"), path.join(folder, "1.webp"));
    await link(path.join(root, "64.webp"), path.join(folder, "2.webp"));
    await mkdir(path.join(folder, "3.webp"));
    for (const name of ["1.webp", "2.webp", "3.webp"]) {
      await expect(checkMade(named(name), folder)).rejects.toThrow(/says what is not so/u);
    }
    await expect(checkMade(named("4.webp"), folder)).rejects.toThrow(/ENOENT/u);
  });

  it("is not when the file is something else than its name says", async () => {
    await writeFile(path.join(folder, "5.webp"), "root:x:0:0:root:/root:/bin/sh\n");
    await writeFile(path.join(folder, "6.avif"), webp);
    await writeFile(path.join(folder, "video.mp4"), webp);
    for (const name of ["5.webp", "6.avif", "video.mp4"]) {
      await expect(checkMade(named(name), folder)).rejects.toThrow(/says what is not so/u);
    }
  });

  it.each([
    { preview: "640.webp" },
    { files: [], preview: "" },
    { files: Array<typeof file>(21).fill(file) },
    { width: 0 },
    { height: 1.5 },
    { durationMs: -1 },
    { durationMs: Number.NaN },
    { blurhash: "<script>" },
    { blurhash: "" },
  ])("is not when it does not hold together: %j", async (change) => {
    await expect(checkMade({ ...good, ...change }, folder)).rejects.toThrow(/says what is not so/u);
  });
});
