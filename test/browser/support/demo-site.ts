import { spawn } from "node:child_process";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { endProcessesIn } from "../../../src/adapters/embedded/processes.ts";
import { temporaryRoot } from "../../support/postgres.ts";
import { projectRoot } from "../../support/server-process.ts";

/** The sample community, as the command of the README starts it. */
export interface DemoSite {
  readonly url: string;
  /** What the command has printed. */
  output(): string;
  /** Ends it as Ctrl-C in a terminal does, and gives the code of its end. */
  stop(): Promise<number | null>;
}

/** Where it is, once everything that somebody should read is printed. */
const readyPattern = /Maru is ready: (http:\S+)[^]*What you write stays/;
const traversableMode = 0o711;

/** `npm start -- --demo`, with a data folder and ports of its own. */
export async function startDemo(): Promise<DemoSite> {
  const folder = await mkdtemp(join(await temporaryRoot(), "maru-demo-"));
  await chmod(folder, traversableMode);
  const dataDir = join(folder, "data");
  const flags = ["--demo", "--data", dataDir, "--port", "0", "--admin-port", "0"];
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(MARU_|VITEST|NODE_ENV$)/.test(name),
  );
  const child = spawn("npm", ["start", "--", ...flags], {
    cwd: projectRoot,
    env: { ...Object.fromEntries(own), MARU_HOST: "127.0.0.1", MARU_LOG_LEVEL: "error" },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, which a signal reaches as it does in a terminal.
    detached: true,
  });
  let output = "";
  const { promise: ready, resolve, reject } = Promise.withResolvers<string>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      const [, url] = readyPattern.exec(output) ?? [];
      if (url !== undefined) {
        resolve(url);
      }
    });
  }
  const ended = new Promise<number | null>((done) => {
    child.once("close", (code) => {
      reject(new Error(`the demo ended (${String(code)}) and said: ${output}`));
      done(code);
    });
  });
  async function stop(): Promise<number | null> {
    if (child.exitCode === null && child.pid !== undefined) {
      process.kill(-child.pid, "SIGINT");
    }
    const code = await ended;
    await endProcessesIn(join(`${dataDir}-demo`, "postgres"));
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    return code;
  }
  try {
    return { url: await ready, output: () => output, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
