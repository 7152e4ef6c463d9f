import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { endedWithUs } from "./leftovers.ts";
import { pinned, type Cores } from "./pinning.ts";

/** The yardstick in a process of its own. */
export interface FixedProcess {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

const script = fileURLToPath(new URL("fixed-reply.ts", import.meta.url));
/** Of the answer's head, so that head and body together have the bytes that are wanted. */
const headBytes = 170;

/** A bare node:http server whose answers have so many bytes, head included. */
export async function startFixed(bytes: number, cores: Cores): Promise<FixedProcess> {
  const bodyBytes = Math.max(1, bytes - headBytes);
  const [program, args] = pinned(cores, process.execPath, [script, String(bodyBytes)]);
  const child = endedWithUs(spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] }));
  const [port] = (await once(child.stdout, "data")) as [Buffer];
  return {
    url: `http://127.0.0.1:${port.toString("utf8").trim()}`,
    pid: child.pid ?? 0,
    async stop() {
      child.kill();
      await once(child, "close");
    },
  };
}
