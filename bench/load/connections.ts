import { connect, type Socket } from "node:net";
import { createAnswerReader, type Answer } from "./answer-reader.ts";

/** Kept-alive connections of many clients: one request at a time on each, as browsers do. */
export interface Connections {
  /**
   * Sends at once when a connection is free, otherwise as soon as one is. Answers come with null when
   * the connection failed or the request waited for longer than it may.
   */
  send(request: PendingRequest): void;
  readonly busy: () => number;
  /** Closes what is open; resolves when every socket has gone. */
  close(): Promise<void>;
}

export interface PendingRequest {
  /** Ready to be written; text is Latin-1. */
  readonly bytes: string | Buffer;
  readonly wantsBody: boolean;
  /** When it was due, on the clock of `performance.now()`. */
  readonly dueMs: number;
  /** `sentMs`: when it was sent, on the same clock. */
  done(answer: Answer | null, failure: Failure | null, sentMs: number): void;
}

export type Failure = "not-sent" | "connection" | "timeout";

/** What could not be sent within this is not sent at all, and has failed. */
const sendWithinMs = 1_000;
const answerWithinMs = 10_000;
const sweepMs = 250;
const readBytes = 64 * 1024;

interface Connection {
  socket: Socket | null;
  pending: PendingRequest | null;
  sentMs: number;
}

export function createConnections(target: {
  readonly port: number;
  readonly count: number;
}): Connections {
  const all: Connection[] = Array.from({ length: target.count }, () => ({
    socket: null,
    pending: null,
    sentMs: 0,
  }));
  const free: Connection[] = [...all];
  const waiting: PendingRequest[] = [];
  let waitingFrom = 0;
  let closing = false;
  // Everything that a read brings is looked at before the next read: one buffer is enough for all.
  const shared = Buffer.allocUnsafe(readBytes);

  function settle(connection: Connection, answer: Answer | null, failure: Failure | null): void {
    const { pending } = connection;
    if (pending === null) {
      return;
    }
    connection.pending = null;
    pending.done(answer, failure, connection.sentMs);
    // What waits may have waited too long by now.
    for (;;) {
      const next = takeWaiting();
      if (next === null) {
        free.push(connection);
        return;
      }
      if (performance.now() - next.dueMs <= sendWithinMs) {
        write(connection, next);
        return;
      }
      next.done(null, "not-sent", next.dueMs);
    }
  }

  function takeWaiting(): PendingRequest | null {
    const next = waiting[waitingFrom];
    if (next === undefined) {
      waiting.length = 0;
      waitingFrom = 0;
      return null;
    }
    waitingFrom += 1;
    return next;
  }

  function open(connection: Connection): Socket {
    const reader = createAnswerReader(
      () => connection.pending?.wantsBody === true,
      (answer) => {
        if (/\r\nconnection: ?close/iu.test(answer.head)) {
          drop(connection, socket);
        }
        settle(connection, answer, null);
      },
    );
    const socket: Socket = connect({
      port: target.port,
      host: "127.0.0.1",
      noDelay: true,
      onread: {
        buffer: shared,
        callback(bytes) {
          try {
            reader.take(shared, 0, bytes);
          } catch {
            // What cannot be read has failed; the connection is of no more use.
            drop(connection, socket);
            settle(connection, null, "connection");
          }
          return true;
        },
      },
    });
    const lost = (): void => {
      if (connection.socket === socket) {
        connection.socket = null;
        settle(connection, null, "connection");
      }
    };
    socket.on("error", lost);
    socket.on("close", lost);
    connection.socket = socket;
    return socket;
  }

  function drop(connection: Connection, socket: Socket): void {
    if (connection.socket === socket) {
      connection.socket = null;
    }
    socket.destroy();
  }

  function write(connection: Connection, request: PendingRequest): void {
    connection.pending = request;
    connection.sentMs = performance.now();
    const socket = connection.socket ?? open(connection);
    if (typeof request.bytes === "string") {
      socket.write(request.bytes, "latin1");
    } else {
      socket.write(request.bytes);
    }
  }

  /** What has waited too long need not wait for a connection to be told so. */
  function refuseLate(nowMs: number): void {
    while (nowMs - (waiting[waitingFrom]?.dueMs ?? nowMs) > sendWithinMs) {
      const late = takeWaiting();
      late?.done(null, "not-sent", late.dueMs);
    }
    waiting.splice(0, waitingFrom);
    waitingFrom = 0;
  }

  const sweep = setInterval(() => {
    const nowMs = performance.now();
    refuseLate(nowMs);
    for (const connection of all) {
      const { socket, pending, sentMs } = connection;
      if (pending !== null && nowMs - sentMs > answerWithinMs) {
        if (socket !== null) {
          drop(connection, socket);
        }
        settle(connection, null, "timeout");
      }
    }
  }, sweepMs);

  return {
    send(request) {
      const connection = free.pop();
      if (connection === undefined || closing) {
        waiting.push(request);
      } else {
        write(connection, request);
      }
    },
    busy: () => all.length - free.length + waiting.length - waitingFrom,
    async close() {
      closing = true;
      clearInterval(sweep);
      const sockets = all.flatMap(({ socket }) => (socket === null ? [] : [socket]));
      await Promise.all(
        sockets.map(
          (socket) =>
            new Promise<void>((resolve) => {
              if (socket.closed) {
                resolve();
                return;
              }
              socket.once("close", () => {
                resolve();
              });
              socket.destroySoon();
            }),
        ),
      );
    },
  };
}
