import { createServer, type AddressInfo, type Socket } from "node:net";

/**
 * Other people's servers at their worst. One server listens on every address of this machine, so that
 * it sees which of them was reached. What a path answers is written byte by byte.
 */
export interface HostileWeb {
  readonly port: number;
  /** On the address that tests take for a public one. */
  url(path: string): string;
  /** How a path answers from now on, whatever stands behind its `?`. */
  answer(path: string, behaviour: Behaviour): void;
  readonly requests: readonly HostileRequest[];
  /** The addresses of this machine that were connected to, one for each connection. */
  readonly reached: readonly string[];
  /** Connections that are open now. */
  open(): number;
  close(): Promise<void>;
}

export interface HostileRequest {
  /** With what stands behind its `?`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What it does on a connection once a request's head has come; a failure of writing ends it. */
export type Behaviour = (socket: Socket, request: HostileRequest) => void | Promise<void>;

/** This address alone is allowed in tests; everything else of the machine stays forbidden. */
export const publicAddress = "127.0.0.2";

const headEnd = "\r\n\r\n";
const mapped = "::ffff:";

export async function openHostileWeb(): Promise<HostileWeb> {
  const behaviours = new Map<string, Behaviour>();
  const requests: HostileRequest[] = [];
  const reached: string[] = [];
  const sockets = new Set<Socket>();

  const server = createServer((socket) => {
    reached.push((socket.localAddress ?? "").replace(mapped, ""));
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    let head = "";
    const take = (bytes: Buffer): void => {
      head += bytes.toString("latin1");
      if (head.includes(headEnd)) {
        socket.off("data", take);
        socket.resume();
        const request = requestOf(head);
        requests.push(request);
        const [path = ""] = request.path.split("?");
        const behaviour = behaviours.get(path) ?? notThere;
        void Promise.resolve(behaviour(socket, request)).catch(() => socket.destroy());
      }
    };
    socket.on("data", take);
  });
  await new Promise<void>((resolve) => server.listen(0, "::", resolve));
  const { port } = server.address() as AddressInfo;

  return {
    port,
    url: (path) => `http://${publicAddress}:${String(port)}${path}`,
    answer: (path, behaviour) => void behaviours.set(path, behaviour),
    requests,
    reached,
    open: () => sockets.size,
    async close() {
      for (const socket of sockets) {
        socket.destroy();
      }
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  };
}

function requestOf(head: string): HostileRequest {
  const [first = "", ...lines] = head.split("\r\n");
  const [, path = ""] = first.split(" ");
  const headers = lines.flatMap((line): [string, string][] => {
    const at = line.indexOf(":");
    return at < 0 ? [] : [[line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()]];
  });
  return { path, headers: Object.fromEntries(headers) };
}

const notThere: Behaviour = (socket) => {
  socket.end("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
};
