import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { present } from "../src/kernel/assert.ts";
import { runClosed } from "./load/closed-model.ts";
import { memoryOf } from "./measure/processes.ts";
import { roundOf, type Round } from "./measure/rounds.ts";
import { endedWithUs } from "./server/leftovers.ts";
import { pinned } from "./server/pinning.ts";

/**
 * The door for what no record of this machine could hold: ten million accounts with two billion
 * entries in their friend lists, put straight into the feed's caches, behind the HTTP server of a
 * thread that reads. What comes through it is labelled so.
 */
export interface DoorCommunity {
  readonly accounts: number;
  readonly friendsEach: number;
  /** Recent stories, spread evenly over the accounts. */
  readonly stories: number;
}

export interface DoorReading {
  /** CPU of a read of the newest 20 by a random viewer, in microseconds. */
  readonly cpuUsPerRead: number;
  readonly reads: number;
  /** Of the process, with all of it in memory. */
  readonly rssBytes: number;
  readonly bytesPerStory: number;
  readonly bytesPerFriendship: number;
}

export interface ScaleDoor {
  /** Seeds this community in a process of its own, reads for so many seconds, and ends it. */
  measure(community: DoorCommunity, options: { readonly seconds: number }): Promise<DoorReading>;
}

interface Seeded {
  readonly port: number;
  readonly bytesPerStory: number;
  readonly bytesPerFriendship: number;
  readonly lists: number;
}

const script = fileURLToPath(new URL("server/door-process.ts", import.meta.url));
const connections = 64;
/** Rounds that warm the compiler and the processor's caches, and do not count. */
const warmRounds = 2;

/** Throws where not all lists found a place, and where a page did not come from memory. */
async function measure(
  community: DoorCommunity,
  { seconds }: { readonly seconds: number },
): Promise<DoorReading> {
  const folder = await mkdtemp(join(tmpdir(), "maru-bench-door-"));
  const peopleFile = join(folder, "people");
  const words = [script, JSON.stringify(community), peopleFile];
  const [program, args] = pinned("served", process.execPath, words);
  // Its log is written, and nobody reads it.
  const log = openSync("/dev/null", "w");
  const child = endedWithUs(spawn(program, args, { stdio: ["ignore", "pipe", log] }));
  try {
    const output = createInterface({ input: present(child.stdout, "the output that is piped") });
    const [line] = (await once(output, "line")) as [string];
    const seeded = JSON.parse(line) as Seeded;
    if (seeded.lists !== community.accounts) {
      throw new Error(`only ${String(seeded.lists)} lists are in memory`);
    }
    const url = `http://127.0.0.1:${String(seeded.port)}`;
    const pid = child.pid ?? 0;
    const load = { url, method: "GET", path: "/v1/feed", peopleFile, bodiesFile: null } as const;
    const run = (): Promise<Round> =>
      roundOf({ pid }, () => runClosed({ ...load, connections, seconds }));
    for (let round = 0; round < warmRounds; round += 1) {
      await run();
    }
    const { nodeUs, requests } = await run();
    return {
      cpuUsPerRead: nodeUs / requests,
      reads: requests,
      rssBytes: memoryOf(pid).rssBytes,
      bytesPerStory: seeded.bytesPerStory,
      bytesPerFriendship: seeded.bytesPerFriendship,
    };
  } finally {
    child.kill();
    closeSync(log);
    await rm(folder, { recursive: true, force: true });
  }
}

export const scaleDoor: ScaleDoor = { measure };
