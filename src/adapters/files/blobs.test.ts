import { readdirSync, readlinkSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { describeBlobs } from "../../../test/support/blobs-contract.ts";
import { createFileBlobs } from "./blobs.ts";

describeBlobs("a folder", async () => {
  const folder = await mkdtemp(join(tmpdir(), "maru-blobs-"));
  return {
    open: () => createFileBlobs({ folder }),
    held: () => openIn(folder),
    unfinished: () => readdir(join(folder, "unfinished")),
    stop: () => rm(folder, { recursive: true }),
  };
});

/** How many files of this process are open there. */
function openIn(folder: string): number {
  return readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return readlinkSync(join("/proc/self/fd", fd)).startsWith(folder);
    } catch {
      return false;
    }
  }).length;
}
