import { Agent, request } from "node:http";
import { connect, type Socket } from "node:net";

/**
 * Clients that mean no good, or cannot help it, in a process of their own until their input ends: `slow-clients` keep
 * connections open and send a byte of their headers a second; `sign-ins` try wrong passwords, so many a second.
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

function beSlow(): void {
  const sockets = new Set<Socket>();
  const open = (): void => {
    const socket = connect(port, host);
    sockets.add(socket);
    socket.write("GET /v1/feed HTTP/1.1\r\nhost: maru\r\nx-slow: ");
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
    for (const socket of sockets) {
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

if (which === "slow-clients") {
  beSlow();
} else {
  signIn();
}
process.stdin.resume();
process.stdin.on("end", () => {
  process.stdout.write(`${JSON.stringify(found)}\n`, () => process.exit(0));
});
