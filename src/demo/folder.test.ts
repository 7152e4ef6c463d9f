import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isFilled, markDemo, markFilled, refuseToMix } from "./folder.ts";

let folder: string;
let dataDir: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "maru-mark-"));
  dataDir = join(folder, "data");
});
afterEach(() => rm(folder, { recursive: true }));

describe("a data folder", () => {
  it("that is not there or empty may become the demo's or a real one", async () => {
    await refuseToMix(dataDir, true);
    await refuseToMix(dataDir, false);
    await mkdir(dataDir);
    await refuseToMix(dataDir, true);
    await refuseToMix(dataDir, false);
    expect(await readdir(dataDir)).toEqual([]);
  });

  it("with a real community is refused to the demo, and stays as it is", async () => {
    await mkdir(join(dataDir, "postgres"), { recursive: true });
    await refuseToMix(dataDir, false);
    await expect(refuseToMix(dataDir, true)).rejects.toThrow(
      /holds data that --demo has not made.*Move it away, or choose another place/,
    );
    expect(await readdir(dataDir)).toEqual(["postgres"]);
  });

  it("of the demo is refused to a real server", async () => {
    await mkdir(dataDir);
    await markDemo(dataDir);
    await writeFile(join(dataDir, "node.lock"), "");
    await refuseToMix(dataDir, true);
    await expect(refuseToMix(dataDir, false)).rejects.toThrow(
      /holds the sample community of --demo.*npm start -- --demo, or choose another data folder/,
    );
  });

  it("of the demo knows whether its community is whole", async () => {
    await mkdir(dataDir);
    await markDemo(dataDir);
    expect(await isFilled(dataDir)).toBe(false);
    await markFilled(dataDir);
    await markDemo(dataDir);
    expect(await isFilled(dataDir)).toBe(true);
    expect(await readdir(dataDir)).toEqual(["demo.json"]);
  });
});
