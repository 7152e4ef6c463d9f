import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

/** A server of ours in a process of its own, as `npm start` runs it. */
export interface NodeProcess {
  readonly url: string;
  readonly adminUrl: string;
  readonly pid: number;
  /** From the spawn to the line that says it is ready. */
  readonly readyMs: number;
  stop(): Promise<void>;
}

const mainPath = new URL("../src/main.ts", import.meta.url).pathname;

/** Runs one command of the command line and gives what it printed. */
export async function runCommand(
  words: readonly string[],
): Promise<{ readonly text: string; readonly ms: number }> {
  const start = performance.now();
  const child = spawn(process.execPath, [mainPath, ...words], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString("utf8");
  });
  const code = await ended(child);
  if (code !== 0) {
    throw new Error(`maru ${words.join(" ")} ended with ${String(code)}: ${text}`);
  }
  return { text, ms: performance.now() - start };
}

function ended(child: ChildProcess): Promise<number | null> {
  return child.exitCode === null
    ? new Promise((resolve) => child.once("close", resolve))
    : Promise.resolve(child.exitCode);
}

export async function startProcess(
  dataDir: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<NodeProcess> {
  const start = performance.now();
  const child = spawn(
    process.execPath,
    [mainPath, "serve", "--data", dataDir, "--port", "0", "--admin-port", "0"],
    // The log is on, as in service; where it goes costs the same.
    {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, MARU_HOST: "127.0.0.1", ...settings },
    },
  );
  const { promise, resolve, reject } = Promise.withResolvers<{ url: string; adminUrl: string }>();
  let url = "";
  createInterface({ input: child.stdout }).on("line", (line) => {
    url = /Maru is ready: +(\S+)/.exec(line)?.[1] ?? url;
    const health = /Health: +(\S+)\/readyz/.exec(line)?.[1];
    if (health !== undefined) {
      resolve({ url, adminUrl: health });
    }
  });
  child.once("exit", (code) => {
    reject(new Error(`the server ended with ${String(code)}`));
  });
  const addresses = await promise;
  return {
    ...addresses,
    pid: child.pid ?? 0,
    readyMs: performance.now() - start,
    async stop() {
      child.kill("SIGTERM");
      await ended(child);
    },
  };
}
