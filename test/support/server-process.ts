import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { sendSignal } from "../../src/adapters/embedded/processes.ts";
import { send } from "./client.ts";
import { freshMetrics } from "./metric.ts";

/** Maru as an operator runs it: a process of its own, known by what it prints and answers. */
export interface Spawned {
  readonly child: ChildProcess;
  readonly pid: number;
  /** What it has printed on both streams, the newest part of it. */
  output(): string;
  readonly ended: Promise<Ending>;
  /** Where it serves. Rejects with its output if it ends before it is ready. */
  readonly ready: Promise<Addresses>;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Addresses {
  readonly url: string;
  readonly adminUrl: string;
  /** From the start of the process to its line that says that it is ready. */
  readonly startMs: number;
}

export interface Server extends Spawned, Addresses {}

export interface ServerOptions {
  /** Otherwise `./data`. */
  readonly dataDir?: string;
  /** The working directory, instead of the project's. */
  readonly cwd?: string;
  /** Settings by variable; of this process's own environment none is passed on. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  /** Runs as this user and group. */
  readonly uid?: number;
  /** In place of `node src/main.ts serve`. */
  readonly command?: readonly [string, ...string[]];
}

export const projectRoot = join(import.meta.dirname, "..", "..");
export const mainFile = join(projectRoot, "src", "main.ts");
const outputCharactersMax = 256 * 1024;
const readyPattern = /Maru is ready: (http:\S+)[^]*Health: +(http:\S+)\/readyz/;

const smallSettings = {
  MARU_HOST: "127.0.0.1",
  MARU_PORT: "0",
  MARU_ADMIN_PORT: "0",
  MARU_METRICS_MS: "100",
};

function environment(options: ServerOptions): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("MARU_"));
  const folder = options.dataDir === undefined ? {} : { MARU_DATA: options.dataDir };
  return { ...Object.fromEntries(own), ...smallSettings, ...folder, ...options.settings };
}

/** Starts a process, which is killed when the test ends if it has not ended by then. */
export function spawnServer(options: ServerOptions): Spawned {
  const [program, ...args] = options.command ?? [process.execPath, mainFile, "serve"];
  const startedAt = performance.now();
  const child = spawn(program, [...args, ...(options.flags ?? [])], {
    cwd: options.cwd ?? projectRoot,
    env: environment(options),
    stdio: ["ignore", "pipe", "pipe"],
    // A session of its own has no terminal, as under an init system.
    detached: true,
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  let output = "";
  const { promise: ready, resolve, reject } = Promise.withResolvers<Addresses>();
  ready.catch(() => undefined);
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-outputCharactersMax);
      const [, url, adminUrl] = readyPattern.exec(output) ?? [];
      if (url !== undefined && adminUrl !== undefined) {
        resolve({ url, adminUrl, startMs: performance.now() - startedAt });
      }
    });
  }
  const ended = new Promise<Ending>((resolveEnded) => {
    child.once("close", (code, signal) => {
      reject(new Error(`the server ended (${String(code ?? signal)}) and said: ${output}`));
      resolveEnded({ code, signal });
    });
  });
  const pid = child.pid ?? 0;
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      sendSignal(pid, "SIGKILL");
      await ended;
    }
  });
  return { child, pid, output: () => output, ended, ready };
}

/** Starts a server and waits until it is ready. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const spawned = spawnServer(options);
  return { ...spawned, ...(await spawned.ready) };
}

/** Runs a command of the command line to its end. */
export async function runMaru(
  words: readonly string[],
  options: ServerOptions = {},
): Promise<Ending & { readonly output: string }> {
  const spawned = spawnServer({ ...options, command: [process.execPath, mainFile, ...words] });
  return { ...(await spawned.ended), output: spawned.output() };
}

export async function kill(server: Spawned): Promise<void> {
  sendSignal(server.pid, "SIGKILL");
  await server.ended;
}

/** Requests of the API that have no answer yet, streams included. */
export async function inFlight(server: Pick<Addresses, "adminUrl">): Promise<number> {
  return Number(/^maru_http_main_in_flight (\d+)/m.exec(await freshMetrics(server))?.[1]);
}

interface Readiness {
  readonly missing: readonly { readonly name: string; readonly reason: string }[];
}

/** Why it is not ready; empty where it is. */
export async function missing({ adminUrl }: Pick<Addresses, "adminUrl">): Promise<string> {
  const { body } = await send<Readiness>(adminUrl, { method: "GET", path: "/readyz" });
  return body.missing.map(({ name, reason }) => `${name}: ${reason}`).join("; ");
}
