import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { freePorts } from "../../tools/free-ports.ts";
import { endedWithUs } from "../server/leftovers.ts";
import { pinned } from "../server/pinning.ts";

/**
 * Signs in anew over SSH again and again, at an sshd of its own on the server's core. In place of the share of the
 * processor that the unit of deploy/systemd gives it, it has a priority.
 */
export interface SshWatch {
  /** The slowest sign-in, in milliseconds. */
  stop(): Promise<number>;
}

export interface SshDoor {
  watch(): SshWatch;
  stop(): void;
}

const run = promisify(execFile);
const sshd = "/usr/sbin/sshd";
const niceness = "-10";
/** A sign-in costs a tenth of a second of a core, which is not to be what is measured. */
const everyMs = 4_000;
const withinMs = 10_000;
const startWithinMs = 5_000;
const pollMs = 50;

/** Null where there is no sshd, or where this is not root, whom it lets in. */
export async function openSshDoor(folder: string): Promise<SshDoor | null> {
  if (!existsSync(sshd) || process.getuid?.() !== 0) {
    return null;
  }
  const own = join(folder, "ssh");
  await mkdir(own, { recursive: true });
  await mkdir("/run/sshd", { recursive: true });
  const [hostKey, userKey] = [join(own, "host"), join(own, "user")];
  for (const key of [hostKey, userKey]) {
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  }
  const keysFile = join(own, "authorized");
  await copyFile(`${userKey}.pub`, keysFile);
  await chmod(keysFile, 0o600);
  const [port = 0] = await freePorts(1);
  const options = {
    Port: String(port),
    ListenAddress: "127.0.0.1",
    HostKey: hostKey,
    AuthorizedKeysFile: keysFile,
    PidFile: "none",
    StrictModes: "no",
    UsePAM: "no",
    PermitRootLogin: "prohibit-password",
  };
  const words = Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  const [program, args] = pinned("served", "nice", [
    "-n",
    niceness,
    sshd,
    "-D",
    "-f",
    "/dev/null",
    ...words,
  ]);
  const server = endedWithUs(spawn(program, args, { stdio: "ignore" }));

  async function signIn(): Promise<number> {
    const startMs = performance.now();
    const trusting = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"];
    const how = trusting.flatMap((option) => ["-o", option]);
    await run("ssh", [...how, "-i", userKey, "-p", String(port), "root@127.0.0.1", "true"], {
      timeout: withinMs,
    });
    return performance.now() - startMs;
  }

  const giveUpAtMs = performance.now() + startWithinMs;
  for (;;) {
    try {
      await signIn();
      break;
    } catch (error) {
      if (performance.now() > giveUpAtMs) {
        server.kill("SIGTERM");
        throw error;
      }
      await pause(pollMs);
    }
  }

  return {
    watch() {
      let slowestMs = 0;
      const stopping = new AbortController();
      const watching = (async () => {
        while (!stopping.signal.aborted) {
          slowestMs = Math.max(slowestMs, await signIn().catch(() => withinMs));
          await pause(everyMs);
        }
      })();
      return {
        async stop() {
          stopping.abort();
          await watching;
          return slowestMs;
        },
      };
    },
    stop() {
      server.kill("SIGTERM");
    },
  };
}
