import { Agent, request } from "node:http";
import { connect, type Socket } from "node:net";

/**
 * Clients that mean no good, or cannot help it, in a process of their own until their input ends: `slow-clients` keep
 * connections open and send a byte of their headers a second; `idle-clients` open them, and again once they are ended,
 * and send nothing; `sign-ins` try wrong passwords, so many a second.
 * Arguments: which, the server's port, how many. Prints what came of it, by the names of NuisanceFound.
 */
export interface NuisanceFound {
  /** Answers by status, and what had none. */
  readonly [outcome: string]: number;
}

const [which, portText, countText] = process.argv.slice(2);
const port = Number(portText);
const count = Number(countText);
const found: Record<string, number> = {};
const everyMs = 1_000;
const host = "127.0.0.1";

function tally(outcome: string): void {
  found[outcome] = (found[outcome] ?? 0) + 1;
}

/** From so many addresses, because each has ports for so many connections only. */
const addresses = 50;

function holdConnections(isSlow: boolean): void {
  const sockets = new Set<Socket>();
  let opened = 0;
  const open = (): void => {
    opened += 1;
    const localAddress = `127.0.0.${String(1 + (opened % addresses))}`;
    const socket = connect({ port, host, localAddress });
    sockets.add(socket);
    if (isSlow) {
      socket.write("GET /v1/feed HTTP/1.1\r\nhost: maru\r\nx-slow: ");
    }
    socket.on("data", () => undefined);
    socket.on("error", () => undefined);
    socket.on("connect", () => {
      tally("opened");
    });
    socket.on("close", () => {
      tally("closed");
      sockets.delete(socket);
    });
  };
  setInterval(() => {
    for (const socket of isSlow ? sockets : []) {
      socket.write("a");
    }
    while (sockets.size < count) {
      open();
    }
  }, everyMs);
}

function signIn(): void {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const ticksPerS = 20;
  let asked = 0;
  setInterval(() => {
    for (let i = 0; i < count / ticksPerS; i += 1) {
      asked += 1;
      const body = JSON.stringify({
        handle: `nobody_${String(asked)}`,
        password: "not the right one",
      });
      const asking = request(
        {
          agent,
          host,
          port,
          method: "POST",
          path: "/v1/sessions",
          headers: {
            "content-type": "application/json",
            "content-length": Buffer.byteLength(body),
          },
        },
        (answer) => {
          answer.resume();
          tally(String(answer.statusCode));
        },
      );
      asking.on("error", () => {
        tally("failed");
      });
      asking.end(body);
    }
  }, everyMs / ticksPerS);
}

if (which === "sign-ins") {
  signIn();
} else {
  holdConnections(which === "slow-clients");
}
process.stdin.resume();
process.stdin.on("end", () => {
  process.stdout.write(`${JSON.stringify(found)}\n`, () => process.exit(0));
});
