import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { findLoadGenerator } from "../../tools/programs.ts";
import { endedWithUs } from "../server/leftovers.ts";
import { pinned } from "../server/pinning.ts";

/**
 * As many requests as a server answers, over so many connections: for rates and costs, not for
 * latencies. By wrk where it is there, which hardly costs anything, otherwise by autocannon.
 */
export interface ClosedLoad {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  /** A line for each person: a token, and after a space an ETag, if it is to be sent; null: nobody is named. */
  readonly peopleFile: string | null;
  /** A line of JSON for each body; null: none is sent. */
  readonly bodiesFile: string | null;
  readonly connections: number;
  readonly seconds: number;
}

export interface ClosedResult {
  readonly requests: number;
  readonly perSecond: number;
  readonly bytesPerAnswer: number;
  /** Answers of 400 and above, and connections that failed. */
  readonly failures: number;
}

/** What both programs print in the end: a line of JSON. */
interface Printed {
  readonly requests: number;
  readonly us: number;
  readonly bytes: number;
  readonly failures: number;
}

const usPerS = 1_000_000;
const wrkScript = fileURLToPath(new URL("wrk-requests.lua", import.meta.url));
const substitute = fileURLToPath(new URL("closed-autocannon.ts", import.meta.url));

/** Which of the two it is, for the report. */
export function closedGenerator(): "wrk" | "autocannon" {
  return findLoadGenerator() === undefined ? "autocannon" : "wrk";
}

function commandOf(load: ClosedLoad): readonly [string, readonly string[]] {
  const wrk = findLoadGenerator();
  const target = `${load.url}${load.path}`;
  if (wrk === undefined) {
    return [process.execPath, [substitute, JSON.stringify(load)]];
  }
  const { connections, seconds, peopleFile, method, path, bodiesFile } = load;
  return [
    wrk,
    [
      ...["-t", "1", "-c", String(connections), "-d", `${String(seconds)}s`, "-s", wrkScript],
      ...[target, "--", peopleFile ?? "-", method, path, bodiesFile ?? "-"],
    ],
  ];
}

/** Throws when a request failed: what a failing server costs is nothing to compare. */
export async function runClosed(
  load: ClosedLoad,
  cores: "asking" | "any" = "asking",
): Promise<ClosedResult> {
  const [program, args] = pinned(cores, ...commandOf(load));
  const child = endedWithUs(spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] }));
  let text = "";
  for await (const chunk of child.stdout) {
    text += String(chunk);
  }
  const line = text.split("\n").findLast((one) => one.startsWith("{"));
  if (line === undefined) {
    throw new Error(`the generator said nothing: ${text}`);
  }
  const { requests, us, bytes, failures } = JSON.parse(line) as Printed;
  if (failures > 0 || requests === 0) {
    throw new Error(`${load.method} ${load.path}: ${failures} of ${requests} requests failed`);
  }
  return {
    requests,
    perSecond: requests / (us / usPerS),
    bytesPerAnswer: Math.round(bytes / requests),
    failures,
  };
}
