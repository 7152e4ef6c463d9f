import { chmod, cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { locateBinaries, makeUsable, type Binaries } from "./binaries.ts";
import { chooseUser } from "./unprivileged-user.ts";

const isRoot = process.getuid?.() === 0;
const majorVersion = 18;
const log = (): void => undefined;

describe("the PostgreSQL programs", () => {
  it("are found for this platform, and run", async () => {
    const usable = await makeUsable(await locateBinaries(), { dataDir: "/", runAs: null, log });
    expect(usable.majorVersion).toBe(majorVersion);
  });

  it.each(["win32-x64", "linux-mips"])("are known to be missing for %s", async (target) => {
    await expect(locateBinaries(target)).rejects.toMatchObject({
      code: "unsupported-platform",
      message: expect.stringMatching(new RegExp(`for ${target}.*MARU_DATABASE_URL`)),
    });
  });

  it("say how to install them where npm left them out", async () => {
    const other = process.platform === "linux" ? "darwin-arm64" : "linux-x64";
    await expect(locateBinaries(other)).rejects.toMatchObject({
      code: "unsupported-platform",
      message: expect.stringMatching(/not installed. Run "npm ci"/),
    });
  });

  it("run though npm did not run their install script, which makes links", async () => {
    const { binaries, nativeDir } = await privateCopy();
    for (const name of await readdir(join(nativeDir, "lib"), { withFileTypes: true })) {
      if (name.isSymbolicLink()) await rm(join(nativeDir, "lib", name.name));
    }
    const usable = await makeUsable(binaries, { dataDir: "/", runAs: null, log });
    expect(usable.majorVersion).toBe(majorVersion);
  });

  it("are copied, once, to where PostgreSQL's user reaches them", async (test) => {
    test.skip(!isRoot, "only root starts PostgreSQL as another user");
    const { binaries, root } = await privateCopy();
    const dataDir = await openFolder();
    const runAs = await chooseUser(join(dataDir, "postgres"), log);
    await mkdir(join(dataDir, "postgres-bin-0.0-old"));
    await mkdir(join(dataDir, "postgres-bin-18.4-unknown.unfinished"));
    await chmod(root, 0o700);
    const usable = await makeUsable(binaries, { dataDir, runAs, log });
    expect(usable.postgres.startsWith(`${dataDir}/postgres-bin-18.`)).toBe(true);
    const [only, ...others] = await readdir(dataDir);
    expect(others).toEqual([]);

    const mark = join(dataDir, only!, "mark");
    await writeFile(mark, "");
    expect(await makeUsable(binaries, { dataDir, runAs, log })).toEqual(usable);
    expect(await readdir(dirname(mark))).toContain("mark");
  });
});

/** A folder on a disk from which programs may be run. */
async function openFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "maru-binaries-"));
  await chmod(dir, 0o711);
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

async function privateCopy(): Promise<{ binaries: Binaries; nativeDir: string; root: string }> {
  const root = await openFolder();
  const nativeDir = join(root, "native");
  const original = await locateBinaries();
  await cp(dirname(dirname(original.postgres)), nativeDir, {
    recursive: true,
    verbatimSymlinks: true,
  });
  const bin = join(nativeDir, "bin");
  return {
    binaries: { initdb: join(bin, "initdb"), postgres: join(bin, "postgres") },
    nativeDir,
    root,
  };
}
