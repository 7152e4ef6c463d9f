import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  connectTo,
  killServerOf,
  startIn,
  startInOtherProcess,
  temporaryFolder,
  type OtherProcess,
} from "../../../test/support/data-folder.ts";
import type { PostgresConnection } from "./postgres-server.ts";
import { postgresProcessesIn, recordedServer } from "./processes.ts";

const backSoonMs = 20_000;
const onLinux = process.platform === "linux";

describe("PostgreSQL killed while the node lives", () => {
  it("comes back by itself, on the same socket, with every acknowledged row", async () => {
    const dataDir = await temporaryFolder();
    const server = await startIn(dataDir);
    const before = connectTo(server.connection);
    await before`create table kept (n int)`;
    for (let n = 1; n <= 3; n += 1) {
      await before`insert into kept values (${n})`;
      const pid = await killServerOf(dataDir);
      await expect.poll(() => server.states.length, { timeout: backSoonMs }).toBe(2 * n);
      expect(server.states.at(-2)).toContain("down: it was ended by SIGKILL");
      expect(server.states.at(-1)).toBe("up");
      expect(await recordedServer(join(dataDir, "postgres"))).not.toBe(pid);
    }
    const rows = await connectTo(server.connection)`select n from kept order by n`;
    expect(rows.map((row) => Number(row["n"]))).toEqual([1, 2, 3]);
  });

  it("comes back though a backend is busy and holds the old shared memory", async () => {
    const dataDir = await temporaryFolder();
    const server = await startIn(dataDir);
    const busy = connectTo(server.connection);
    await busy`create table big as select n from generate_series(1, 200000) n`;
    const outcome = busy`select count(*) from big a, big b where a.n <> b.n`.then(
      () => "finished",
      () => "broken off",
    );
    const watcher = connectTo(server.connection);
    await expect
      .poll(
        () => watcher`select 1 from pg_stat_activity where query like 'select count(*) from big%'`,
      )
      .toHaveLength(1);
    await killServerOf(dataDir);
    await expect.poll(() => server.states.at(-1), { timeout: backSoonMs }).toBe("up");
    expect(await outcome).toBe("broken off");
    expect(await connectTo(server.connection)`select count(*)::int as rows from big`).toEqual([
      { rows: 200_000 },
    ]);
  });

  it("can be stopped while it is coming back", async () => {
    const dataDir = await temporaryFolder();
    const server = await startIn(dataDir);
    await killServerOf(dataDir);
    await expect.poll(() => server.states.length).toBeGreaterThan(0);
    await server.stop();
    expect(await postgresProcessesIn(join(dataDir, "postgres"))).toEqual([]);
    expect((await startIn(dataDir)).mode).toBe("started");
  });
});

describe("the node killed", () => {
  it("leaves a PostgreSQL behind that the next start ends, with every acknowledged row", async () => {
    const dataDir = await temporaryFolder();
    const node = await startedElsewhere(dataDir);
    const sql = connectTo(await connectionOf(dataDir));
    await sql`create table kept as select 'written' as word`;
    const orphan = await recordedServer(join(dataDir, "postgres"));
    await kill(node);
    expect(await postgresProcessesIn(join(dataDir, "postgres"))).toContain(orphan);

    const server = await startIn(dataDir);
    expect(server.lines.some((line) => line.includes("left behind"))).toBe(true);
    expect(await postgresProcessesIn(join(dataDir, "postgres"))).not.toContain(orphan);
    expect(await connectTo(server.connection)`select word from kept`).toEqual([
      { word: "written" },
    ]);
  });

  it("and PostgreSQL too, its children alone being left: the next start copes", async () => {
    const dataDir = await temporaryFolder();
    const node = await startedElsewhere(dataDir);
    const sql = connectTo(await connectionOf(dataDir));
    await sql`create table kept as select 'written' as word`;
    await Promise.all([kill(node), killServerOf(dataDir)]);
    const server = await startIn(dataDir);
    expect(await connectTo(server.connection)`select word from kept`).toEqual([
      { word: "written" },
    ]);
  });

  it("in the middle of the first start, at any point of it, leaves nothing that the next one minds", async () => {
    const dataDir = await temporaryFolder();
    const points = [
      (entries: readonly string[]) => entries.includes("node.lock"),
      (entries: readonly string[]) => entries.some((entry) => entry.startsWith("postgres.unf")),
      (entries: readonly string[]) => entries.includes("postgres"),
    ];
    for (const [index, reached] of points.entries()) {
      const folder = join(dataDir, String(index));
      await mkdir(folder, { mode: 0o711 });
      const node = startInOtherProcess(folder);
      await expect
        .poll(async () => reached(await readdir(folder)), { timeout: backSoonMs, interval: 1 })
        .toBe(true);
      await kill(node);
      const server = await startIn(folder);
      expect(await connectTo(server.connection)`select 1 as one`).toEqual([{ one: 1 }]);
      expect((await readdir(folder)).filter((entry) => entry.includes("unfinished"))).toEqual([]);
      await server.stop();
    }
  });
});

describe("a postmaster.pid that names another program", () => {
  it("neither stops the start nor that program", async () => {
    const dataDir = await temporaryFolder();
    await (await startIn(dataDir)).stop();
    const file = join(dataDir, "postgres", "postmaster.pid");
    // This process is certainly alive and certainly no PostgreSQL.
    await writeFile(file, `${process.pid}\n${join(dataDir, "postgres")}\n1\n5432\n\n\n`);
    const server = await startIn(dataDir);
    expect(await connectTo(server.connection)`select 1 as one`).toEqual([{ one: 1 }]);
    expect(Number.parseInt(await readFile(file, "utf8"), 10)).not.toBe(process.pid);
  });

  it.runIf(onLinux)("is not taken for a server because a shell stands in the folder", async () => {
    const dataDir = await temporaryFolder();
    await (await startIn(dataDir)).stop();
    const before = process.cwd();
    process.chdir(join(dataDir, "postgres"));
    try {
      expect(await postgresProcessesIn(join(dataDir, "postgres"))).toEqual([]);
    } finally {
      process.chdir(before);
    }
  });
});

async function startedElsewhere(dataDir: string): Promise<OtherProcess> {
  const node = startInOtherProcess(dataDir);
  expect(await node.answer).toBe("ready");
  return node;
}

async function kill({ child }: OtherProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
}

async function connectionOf(dataDir: string): Promise<PostgresConnection> {
  return (await startIn(dataDir, "tool")).connection;
}
