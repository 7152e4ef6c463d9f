/** Starts a whole cell on this machine, keeps it running, and ends it in order. */
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { openDataFolder, type Layout } from "../../src/adapters/embedded/data-folder.ts";
import { lockFolder, readHolder } from "../../src/adapters/embedded/folder-lock.ts";
import { endProcessesIn } from "../../src/adapters/embedded/processes.ts";
import { cellPrograms, explainMissing, findHaproxy, findNats, findRedis } from "../programs.ts";
import { endLeftovers, writeRecorded } from "./leftovers.ts";
import { startTrimming } from "./log-files.ts";
import {
  balancerNames,
  balancerPart,
  logFileOf,
  natsNames,
  natsPart,
  nodeNames,
  nodePart,
  redisPart,
  type Place,
} from "./parts.ts";
import { choosePorts } from "./ports.ts";
import { preparePostgres } from "./postgres.ts";
import { isRouted, restartNode, waitUntil, type Rolling } from "./rolling.ts";
import { createSupervised, type Part, type Supervised } from "./supervised.ts";
import type { Cell, CellOptions, ProcessKind, ProcessName } from "./types.ts";

/** Written for the person who started the cell, who needs no stack. */
export class CellError extends Error {
  override readonly name = "CellError";
}

const drainMsDefault = 2_000;
const readyWithinMs = 120_000;
/** Who has ended so often before it was ready will not get there. */
const startsMax = 4;
const hourMs = 3_600_000;
const folderMode = 0o700;

const purposes = [
  "postgres",
  "redis",
  ...natsNames.flatMap((name) => [name, `${name}.admin`, `${name}.cluster`]),
  ...nodeNames.flatMap((name) => [name, `${name}.admin`]),
  ...balancerNames.flatMap((name) => [name, `${name}.admin`]),
];

/** Rejects with a CellError, which says in a sentence what is in the way. */
export async function startCell(options: CellOptions): Promise<Cell> {
  const missing = explainMissing(cellPrograms);
  if (missing !== undefined) throw new CellError(missing);
  const layout = await openDataFolder(options.dataDir);
  const lock = await lockFolder(layout.dataDir, "serve");
  if (lock === null) {
    const holder = await readHolder(layout.dataDir);
    const who = holder === null ? "Another process" : `Process ${holder.pid}`;
    throw new CellError(
      `${who} runs in ${layout.dataDir}: stop it with npm run cell -- stop, or give another --data.`,
    );
  }
  try {
    return await startIn(layout, options, lock.release);
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function choosePlace({ dataDir }: Layout, { ports }: CellOptions): Promise<Place> {
  const chosen = await choosePorts(path.join(dataDir, "ports.json"), purposes);
  const given = new Map<string, number>(
    balancerNames.flatMap((name, at) =>
      ports === undefined ? [] : [[name, ports.balancers[at] ?? 0]],
    ),
  );
  return { dataDir, port: (purpose) => given.get(purpose) ?? chosen(purpose) };
}

async function startIn(layout: Layout, options: CellOptions, release: () => void): Promise<Cell> {
  const { dataDir } = layout;
  const onEvent = options.onEvent ?? (() => undefined);
  const recordFile = path.join(dataDir, "processes.json");
  for (const name of await endLeftovers(recordFile)) {
    onEvent(`${name} was left behind by an earlier run, and has been ended`);
  }
  // Before ports are chosen: the one that it has is to be its successor's.
  await endProcessesIn(layout.clusterDir);
  await mkdir(path.join(dataDir, "logs"), { recursive: true, mode: folderMode });
  const place = await choosePlace(layout, options);
  const postgres = await preparePostgres({
    layout,
    port: place.port("postgres"),
    logFile: logFileOf(place, "postgres"),
    settings: options.postgresSettings ?? {},
    log: (level, message) => {
      if (level !== "info") onEvent(message);
    },
  });
  const parts = await makeParts(place, options, { part: postgres.part, url: postgres.url });
  const all: Supervised[] = parts.map((part) => createSupervised(part, { onEvent, onChange }));

  /** PostgreSQL's own folder tells what of it was left behind. */
  function onChange(): void {
    const recorded = all.filter(({ kind }) => kind !== "postgres").map((one) => one.recorded());
    try {
      writeRecorded(
        recordFile,
        recorded.filter((one) => one !== null),
      );
    } catch (error) {
      // The processes go on, and the next change is written with all before it.
      onEvent(`${recordFile} cannot be written: ${error instanceof Error ? error.message : ""}`);
    }
  }

  const ofKind = (kind: ProcessKind): Supervised[] => all.filter((one) => one.kind === kind);
  const closing = new AbortController();
  const signal = AbortSignal.any([closing.signal, ...(options.signal ? [options.signal] : [])]);
  const rolling: Rolling = {
    nodes: ofKind("node"),
    balancers: ofKind("balancer"),
    timeoutMs: readyWithinMs,
    signal,
    onEvent,
  };
  /** One restart at a time, whoever asks for it. */
  let restarts: Promise<void> = Promise.resolve();
  const afterOthers = (work: () => Promise<void>): Promise<void> => {
    const result = restarts.then(work);
    restarts = result.catch(() => undefined);
    return result;
  };

  async function endAll(): Promise<void> {
    for (const kind of ["node", "balancer", "nats", "redis", "postgres"] as const) {
      await Promise.all(ofKind(kind).map((one) => one.stop()));
    }
  }

  try {
    const first = (kind: ProcessKind): Promise<unknown> =>
      Promise.all(ofKind(kind).map((one) => startAndWait(one, signal)));
    await first("postgres");
    await postgres.ensureDatabase();
    await Promise.all([first("nats"), first("redis")]);
    // The first node brings the schema up to date, alone.
    for (const node of rolling.nodes.slice(0, 1)) await startAndWait(node, signal);
    await first("node");
    await first("balancer");
    for (const node of rolling.nodes) await untilRouted(node.name, readyWithinMs);
  } catch (error) {
    await endAll();
    throw error;
  }
  const stopTrimming = startTrimming(all.map(({ logFile }) => logFile));
  let recycling: NodeJS.Timeout | undefined;
  recycleLater(0);

  /** The next is thought of when the one before is back. */
  function recycleLater(turn: number): void {
    const periodMs = (options.recycleHours ?? 0) * hourMs;
    const node = rolling.nodes[turn % rolling.nodes.length];
    if (periodMs === 0 || node === undefined || signal.aborted) return;
    recycling = setTimeout(() => {
      afterOthers(() => restartNode(node, rolling))
        .catch((error: unknown) => {
          if (!signal.aborted) onEvent(`${node.name} was not recycled: ${String(error)}`);
        })
        .finally(() => {
          recycleLater(turn + 1);
        });
    }, periodMs / rolling.nodes.length);
  }

  function find(name: ProcessName): Supervised {
    const found = all.find((one) => one.name === name);
    if (found === undefined) throw new CellError(`There is no process ${name} in a cell.`);
    return found;
  }

  function untilRouted(name: ProcessName, timeoutMs: number): Promise<void> {
    const what = `that requests go to ${name}`;
    return waitUntil(() => isRouted(name, rolling.balancers), { what, timeoutMs, signal });
  }

  let closed: Promise<void> | undefined;

  async function closeAll(): Promise<void> {
    closing.abort(new CellError("The cell is being stopped."));
    clearTimeout(recycling);
    stopTrimming();
    await restarts;
    await endAll();
    await rm(recordFile, { force: true });
    release();
  }

  const [firstBalancer, secondBalancer] = balancerNames;
  return {
    dataDir,
    balancerUrls: [find(firstBalancer).url, find(secondBalancer).url],
    databaseUrl: postgres.url,
    natsUrls: natsNames.map((name) => find(name).url),
    redisUrl: find("redis").url,
    processes: all,
    process: find,
    kill(name, killSignal = "SIGKILL") {
      find(name).kill(killSignal);
    },
    stop: (name) => find(name).stop(),
    start: (name) => startAndWait(find(name), signal),
    untilReady: (name, timeoutMs = readyWithinMs) =>
      waitUntil(() => find(name).isReady(), { what: `that ${name} is ready`, timeoutMs, signal }),
    untilRouted: (name, timeoutMs = readyWithinMs) => untilRouted(name, timeoutMs),
    restartNodes: () =>
      afterOthers(async () => {
        for (const node of rolling.nodes) await restartNode(node, rolling);
      }),
    close() {
      closed ??= closeAll();
      return closed;
    },
  };
}

async function makeParts(
  place: Place,
  options: CellOptions,
  postgres: { readonly part: Part; readonly url: string },
): Promise<Part[]> {
  const [nats, redis, haproxy] = [findNats(), findRedis(), findHaproxy()];
  if (nats === undefined || redis === undefined || haproxy === undefined) {
    throw new CellError(explainMissing(cellPrograms) ?? "A program has just been removed.");
  }
  const ofNode = {
    databaseUrl: postgres.url,
    drainMs: options.drainMs ?? drainMsDefault,
    more: options.nodeEnvironment ?? {},
    moreOf: options.environmentOf ?? (() => ({})),
  };
  const host = options.host ?? "127.0.0.1";
  return [
    postgres.part,
    ...(await Promise.all([
      ...natsNames.map((name) => natsPart(place, name, nats)),
      redisPart(place, redis),
      ...nodeNames.map((name) => nodePart(place, name, ofNode)),
      ...balancerNames.map((name) => balancerPart(place, name, { program: haproxy, host })),
    ])),
  ];
}

async function startAndWait(one: Supervised, signal: AbortSignal): Promise<void> {
  const before = one.starts;
  await one.start();
  const what = `that ${one.name} is ready`;
  const isReady = async (): Promise<boolean> => {
    if (one.starts - before >= startsMax) {
      throw new CellError(`${one.name} does not start; its log is ${one.logFile}`);
    }
    return one.isReady();
  };
  await waitUntil(isReady, { what, timeoutMs: readyWithinMs, signal });
}
