/** Picks ports for what a cell runs, and keeps to them over restarts, so that operators find them again. */
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";

/** Below the range from which Linux takes ports for outgoing connections: one of those must not have ours meanwhile. */
const portMin = 15_000;
const portMax = 32_000;

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => {
      resolve(false);
    });
    server.listen(port, "127.0.0.1", () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

async function findFree(taken: ReadonlySet<number>): Promise<number> {
  for (;;) {
    const port = portMin + Math.floor(Math.random() * (portMax - portMin));
    if (!taken.has(port) && (await isFree(port))) return port;
  }
}

async function readKept(file: string): Promise<Record<string, unknown>> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** A port for each of the purposes: the one of last time where it is free. */
export async function choosePorts(
  file: string,
  purposes: readonly string[],
): Promise<(purpose: string) => number> {
  const kept = await readKept(file);
  const chosen = new Map<string, number>();
  for (const purpose of purposes) {
    const before = kept[purpose];
    const taken = new Set(chosen.values());
    const isUsable = typeof before === "number" && !taken.has(before) && (await isFree(before));
    chosen.set(purpose, isUsable ? before : await findFree(taken));
  }
  await writeFile(file, `${JSON.stringify(Object.fromEntries(chosen), null, 2)}\n`);
  return (purpose) => {
    const port = chosen.get(purpose);
    if (port === undefined) throw new Error(`no port was chosen for ${purpose}`);
    return port;
  };
}
