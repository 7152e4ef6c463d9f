import type { IncomingMessage, Server, ServerResponse } from "node:http";
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

/** Whoever came so lately may not have had the time to ask. */
const newcomerMs = 1_000;
/** While all places are taken it is looked anew so often who may make room. */
const lookEveryMs = 250;

interface Place {
  readonly cameAtMs: number;
  hasAsked: boolean;
  /** Answers that are not handed over to the system yet. */
  underWay: number;
  readonly answered: () => void;
}

export function createDoors(
  server: Server,
  {
    connectionsMax,
    monotonicMs,
  }: { readonly connectionsMax: number; readonly monotonicMs: MonotonicMs },
): Doors {
  const others: SocketServer[] = [];
  const places = new Map<Socket, Place>();
  /** Who may make room, the first at the end. */
  let leaving: Socket[] = [];
  let lookedAtMs = Number.NEGATIVE_INFINITY;

  const asked = ({ socket }: IncomingMessage, response: ServerResponse): void => {
    const place = places.get(socket);
    if (place !== undefined) {
      place.hasAsked = true;
      place.underWay += 1;
      response.once("close", place.answered);
    }
  };
  for (const event of ["request", "checkContinue", "checkExpectation"]) {
    // With a listener to what it would do by itself, the server leaves that to the listener.
    if (server.listenerCount(event) > 0) {
      server.on(event, asked);
    }
  }

  function hold(socket: Socket): void {
    if (places.size >= connectionsMax && !makeRoom()) {
      socket.destroy();
      return;
    }
    const place: Place = {
      cameAtMs: monotonicMs(),
      hasAsked: false,
      underWay: 0,
      answered: () => {
        place.underWay -= 1;
      },
    };
    places.set(socket, place);
    socket.once("close", () => {
      places.delete(socket);
    });
  }

  /** Connections that only are there shut nobody out. Whoever waits for an answer, or is being sent one, stays. */
  function makeRoom(): boolean {
    const nowMs = monotonicMs();
    if (nowMs - lookedAtMs >= lookEveryMs) {
      lookedAtMs = nowMs;
      leaving = whoMayLeave(nowMs);
    }
    for (let socket = leaving.pop(); socket !== undefined; socket = leaving.pop()) {
      if (places.get(socket)?.underWay === 0) {
        places.delete(socket);
        socket.destroy();
        return true;
      }
    }
    return false;
  }

  /** First who has asked nothing for a while, then who asks nothing any more, then newcomers; of each whoever came first. */
  function whoMayLeave(nowMs: number): Socket[] {
    const silent: Socket[] = [];
    const idle: Socket[] = [];
    const newcomers: Socket[] = [];
    for (const [socket, { cameAtMs, hasAsked, underWay }] of places) {
      if (underWay === 0) {
        const isNew = nowMs - cameAtMs < newcomerMs;
        (hasAsked ? idle : isNew ? newcomers : silent).push(socket);
      }
    }
    return [...silent, ...idle, ...newcomers].reverse();
  }

  server.on("connection", hold);

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
    connections: () => places.size,
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
