/** What runs in a cell beside PostgreSQL: where, with which configuration, and how each is asked and ended. */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { settings } from "../../src/config.ts";
import { drainTimeoutMs } from "../../src/http/settings.ts";
import { projectRoot } from "../steps.ts";
import { balancerConfig } from "./haproxy.ts";
import { natsConfig } from "./nats.ts";
import { answersOk, answersPing, ask } from "./probes.ts";
import { probeTimeoutMs, type Part } from "./supervised.ts";
import type { BalancerName, CellOptions, NatsName, NodeName, ProcessName } from "./types.ts";

export const nodeNames: readonly NodeName[] = ["node-1", "node-2", "node-3"];
export const natsNames: readonly NatsName[] = ["nats-1", "nats-2", "nats-3"];
export const balancerNames: readonly [BalancerName, BalancerName] = ["balancer-1", "balancer-2"];

export interface Place {
  readonly dataDir: string;
  /** A port for `NAME`, `NAME.admin` or `NAME.cluster`. */
  readonly port: (purpose: string) => number;
}

export const logFileOf = ({ dataDir }: Place, name: ProcessName): string =>
  path.join(dataDir, "logs", `${name}.log`);

const local = (port: number): string => `127.0.0.1:${port}`;
const nothing = (): Promise<void> => Promise.resolve();
const systemEnvironment = (): Record<string, string | undefined> => ({
  PATH: process.env["PATH"],
  LC_ALL: "C",
  TZ: "UTC",
});
const folderMode = 0o700;

/** Of each other part of a node 2 s, after the drain and the requests that run. */
const nodeStopMs = 20_000;
/** hard-stop-after of the configuration, and a little. */
const balancerStopMs = 12_000;
const otherStopMs = 10_000;

type Common = Pick<Part, "name" | "port" | "logFile" | "cwd" | "runAs" | "prepare">;

function commonOf(place: Place, name: ProcessName): Common {
  const logFile = logFileOf(place, name);
  const port = place.port(name);
  return { name, port, logFile, cwd: place.dataDir, runAs: null, prepare: nothing };
}

async function writeConfig({ dataDir }: Place, name: string, text: string): Promise<string> {
  const folder = path.join(dataDir, "config");
  await mkdir(folder, { recursive: true, mode: folderMode });
  const file = path.join(folder, name);
  await writeFile(file, text);
  return file;
}

/**
 * It lives also where its cluster has no majority. One that could not write ends its JetStream, and does
 * not begin it again by itself.
 */
async function hasJetStream(adminUrl: string): Promise<boolean> {
  const answer = await ask(`${adminUrl}/jsz`, probeTimeoutMs);
  return answer !== null && !/"disabled":\s*true/u.test(answer.text);
}

export async function natsPart(place: Place, name: NatsName, program: string): Promise<Part> {
  const common = commonOf(place, name);
  const monitor = local(place.port(`${name}.admin`));
  const storeDir = path.join(place.dataDir, name);
  await mkdir(storeDir, { recursive: true, mode: folderMode });
  const text = natsConfig({
    name,
    listen: local(common.port),
    clusterListen: local(place.port(`${name}.cluster`)),
    monitorListen: monitor,
    routes: natsNames.map((other) => local(place.port(`${other}.cluster`))),
    storeDir,
  });
  const adminUrl = `http://${monitor}`;
  return {
    ...common,
    kind: "nats",
    url: `nats://${local(common.port)}`,
    adminUrl,
    command: [program, "--config", await writeConfig(place, `${name}.conf`, text)],
    environment: systemEnvironment,
    isReady: () => answersOk(`${adminUrl}/healthz`, probeTimeoutMs),
    isLive: () => hasJetStream(adminUrl),
    stopSignal: "SIGINT",
    stopWithinMs: otherStopMs,
  };
}

/** It holds counters for minutes: it writes nothing to disk, and refuses rather than forgets when its memory is full. */
const redisConfig = (port: number, folder: string): string => `bind 127.0.0.1
port ${port}
dir "${folder}"
daemonize no
save ""
appendonly no
maxmemory 64mb
maxmemory-policy noeviction
tcp-keepalive 30
`;

export async function redisPart(place: Place, program: string): Promise<Part> {
  const common = commonOf(place, "redis");
  const { port } = common;
  const file = await writeConfig(place, "redis.conf", redisConfig(port, place.dataDir));
  const isLive = (): Promise<boolean> => answersPing(port, probeTimeoutMs);
  return {
    ...common,
    kind: "redis",
    url: `redis://${local(port)}`,
    adminUrl: null,
    command: [program, file],
    environment: systemEnvironment,
    isReady: isLive,
    isLive,
    stopSignal: "SIGTERM",
    stopWithinMs: otherStopMs,
  };
}

export interface NodeOptions {
  readonly databaseUrl: string;
  readonly drainMs: number;
  readonly more: Readonly<Record<string, string>>;
  readonly moreOf: NonNullable<CellOptions["environmentOf"]>;
}

/** Of this process's: the settings of a node, and whatever is not Maru's. */
function nodeVariables(): NodeJS.ProcessEnv {
  const known = new Set<string>(Object.values(settings).map(({ variable }) => variable));
  const isTheirs = ([name]: [string, unknown]): boolean =>
    !name.startsWith("MARU_") || known.has(name);
  return Object.fromEntries(Object.entries(process.env).filter(isTheirs));
}

export async function nodePart(
  place: Place,
  name: NodeName,
  { databaseUrl, drainMs, more, moreOf }: NodeOptions,
): Promise<Part> {
  const natsUrls = natsNames.map((nats) => `nats://${local(place.port(nats))}`);
  const common = commonOf(place, name);
  const adminPort = place.port(`${name}.admin`);
  const adminUrl = `http://${local(adminPort)}`;
  const folder = path.join(place.dataDir, name);
  await mkdir(folder, { recursive: true, mode: folderMode });
  const { variable, fallback } = settings.requestTimeoutMs;
  const requestTimeoutMs = Number(more[variable] ?? process.env[variable] ?? fallback);
  return {
    ...common,
    kind: "node",
    url: `http://${local(common.port)}`,
    adminUrl,
    command: [process.execPath, path.join(projectRoot, "src", "main.ts"), "serve"],
    environment: () => ({
      NODE_COMPILE_CACHE: path.join(projectRoot, ".cache", "compiled"),
      // One for all nodes, unless this process was given another.
      [settings.blobUrl.variable]: pathToFileURL(path.join(place.dataDir, "blobs")).href,
      ...nodeVariables(),
      MARU_HOST: "127.0.0.1",
      MARU_PORT: String(common.port),
      MARU_ADMIN_HOST: "127.0.0.1",
      MARU_ADMIN_PORT: String(adminPort),
      MARU_DATA: folder,
      MARU_DATABASE_URL: databaseUrl,
      MARU_NATS_URLS: natsUrls.join(","),
      MARU_VALKEY_URL: `redis://${local(place.port("redis"))}`,
      MARU_NODE_NAME: name,
      MARU_TRUSTED_PROXIES: "127.0.0.1",
      MARU_DRAIN_MS: String(drainMs),
      ...more,
      ...moreOf(name, { databaseUrl, natsUrls }),
    }),
    isReady: () => answersOk(`${adminUrl}/readyz`, probeTimeoutMs),
    isLive: () => answersOk(`${adminUrl}/livez`, probeTimeoutMs),
    stopSignal: "SIGTERM",
    stopWithinMs: drainMs + drainTimeoutMs(requestTimeoutMs) + nodeStopMs,
  };
}

export async function balancerPart(
  place: Place,
  name: BalancerName,
  { program, host }: { readonly program: string; readonly host: string },
): Promise<Part> {
  const common = commonOf(place, name);
  const admin = local(place.port(`${name}.admin`));
  const text = balancerConfig({
    bind: `${host}:${common.port}`,
    adminBind: admin,
    nodes: nodeNames.map((node) => ({
      name: node,
      address: local(place.port(node)),
      adminPort: place.port(`${node}.admin`),
    })),
  });
  const adminUrl = `http://${admin}`;
  return {
    ...common,
    kind: "balancer",
    url: `http://${local(common.port)}`,
    adminUrl,
    command: [program, "-db", "-f", await writeConfig(place, `${name}.cfg`, text)],
    environment: systemEnvironment,
    isReady: () => answersOk(`${adminUrl}/readyz`, probeTimeoutMs),
    isLive: async () => (await ask(`${adminUrl}/livez`, probeTimeoutMs)) !== null,
    // Finishes what runs.
    stopSignal: "SIGUSR1",
    stopWithinMs: balancerStopMs,
  };
}
