import type { IncomingMessage, Server } from "node:http";
import {
  createServer,
  type AddressInfo,
  type ListenOptions,
  type Server as SocketServer,
  type Socket,
} from "node:net";
import type { MonotonicMs } from "../kernel/deadline.ts";

/**
 * The sockets on which an HTTP server takes connections. libuv takes one of each in a turn of its loop,
 * so that a busy thread, whose turns last 50 ms, would take 20 a second from one, and whoever came then
 * would wait for as long as a time-out. From many on the same port it takes as many in a turn; the system
 * spreads connections over them.
 */
export interface Doors {
  /**
   * Port 0 takes a free one; the answer tells which. `alone`: nobody else may listen on it. `first`:
   * other threads of the node will, as `another`.
   */
  open(address: Address, sharing: "alone" | "first" | "another"): Promise<number>;
  connections(): number;
  /** Takes no more; resolves when every connection has ended. */
  close(): Promise<void>;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

const doorsOfThread = 64;
/**
 * Connections that wait to be taken, at each door. Beyond it the system drops them without a word, and clients
 * try again after 1, 3 and 7 seconds.
 */
const connectionsWaitingMax = 256;
/** Of every connection that is taken. The delay is in milliseconds. */
export const connectionOptions = {
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 30_000,
} as const;

/** Connections that are idle are ended at most so often: all at once, and whoever meant to ask has to come again. */
const idleEndedEveryMs = 1_000;

export function createDoors(
  server: Server,
  {
    connectionsMax,
    monotonicMs,
  }: { readonly connectionsMax: number; readonly monotonicMs: MonotonicMs },
): Doors {
  const others: SocketServer[] = [];
  const held = new Set<Socket>();
  /** Of these, who has asked nothing yet; the first came first. */
  const silent = new Set<Socket>();
  let idleEndedAtMs = Number.NEGATIVE_INFINITY;

  const asked = ({ socket }: IncomingMessage): void => {
    silent.delete(socket);
  };
  for (const event of ["request", "checkContinue", "checkExpectation"]) {
    server.on(event, asked);
  }

  function letGo(socket: Socket): void {
    held.delete(socket);
    silent.delete(socket);
  }

  function hold(socket: Socket): void {
    if (!hasRoom()) {
      socket.destroy();
      return;
    }
    held.add(socket);
    silent.add(socket);
    socket.once("close", () => {
      letGo(socket);
    });
  }

  /**
   * Where all places are taken, who has asked nothing for longest makes room, and then who asks nothing any
   * more: thousands that only keep connections open shut nobody out. Whoever is being answered stays.
   */
  function hasRoom(): boolean {
    if (held.size < connectionsMax) {
      return true;
    }
    const [longest] = silent;
    if (longest !== undefined) {
      letGo(longest);
      longest.destroy();
      return true;
    }
    const nowMs = monotonicMs();
    if (nowMs - idleEndedAtMs > idleEndedEveryMs) {
      idleEndedAtMs = nowMs;
      server.closeIdleConnections();
      for (const socket of held) {
        if (socket.destroyed) {
          letGo(socket);
        }
      }
    }
    return held.size < connectionsMax;
  }

  // Before the server sees it, so that it is none of the idle ones.
  server.prependListener("connection", hold);

  function createDoor(): SocketServer {
    // As an HTTP server takes its own.
    return createServer({ ...connectionOptions, allowHalfOpen: true }, (socket) => {
      server.emit("connection", socket);
    });
  }

  async function openOthers(address: Address): Promise<void> {
    for (let n = 1; n < doorsOfThread; n += 1) {
      const door = createDoor();
      others.push(door);
      await startListening(door, { ...address, reusePort: true });
      door.on("error", (error) => server.emit("error", error));
    }
  }

  /** False: the system does not let sockets share a port. */
  async function openShared(address: Address, isNeeded: boolean): Promise<boolean> {
    try {
      await startListening(server, { ...address, reusePort: true });
      return true;
    } catch (error) {
      if (isNeeded || (error as NodeJS.ErrnoException).code !== "ENOTSUP") {
        throw error;
      }
      return false;
    }
  }

  async function close(): Promise<void> {
    await Promise.all([server, ...others].map(stopListening));
  }

  return {
    async open(address, sharing) {
      if (sharing !== "another" && address.port !== 0) {
        await assertFree(address);
      }
      const isShared = await openShared(address, sharing !== "alone");
      if (!isShared) {
        await startListening(server, address);
      }
      const opened = server.address() as AddressInfo;
      if (isShared) {
        try {
          await openOthers({ host: opened.address, port: opened.port });
        } catch (error) {
          await close();
          throw error;
        }
      }
      return opened.port;
    },
    connections: () => held.size,
    close,
  };
}

export function startListening(server: SocketServer, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ ...options, backlog: connectionsWaitingMax }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** Resolves when its connections have ended, too; also where it did not listen. */
function stopListening(server: SocketServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}

/** Where ports are shared the system would let a second node of the same user in without a word. */
async function assertFree(address: Address): Promise<void> {
  const probe = createServer();
  await startListening(probe, address);
  await stopListening(probe);
}
