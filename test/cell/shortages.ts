import { execFileSync } from "node:child_process";
import { existsSync, statfsSync } from "node:fs";
import { appendFile, copyFile, mkdir, rm, symlink } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { NatsName, NodeName } from "../../tools/cell/types.ts";
import {
  until,
  untilAllReady,
  untilReplaced,
  type Fault,
  type NodeShortages,
  type SmallDisk,
} from "./fault.ts";

const node: NodeName = "node-2";
const nats: NatsName = "nats-2";
const diskOptions = "mode=0711,size=64m";
/** Less than the node's code and its first stories take. */
const smallHeapMiB = 24;
const descriptorsMax = 10_000;
/** Beyond the limit, so that nothing is left for anybody else. */
const connectionsWanted = descriptorsMax;
const connectionsAtOnce = 500;
const connectMs = 2_000;
const prlimit = "/usr/bin/prlimit";

/** Before the cell is started in that folder. */
export async function prepareShortages(dataDir: string): Promise<NodeShortages> {
  let isSmall = false;
  const mounted = join(dataDir, "small-disk");
  await mkdir(mounted);
  const disk = await mountSmallDisk(dataDir, mounted);
  return {
    node,
    environmentOf: (name) =>
      name === node && isSmall
        ? { NODE_OPTIONS: `--max-old-space-size=${String(smallHeapMiB)}` }
        : {},
    setSmallHeap(value) {
      isSmall = value;
    },
    disk,
    async close() {
      if (disk === null) return;
      for (const name of [node, nats]) {
        const log = join(dataDir, "logs", `${name}.log`);
        await rm(log);
        await copyFile(join(mounted, `${name}.log`), log).catch(() => undefined);
      }
      execFileSync("umount", ["--lazy", mounted]);
    },
  };
}

async function mountSmallDisk(dataDir: string, mounted: string): Promise<SmallDisk | null> {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", diskOptions, "tmpfs", mounted], {
      stdio: "ignore",
    });
  } catch {
    return null;
  }
  const logs = join(dataDir, "logs");
  await mkdir(logs);
  for (const name of [node, nats]) {
    await mkdir(join(mounted, name));
    await symlink(join(mounted, name), join(dataDir, name));
    await symlink(join(mounted, `${name}.log`), join(logs, `${name}.log`));
  }
  const filler = join(mounted, "filler");
  return {
    async fill() {
      const { bavail, bsize } = statfsSync(mounted);
      await appendFile(filler, Buffer.alloc(bavail * bsize)).catch(() => undefined);
    },
    empty: () => rm(filler, { force: true }),
  };
}

const outOfMemory: Fault = {
  kind: "node out of memory",
  async strike({ cell, shortages }) {
    const { starts } = cell.process(node);
    shortages.setSmallHeap(true);
    try {
      cell.kill(node);
      // It is started with too little, ends, and is started again.
      await until(() => cell.process(node).starts >= starts + 3, `${node} ends for want of memory`);
    } finally {
      shortages.setSmallHeap(false);
    }
    await untilAllReady(cell);
    return node;
  },
};

const fullDisk: Fault = {
  kind: "disk of a node full",
  async strike({ cell, shortages: { disk }, stopMs }) {
    if (disk === null) throw new Error("no disk can be filled");
    const pids = new Map([node, nats].map((name) => [name, cell.process(name).pid]));
    try {
      await disk.fill();
      await pause(stopMs / 2);
      for (const name of pids.keys()) cell.kill(name);
      await disk.fill();
      await pause(stopMs / 2);
    } finally {
      await disk.empty();
    }
    await untilReplaced(cell, pids);
    await untilAllReady(cell);
    return [...pids.keys()].join(", ");
  },
};

/** Connections that ask nothing. Those that are refused are not tried again. */
async function openIdle(port: number, count: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const some = Array.from({ length: connectionsAtOnce }, () => connect(port, "127.0.0.1"));
    sockets.push(...some);
    await Promise.race([
      pause(connectMs),
      Promise.all(
        some.map(
          (socket) =>
            new Promise((resolve) => {
              socket.once("connect", resolve).once("close", resolve).on("error", resolve);
            }),
        ),
      ),
    ]);
  }
  return sockets;
}

const noDescriptors: Fault = {
  kind: "descriptors of a node gone",
  async strike({ cell, stopMs }) {
    const { pid, port } = cell.process(node);
    execFileSync(prlimit, [`--pid=${String(pid)}`, `--nofile=${String(descriptorsMax)}`]);
    const sockets = await openIdle(port, connectionsWanted);
    try {
      await pause(stopMs);
    } finally {
      for (const socket of sockets) socket.destroy();
    }
    // One that was left as it was goes on with its limit, which is enough for everything else.
    await untilAllReady(cell);
    return node;
  },
};

/** Those that can be brought about on this machine. */
export function shortageFaults({ disk }: NodeShortages): readonly Fault[] {
  return [
    outOfMemory,
    ...(disk === null ? [] : [fullDisk]),
    ...(existsSync(prlimit) ? [noDescriptors] : []),
  ];
}
