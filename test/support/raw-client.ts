import { connect, type Socket } from "node:net";
import { expect, onTestFinished } from "vitest";

/** A client that sends what it is told to, byte for byte, whatever the protocol says. */
export interface RawClient {
  readonly socket: Socket;
  /** All that has come back. */
  text(): string;
  /** Resolves when the system has taken it; false: there is no connection any more. */
  write(bytes: string | Buffer): Promise<boolean>;
  /** Waits until what has come back contains this. */
  until(part: string): Promise<string>;
  /** Waits until the connection has ended, and gives all that came back. */
  ended(): Promise<string>;
}

export function openRaw(
  port: number,
  first = "",
  options: { readonly allowHalfOpen?: boolean } = {},
): RawClient {
  const socket = connect({ port, host: "127.0.0.1", ...options });
  socket.on("error", () => undefined);
  onTestFinished(() => {
    socket.destroy();
  });
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
  });
  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => {
      resolve();
    });
  });
  if (first !== "") {
    socket.write(first);
  }
  return {
    socket,
    text: () => text,
    write: (bytes) =>
      new Promise((resolve) => {
        socket.write(bytes, (error) => {
          resolve(!error);
        });
      }),
    async until(part) {
      await expect.poll(() => text, { interval: 5 }).toContain(part);
      return text;
    },
    async ended() {
      await closed;
      return text;
    },
  };
}

/** The head of a request; names and values in turn. */
export function headOf(method: string, path: string, headers: Record<string, string> = {}): string {
  const lines = Object.entries({ host: "a", ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return `${[`${method} ${path} HTTP/1.1`, ...lines].join("\r\n")}\r\n\r\n`;
}
