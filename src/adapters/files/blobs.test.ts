import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { describeBlobs } from "../../../test/support/blobs-contract.ts";
import { temporaryRoot } from "../../../test/support/postgres.ts";
import { createFileBlobs } from "./blobs.ts";

const descriptors = "/proc/self/fd";

/** How many files of this process are open there; not known where the system does not tell. */
function openIn(folder: string): number {
  if (!existsSync(descriptors)) return 0;
  return readdirSync(descriptors).filter((name) => {
    try {
      return readlinkSync(join(descriptors, name)).startsWith(folder);
    } catch {
      return false;
    }
  }).length;
}

describeBlobs("a folder", async () => {
  // On one disk with the files that are put, which could be shared with them there.
  const folder = await mkdtemp(join(await temporaryRoot(), "maru-blobs-"));
  return {
    open: () => createFileBlobs({ folder }),
    held: () => openIn(folder),
    unfinished: () => readdir(join(folder, "unfinished")),
    stop: () => rm(folder, { recursive: true }),
  };
});
