import { execFileSync, spawnSync } from "node:child_process";
import { appendFile, chmod, chown, mkdir, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  connectTo,
  killServerOf,
  startIn,
  startInOtherProcess,
  temporaryFolder,
} from "../../../test/support/data-folder.ts";

const isRoot = process.getuid?.() === 0;
/** The user and group that own nothing on common systems. */
const nobody = 65_534;
const recoveredMs = 30_000;

describe("a path that cannot hold data", () => {
  it("is refused when a file is on the way", async () => {
    const parent = await temporaryFolder();
    await writeFile(join(parent, "file"), "");
    for (const dataDir of [join(parent, "file"), join(parent, "file", "data")]) {
      await expect(startIn(dataDir)).rejects.toMatchObject({
        code: "unreachable",
        message: expect.stringContaining(`${dataDir} cannot be a data folder`),
      });
    }
  });

  it("is refused when a folder above is closed to PostgreSQL's user", async (test) => {
    test.skip(!isRoot, "only root starts PostgreSQL as another user");
    const parent = await temporaryFolder();
    await chmod(parent, 0o700);
    await expect(startIn(join(parent, "data"))).rejects.toMatchObject({
      code: "unreachable",
      message: expect.stringMatching(
        new RegExp(`may not enter ${parent} \\(mode 0700\\).*--data /var/lib/maru`),
      ),
    });
    await chmod(parent, 0o711);
    expect((await startIn(join(parent, "data"))).firstStart).toBe(true);
  });

  it("is refused when a folder above is closed to this process", async (test) => {
    test.skip(!canBecomeNobody(), cannotBecomeNobody);
    const parent = await temporaryFolder();
    await mkdir(join(parent, "closed"), { mode: 0o700 });
    const answer = await answerAsNobody(join(parent, "closed", "data"));
    expect(answer).toMatch(/^unreachable: .*closed \(mode 0700\) may not be entered/);
  });

  it("is refused when it belongs to someone else", async (test) => {
    test.skip(!canBecomeNobody(), cannotBecomeNobody);
    const dataDir = await temporaryFolder();
    expect(await answerAsNobody(dataDir)).toMatch(/^wrong-owner: .* belongs to the user root\. /);
    await (await startIn(dataDir)).stop();
    await chmod(dataDir, 0o777);
    expect(await answerAsNobody(dataDir)).toMatch(/^(wrong-owner|not-writable): /);
  });

  it("is refused when its cluster belongs to root, as after a careless copy", async (test) => {
    test.skip(!isRoot, "only root can give a folder to root");
    const dataDir = await temporaryFolder();
    await (await startIn(dataDir)).stop();
    await chown(join(dataDir, "postgres"), 0, 0);
    await expect(startIn(dataDir)).rejects.toMatchObject({
      code: "wrong-owner",
      message: expect.stringContaining("Change the owner with: chown -R"),
    });
  });

  it("is refused when it is one's own but not writable", async (test) => {
    test.skip(!canBecomeNobody(), cannotBecomeNobody);
    const dataDir = await temporaryFolder();
    await chown(dataDir, nobody, nobody);
    await chmod(dataDir, 0o555);
    expect(await answerAsNobody(dataDir)).toMatch(/^not-writable: .*permission denied/);
    await chmod(dataDir, 0o755);
    expect(await answerAsNobody(dataDir)).toBe("ready");
  });

  it("is refused when the file system is read-only, and taken when that is mended", async (test) => {
    const dataDir = await temporaryFolder();
    test.skip(!mountMemory(dataDir, "size=100m"), "mounting is not permitted here");
    remount(dataDir, "ro");
    await expect(startIn(dataDir)).rejects.toMatchObject({
      code: "not-writable",
      message: expect.stringContaining(`${dataDir} is on a read-only file system`),
    });
    remount(dataDir, "rw");
    await (await startIn(dataDir)).stop();
    remount(dataDir, "ro");
    await expect(startIn(dataDir)).rejects.toMatchObject({ code: "not-writable" });
    remount(dataDir, "rw");
    expect((await startIn(dataDir)).firstStart).toBe(false);
  });
});

describe("a full disk", () => {
  it("fails the first start, which succeeds when there is room", async (test) => {
    const dataDir = await temporaryFolder();
    test.skip(!mountMemory(dataDir, "size=10m"), "mounting is not permitted here");
    await expect(startIn(dataDir)).rejects.toMatchObject({
      code: "disk-full",
      message: expect.stringContaining(dataDir),
    });
    remount(dataDir, "size=120m");
    expect((await startIn(dataDir)).firstStart).toBe(true);
  });

  it("fails a later start, which succeeds when there is room", async (test) => {
    const dataDir = await temporaryFolder();
    test.skip(!mountMemory(dataDir, "size=120m"), "mounting is not permitted here");
    await (await startIn(dataDir)).stop();
    const filler = await fill(dataDir);
    await expect(startIn(dataDir)).rejects.toMatchObject({ code: "disk-full" });
    await rm(filler);
    expect((await startIn(dataDir)).firstStart).toBe(false);
  });

  it("makes a running server refuse writes until there is room again, and lose none", async (test) => {
    const dataDir = await temporaryFolder();
    test.skip(!mountMemory(dataDir, "size=120m"), "mounting is not permitted here");
    const server = await startIn(dataDir);
    const sql = connectTo(server.connection);
    await sql`create table kept as select 'before' as word`;
    const filler = await fill(dataDir);
    await expect(
      sql`create table more as select repeat(md5(n::text), 100) from generate_series(1, 10000) n`,
    ).rejects.toMatchObject({ code: "53100" });
    expect(await sql`select word from kept`).toEqual([{ word: "before" }]);
    await rm(filler);
    await sql`insert into kept values ('after')`;
    expect(server.states).toEqual([]);
  });

  it("keeps a killed server down, which comes back with every row when there is room", async (test) => {
    const dataDir = await temporaryFolder();
    test.skip(!mountMemory(dataDir, "size=120m"), "mounting is not permitted here");
    const server = await startIn(dataDir);
    await connectTo(server.connection)`create table kept as select 'written' as word`;
    // A killed server frees a little, and starts once more if that is enough.
    await expect
      .poll(
        async () => {
          await fill(dataDir);
          await killServerOf(dataDir).catch(() => undefined);
          return server.states.findLast((state) => state.startsWith("failed"));
        },
        { timeout: recoveredMs },
      )
      .toMatch(/The disk that holds .* is full.*No space left on device/);
    await rm(join(dataDir, "filler"));
    await expect.poll(() => server.states.at(-1), { timeout: recoveredMs }).toBe("up");
    expect(await connectTo(server.connection)`select word from kept`).toEqual([
      { word: "written" },
    ]);
  });
});

describe("a cluster that this PostgreSQL cannot use", () => {
  it("is refused when another major version wrote it", async () => {
    const dataDir = await temporaryFolder();
    await (await startIn(dataDir)).stop();
    await writeFile(join(dataDir, "postgres", "PG_VERSION"), "17\n");
    await expect(startIn(dataDir)).rejects.toMatchObject({
      code: "version",
      message: expect.stringMatching(/was written by PostgreSQL 17, and this is PostgreSQL 18/),
    });
  });

  it.each(["PG_VERSION", "global/pg_control", "pg_wal"])(
    "is refused when %s is missing",
    async (part) => {
      const dataDir = await temporaryFolder();
      await (await startIn(dataDir)).stop();
      await rm(join(dataDir, "postgres", part), { recursive: true });
      await expect(startIn(dataDir)).rejects.toMatchObject({
        code: "start-failed",
        message: expect.stringMatching(/damaged.*Restore the folder from a backup/s),
      });
    },
  );

  it("gives PostgreSQL's own last words", async () => {
    const dataDir = await temporaryFolder();
    await (await startIn(dataDir)).stop();
    await writeFile(join(dataDir, "postgres", "postgresql.conf"), "no_such_setting = 1\n");
    await expect(startIn(dataDir)).rejects.toMatchObject({
      code: "start-failed",
      message: expect.stringMatching(/PostgreSQL said: .*no_such_setting|configuration file/),
    });
  });
});

const cannotBecomeNobody =
  "only root can act as another user, and the project must lie in that user's reach";

function canBecomeNobody(): boolean {
  if (!isRoot) return false;
  const probe = spawnSync(process.execPath, ["--check", import.meta.filename], {
    cwd: "/",
    uid: nobody,
    gid: nobody,
  });
  return probe.status === 0;
}

async function answerAsNobody(dataDir: string): Promise<string> {
  return await startInOtherProcess(dataDir, { uid: nobody }).answer;
}

/** Mounts a file system in memory for the length of a test; false: this machine does not permit it. */
function mountMemory(dir: string, options: string): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `mode=0711,${options}`, "tmpfs", dir], {
      stdio: "ignore",
    });
  } catch {
    return false;
  }
  onTestFinished(() => {
    execFileSync("umount", ["--lazy", dir]);
  });
  return true;
}

function remount(dir: string, options: string): void {
  execFileSync("mount", ["-o", `remount,${options}`, dir]);
}

/** Takes all the free space. */
async function fill(dir: string): Promise<string> {
  const file = join(dir, "filler");
  const { bavail, bsize } = await statfs(dir);
  await appendFile(file, Buffer.alloc(bavail * bsize)).catch(() => undefined);
  return file;
}
