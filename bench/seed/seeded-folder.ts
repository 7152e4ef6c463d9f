import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { startEmbeddedPostgres } from "../../src/adapters/embedded/postgres-server.ts";
import { migrate } from "../../src/adapters/postgres/migrate.ts";
import { createPartitions, upcomingMonthsMs } from "../../src/adapters/postgres/partitions.ts";
import { openSql } from "../../src/adapters/postgres/pools.ts";
import type { Sql } from "../../src/ports/record.ts";
import { schemas } from "../../src/compose-modules.ts";
import type { Draft } from "../../src/modules/stories/draft.ts";
import { sizeKey, type Community, type CommunitySize } from "./arithmetic.ts";
import { fillRecord, type Say } from "./fill-record.ts";

/**
 * Seeded data folders, kept under the system's temporary folder so that a later run begins at once.
 * What is kept is never served: each run has a copy of its own, so that it begins with the same rows.
 */
export interface SeededFolder {
  readonly community: Community;
  readonly dataDir: string;
}

export interface SeedOptions {
  readonly size: CommunitySize;
  readonly drafts: readonly Draft[];
  readonly isFresh: boolean;
  readonly say: Say;
}

/** Raised when what fillRecord writes changes while tables and sizes stay. */
const seedVersion = 1;
const cacheName = "maru-bench-seeds";
const keyCharacters = 12;
const traversableMode = 0o711;
const dayMs = 86_400_000;
const run = promisify(execFile);

/** For this cluster while it is filled: it is thrown away whole if that does not come to its end. */
const quickSettings = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  wal_level: "minimal",
  max_wal_senders: "0",
  max_wal_size: "4GB",
  min_wal_size: "32MB",
  // What is kept is copied for each run: old segments would be most of it.
  wal_recycle: "off",
  shared_buffers: "1GB",
  maintenance_work_mem: "1GB",
  work_mem: "256MB",
  autovacuum: "off",
};

/** A copy of the seeded folder in `folder`; it is seeded first where there is none. */
export async function seededFolder(options: SeedOptions, folder: string): Promise<SeededFolder> {
  const kept = await keptFolder(options);
  const dataDir = join(folder, "data");
  await run("cp", ["-a", join(kept, "data"), dataDir]);
  const community = JSON.parse(await readFile(join(kept, "community.json"), "utf8")) as Community;
  return { community, dataDir };
}

/** The size and the texts: of each such pair one folder is kept. */
function nameOf({ size, drafts }: SeedOptions): string {
  const hash = createHash("sha256");
  for (const { text } of drafts) {
    hash.update(text);
  }
  return `${size.name}-${hash.digest("hex").slice(0, keyCharacters)}-`;
}

/** What else decides what is in it. */
function keyOf({ size }: SeedOptions): string {
  const hash = createHash("sha256");
  hash.update(`${String(seedVersion)} ${sizeKey(size)}`);
  for (const { tables } of schemas) {
    for (const { number, sql } of tables.migrations) {
      hash.update(`${tables.module} ${String(number)} ${sql}`);
    }
  }
  return hash.digest("hex").slice(0, keyCharacters);
}

/** By another bench that runs now; what one left that was killed may go. */
function isBeingFilled(name: string): boolean {
  const pid = /\.unfinished-(\d+)$/u.exec(name)?.[1];
  return pid !== undefined && existsSync(`/proc/${pid}`);
}

async function keptFolder(options: SeedOptions): Promise<string> {
  const { size, say } = options;
  const prefix = nameOf(options);
  const cache = join(tmpdir(), cacheName);
  await mkdir(cache, { recursive: true, mode: traversableMode });
  await chmod(cache, traversableMode);
  const kept = join(cache, `${prefix}${keyOf(options)}`);
  if (!options.isFresh && existsSync(kept)) {
    say(`seeded rows are taken from ${kept}; --fresh makes them anew`);
    return kept;
  }
  // The last schema's would only fill the disk.
  for (const name of await readdir(cache)) {
    if (name.startsWith(prefix) && !isBeingFilled(name)) {
      await rm(join(cache, name), { recursive: true, force: true });
    }
  }
  const unfinished = `${kept}.unfinished-${String(process.pid)}`;
  say(`seeding ${size.name} straight into PostgreSQL, to be kept in ${kept}`);
  try {
    await mkdir(unfinished, { mode: traversableMode });
    await chmod(unfinished, traversableMode);
    const community: Community = { ...size, endMs: Date.now() };
    await fillFolder(join(unfinished, "data"), community, options);
    await writeFile(join(unfinished, "community.json"), JSON.stringify(community));
    // Of two that fill it at the same time, the first is kept: both have the same rows.
    if (!existsSync(kept)) {
      await rename(unfinished, kept);
    }
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return kept;
}

function monthsOf({ endMs, days }: Community): readonly number[] {
  // A day at a time names every month, whatever their lengths.
  return Array.from({ length: days + 2 }, (_, day) => endMs - (days + 1 - day) * dayMs);
}

/** Seeds a database that is empty, or in which nodes have made their tables and nothing else. */
export async function fillDatabase(
  sql: Sql,
  community: Community,
  { drafts, say }: Pick<SeedOptions, "drafts" | "say">,
): Promise<void> {
  await migrate(
    sql,
    schemas.map((schema) => schema.tables),
  );
  const partitions = createPartitions(
    sql,
    schemas.flatMap((schema) => schema.partitioned),
  );
  await partitions.ensureFor([...monthsOf(community), ...upcomingMonthsMs(community.endMs)]);
  await fillRecord(sql, community, { drafts, say });
}

async function fillFolder(
  dataDir: string,
  community: Community,
  { drafts, say }: SeedOptions,
): Promise<void> {
  const startMs = performance.now();
  const postgres = await startEmbeddedPostgres({
    dataDir,
    purpose: "tool",
    settings: quickSettings,
    log: (level, message) => {
      if (level === "error") {
        say(`PostgreSQL: ${message}`);
      }
    },
  });
  try {
    const sql = openSql(postgres.connection, { max: 3, applicationName: "maru bench seed" });
    try {
      await fillDatabase(sql, community, { drafts, say });
    } finally {
      await sql.end({ timeout: 5 });
    }
  } finally {
    await postgres.stop();
  }
  say(`seeded in ${String(Math.round((performance.now() - startMs) / 1_000))} s`);
}
