import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** Stands between a node and its PostgreSQL, and cuts a connection at the worst moment. */
export interface CuttingProxy {
  readonly port: number;
  /** Of the next transaction that sends this text, PostgreSQL's word that it is committed is lost. */
  loseCommitOf(text: string): void;
  /** How often that has been done. */
  losses(): number;
  close(): Promise<void>;
}

/** PostgreSQL's message that a COMMIT is done: a type, a length, and the name of the command. */
const committed = Buffer.from("C\0\0\0\u000bCOMMIT\0", "latin1");

export async function startCuttingProxy(targetPort: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let wanted: string | null = null;
  let losses = 0;

  const server = createServer((client) => {
    const target = connect(targetPort, "127.0.0.1");
    let isMarked = false;
    for (const [socket, other] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    client.on("data", (bytes: Buffer) => {
      if (wanted !== null && bytes.includes(wanted)) {
        isMarked = true;
        wanted = null;
      }
      target.write(bytes);
    });
    target.on("data", (bytes: Buffer) => {
      if (isMarked && bytes.includes(committed)) {
        losses += 1;
        client.destroy();
      } else {
        client.write(bytes);
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    loseCommitOf(text) {
      wanted = text;
    },
    losses: () => losses,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
