import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** The network between a browser and a server, which a test can spoil. */
export interface Wire {
  /** Where the browser finds the server, without a slash at the end. */
  readonly url: string;
  /** Ends what is open and takes nothing new, until it is mended. */
  cut(): void;
  /** Takes everything and brings nothing to the other side, until it is mended. */
  hush(): void;
  mend(): void;
  /**
   * The next request that begins like this comes to the server, and its answer is lost on the way
   * back: whoever asked cannot know whether it was carried out.
   */
  loseAnswerTo(beginning: string): void;
  /** Answers lost so far. */
  lost(): number;
  close(): Promise<void>;
}

export async function startWire(serverUrl: string): Promise<Wire> {
  const target = new URL(serverUrl);
  const sockets = new Set<Socket>();
  let state: "whole" | "cut" | "silent" = "whole";
  let unlucky: string | null = null;
  let lost = 0;

  const server = createServer((client) => {
    if (state === "cut") {
      client.destroy();
      return;
    }
    const upstream = connect(Number(target.port), target.hostname);
    let isUnlucky = false;
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      if (state === "silent") {
        socket.pause();
      }
      socket.setNoDelay(true);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    client.on("data", (bytes) => {
      if (unlucky !== null && bytes.toString("latin1").startsWith(unlucky)) {
        isUnlucky = true;
        unlucky = null;
      }
      upstream.write(bytes);
    });
    upstream.on("data", (bytes) => {
      if (isUnlucky) {
        lost += 1;
        client.destroy();
      } else {
        client.write(bytes);
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    cut() {
      state = "cut";
      for (const socket of sockets) {
        socket.destroy();
      }
    },
    hush() {
      state = "silent";
      for (const socket of sockets) {
        socket.pause();
      }
    },
    mend() {
      state = "whole";
      for (const socket of sockets) {
        socket.resume();
      }
    },
    loseAnswerTo(beginning) {
      unlucky = beginning;
    },
    lost: () => lost,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) {
        socket.destroy();
      }
      await closed;
    },
  };
}
