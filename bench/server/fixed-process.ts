import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { endedWithUs } from "./leftovers.ts";
import { pinned, type Cores } from "./pinning.ts";

/** A yardstick in a process of its own. */
export interface FixedProcess {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

const fixedReply = fileURLToPath(new URL("fixed-reply.ts", import.meta.url));
const bareTaker = fileURLToPath(new URL("bare-taker.ts", import.meta.url));
/** Of the answer's head, so that head and body together have the bytes that are wanted. */
const headBytes = 170;

/** A bare node:http server whose answers have so many bytes, head included. */
export function startFixed(bytes: number, cores: Cores): Promise<FixedProcess> {
  return startYardstick([fixedReply, String(Math.max(1, bytes - headBytes))], cores);
}

/** A bare node:http server that writes what it is sent to files in the folder, and removes them. */
export function startBareTaker(folder: string, cores: Cores): Promise<FixedProcess> {
  return startYardstick([bareTaker, folder], cores);
}

async function startYardstick(words: readonly string[], cores: Cores): Promise<FixedProcess> {
  const [program, args] = pinned(cores, process.execPath, words);
  const child = endedWithUs(spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] }));
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const port = line.toString("utf8").trim();
  return {
    url: `http://127.0.0.1:${port}`,
    port: Number(port),
    pid: child.pid ?? 0,
    async stop() {
      child.kill();
      await once(child, "close");
    },
  };
}
