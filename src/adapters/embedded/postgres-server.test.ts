import { mkdir, readFile, readdir, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  connectTo,
  startIn,
  startInOtherProcess,
  temporaryFolder,
} from "../../../test/support/data-folder.ts";
import { postgresProcessesIn, recordedServer } from "./processes.ts";

const isRoot = process.getuid?.() === 0;
const quickStopMs = 5_000;

describe("a data folder", () => {
  it("is made on the first start, and its data are there on the second", async () => {
    const dataDir = join(await temporaryFolder(), "not", "yet", "there");
    const first = await startIn(dataDir);
    expect(first.firstStart).toBe(true);
    expect(first.mode).toBe("started");
    await connectTo(first.connection)`create table kept as select 'written' as word`;
    await first.stop();

    const second = await startIn(dataDir);
    expect(second.firstStart).toBe(false);
    expect(second.connection).toEqual(first.connection);
    expect(await connectTo(second.connection)`select word from kept`).toEqual([
      { word: "written" },
    ]);
  });

  it("holds a database with collation C, UTF-8, checksums and durable settings", async () => {
    const { connection } = await startIn(await temporaryFolder());
    const [row] = await connectTo(connection)`
      select datcollate, datctype, pg_encoding_to_char(encoding) as encoding,
        current_setting('data_checksums') as data_checksums,
        current_setting('fsync') as fsync,
        current_setting('synchronous_commit') as synchronous_commit,
        current_setting('full_page_writes') as full_page_writes,
        current_setting('shared_buffers') as shared_buffers,
        current_setting('max_locks_per_transaction') as locks_of_each
      from pg_database where datname = current_database()`;
    expect(row).toEqual({
      datcollate: "C",
      datctype: "C",
      encoding: "UTF8",
      data_checksums: "on",
      fsync: "on",
      synchronous_commit: "on",
      full_page_writes: "on",
      shared_buffers: "16MB",
      locks_of_each: "512",
    });
  });

  it("is closed to other users", async () => {
    const dataDir = await temporaryFolder();
    const { connection, runsAs } = await startIn(dataDir);
    const mode = async (path: string): Promise<string> =>
      ((await stat(path)).mode & 0o777).toString(8);
    expect(await mode(join(dataDir, "secrets.json"))).toBe("600");
    expect(await mode(join(dataDir, "postgres"))).toBe("700");
    expect(await mode(connection.socketDir)).toBe("700");
    if (isRoot) expect(runsAs).not.toBe("root");
    else expect(runsAs).toBeNull();
  });

  it("keeps its socket elsewhere when its path is too long for one, where tools find it", async () => {
    const dataDir = join(await temporaryFolder(), "x".repeat(100));
    const server = await startIn(dataDir);
    expect(server.connection.socketDir.length).toBeLessThan(90);
    expect(await connectTo(server.connection)`select 1 as one`).toEqual([{ one: 1 }]);
    const tool = await startIn(dataDir, "tool");
    expect(tool.connection).toEqual(server.connection);
    await server.stop();
    await expect(stat(server.connection.socketDir)).rejects.toThrow("ENOENT");
    expect((await startIn(dataDir)).firstStart).toBe(false);
  });

  it("may be reached through a symbolic link and have a comma, a quote and a space in its name", async () => {
    const parent = await temporaryFolder();
    await mkdir(join(parent, `a "b", c'd`), { mode: 0o711 });
    await symlink(join(parent, `a "b", c'd`), join(parent, "link"));
    const { connection } = await startIn(join(parent, "link"));
    expect(await connectTo(connection)`select 1 as one`).toEqual([{ one: 1 }]);
  });

  it("gets a new password when its secrets are lost", async () => {
    const dataDir = await temporaryFolder();
    const first = await startIn(dataDir);
    await first.stop();
    await rm(join(dataDir, "secrets.json"));
    const second = await startIn(dataDir);
    expect(second.connection.password).not.toBe(first.connection.password);
    expect(await connectTo(second.connection)`select 1 as one`).toEqual([{ one: 1 }]);
  });

  it("says so when its secrets are another cluster's", async () => {
    const dataDir = await temporaryFolder();
    await (await startIn(dataDir)).stop();
    await writeFile(join(dataDir, "secrets.json"), JSON.stringify({ databasePassword: "other" }));
    await expect(startIn(dataDir)).rejects.toMatchObject({
      code: "start-failed",
      message: expect.stringContaining(`The password in ${dataDir}/secrets.json is not`),
    });
    expect(await postgresProcessesIn(join(dataDir, "postgres"))).toEqual([]);
  });
});

describe("the server", () => {
  it("listens on no TCP port, and asks for the password even on its socket", async () => {
    const dataDir = await temporaryFolder();
    const { connection } = await startIn(dataDir);
    const [row] = await connectTo(
      connection,
    )`select current_setting('listen_addresses') as addresses`;
    expect(row).toEqual({ addresses: "" });
    const pid = await recordedServer(join(dataDir, "postgres"));
    if (process.platform === "linux") expect(await tcpSocketsOf(pid ?? 0)).toEqual([]);
    await expect(connectTo({ ...connection, password: "wrong" })`select 1`).rejects.toMatchObject({
      code: "28P01",
    });
  });

  it("stops quickly, though a transaction is open, and once for all who ask", async () => {
    const dataDir = await temporaryFolder();
    const server = await startIn(dataDir);
    const sql = connectTo(server.connection);
    await sql`begin`.simple();
    const before = performance.now();
    const stops = [server.stop(), server.stop()];
    expect(stops[0]).toBe(stops[1]);
    await Promise.all(stops);
    expect(performance.now() - before).toBeLessThan(quickStopMs);
    expect(server.stop()).toBe(stops[0]);
    expect(server.states).toEqual([]);
    expect(await postgresProcessesIn(join(dataDir, "postgres"))).toEqual([]);
  });

  it("leads a process group of its own, which a terminal's Ctrl-C does not reach", async () => {
    const dataDir = await temporaryFolder();
    await startIn(dataDir);
    const pid = await recordedServer(join(dataDir, "postgres"));
    if (process.platform !== "linux") return;
    const status = await readFile(`/proc/${pid}/stat`, "utf8");
    expect(Number(status.slice(status.lastIndexOf(")") + 2).split(" ")[2])).toBe(pid);
  });

  it("ends with a process that exits without stopping it", async () => {
    const dataDir = await temporaryFolder();
    const other = startInOtherProcess(dataDir);
    expect(await other.answer).toBe("ready");
    other.child.stdin?.end();
    await expect
      .poll(() => postgresProcessesIn(join(dataDir, "postgres")), { timeout: quickStopMs })
      .toEqual([]);
    expect((await readdir(join(dataDir, "postgres"))).includes("postmaster.pid")).toBe(false);
  });
});

describe("a data folder in use", () => {
  it("refuses a second node, naming the holder", async () => {
    const dataDir = await temporaryFolder();
    const other = startInOtherProcess(dataDir);
    expect(await other.answer).toBe("ready");
    await expect(startIn(dataDir)).rejects.toMatchObject({
      code: "in-use",
      message: expect.stringMatching(
        new RegExp(`A running node \\(pid ${other.child.pid}, since .*\\) uses .*${dataDir}`),
      ),
    });
  });

  it("lends its server to a tool, which leaves it running", async () => {
    const dataDir = await temporaryFolder();
    const node = await startIn(dataDir);
    const tool = await startIn(dataDir, "tool");
    expect(tool.mode).toBe("attached");
    expect(tool.connection).toEqual(node.connection);
    await tool.stop();
    expect(await connectTo(node.connection)`select 1 as one`).toEqual([{ one: 1 }]);
  });

  it("lets a tool wait for a node that is just starting", async () => {
    const dataDir = await temporaryFolder();
    const other = startInOtherProcess(dataDir);
    await expect.poll(() => readdir(dataDir)).toContain("node.lock.json");
    const tool = await startIn(dataDir, "tool");
    expect(tool.mode).toBe("attached");
    expect(await connectTo(tool.connection)`select 1 as one`).toEqual([{ one: 1 }]);
    expect(await other.answer).toBe("ready");
  });

  it("is a tool's own when no node runs, and then refuses a node and other tools", async () => {
    const dataDir = await temporaryFolder();
    const tool = await startIn(dataDir, "tool");
    expect(tool.mode).toBe("started");
    for (const purpose of ["serve", "tool"] as const) {
      await expect(startIn(dataDir, purpose)).rejects.toMatchObject({
        code: "in-use",
        message: expect.stringContaining(`A command line task (pid ${process.pid}`),
      });
    }
    await tool.stop();
    expect((await startIn(dataDir)).mode).toBe("started");
  });
});

/** The TCP sockets among a process's open files, as their lines in the kernel's table. */
async function tcpSocketsOf(pid: number): Promise<readonly string[]> {
  const table = (
    await Promise.all(["tcp", "tcp6"].map((kind) => readFile(`/proc/${pid}/net/${kind}`, "utf8")))
  ).flatMap((text) => text.split("\n").slice(1));
  const names = await Promise.all(
    (await readdir(`/proc/${pid}/fd`)).map((fd) =>
      readlink(`/proc/${pid}/fd/${fd}`).catch(() => ""),
    ),
  );
  const inodes = names.flatMap((name) => /^socket:\[(\d+)\]$/.exec(name)?.[1] ?? []);
  return table.filter((line) => inodes.includes(line.trim().split(/\s+/)[9] ?? ""));
}
