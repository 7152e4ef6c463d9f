import { spawn, type ChildProcess } from "node:child_process";
import type { RunAs } from "./unprivileged-user.ts";

/**
 * The environment of every PostgreSQL program: nothing of this process's own, so that a PGDATA or PGOPTIONS of the
 * person at the keyboard changes nothing; messages are in English, because they are interpreted.
 */
const environment = {
  PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
  LC_ALL: "C",
  TZ: "UTC",
};

/** More output than this is cut off; the end is kept, because the cause stands there. */
const outputCharactersMax = 64 * 1024;

export interface ProgramOptions {
  readonly runAs: RunAs | null;
  /** Leads a process group of its own, so that a terminal's Ctrl-C does not reach it. */
  readonly ownGroup?: boolean;
}

export function spawnProgram(
  path: string,
  args: readonly string[],
  options: ProgramOptions,
): ChildProcess {
  return spawn(path, args, {
    // The folder this process stands in may be closed to the other user.
    cwd: "/",
    env: environment,
    detached: options.ownGroup ?? false,
    stdio: ["pipe", "pipe", "pipe"],
    ...(options.runAs === null ? {} : { uid: options.runAs.uid, gid: options.runAs.gid }),
  });
}

export interface ProgramResult {
  /** Null: it could not be run at all, or a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end with `input` on its standard input. Never rejects: what went wrong is in the result. */
export function runProgram(
  path: string,
  args: readonly string[],
  options: ProgramOptions & { readonly input?: string },
): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const child = spawnProgram(path, args, options);
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      stdout = (stdout + text).slice(-outputCharactersMax);
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr = (stderr + text).slice(-outputCharactersMax);
    });
    child.once("error", (error) => {
      resolve({ exitCode: null, stdout, stderr: error.message });
    });
    child.once("close", (exitCode, signal) => {
      resolve({
        exitCode,
        stdout,
        stderr: signal === null ? stderr : `${stderr}ended by ${signal}`,
      });
    });
    // A program that ends before it has read its input must not end this process.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(options.input ?? "");
  });
}
